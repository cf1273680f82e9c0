/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "world.h"

static int compare(struct world *world, const char *name, struct llext_store_loader *loader);

static int hook(struct llext_store *store, enum llext_store_event event,
		const struct llext_store_image *image, void *user_data)
{
	struct world *world = user_data;

	if (world->model.off) /* nothing happens without power */
		return -EIO;
	if (world->answer[event] != 0)
		return world->answer[event];
	if (event == LLEXT_STORE_ON_INSTALL && world->verifies) {
		struct llext_store_loader loader;
		int rc;

		llext_store_open_image(store, image, &loader);
		rc = compare(world, image->name, &loader);
		llext_store_close(&loader);
		return rc < 0 ? rc : 0;
	}
	if (event == LLEXT_STORE_ON_CONFIRMED && strcmp(image->name, "a") == 0 &&
	    image->version > world->counter)
		world->counter = image->version;
	if (event == LLEXT_STORE_ON_ROLLBACK && strcmp(image->name, "a") == 0 &&
	    image->version + 5 < world->counter)
		return -ESTALE;
	return 0;
}

void world_make(struct world *world, unsigned unit, uint32_t block, unsigned blocks, uint8_t erased)
{
	memset(world, 0, sizeof(*world));
	model_make(&world->model, unit, block, blocks, erased);
	world->config = (struct llext_store_config){
		.flash = &world->model.flash,
		.slots = world->slots,
		.slot_count = SLOTS,
		.starts = 8,
		.levelling = &llext_store_levelling,
		.hook = hook,
		.user_data = world,
	};
}

void world_free(struct world *world)
{
	model_free(&world->model);
}

int world_boot(struct world *world)
{
	int rc = llext_store_init(&world->store, &world->config);

	return rc != 0 ? rc : llext_store_resume(&world->store);
}

uint32_t world_length(const struct world *world, const char *name, uint32_t version)
{
	uint32_t block = world->model.flash.block, base = block > 1024 ? 1100 : 2 * block;

	if (name[0] == 'b')
		return 200 + version;
	return (name[0] == 'c' ? base / 2 : base) + 77 + version * 13;
}

uint8_t world_byte(const struct world *world, const char *name, uint32_t version, uint32_t at)
{
	uint32_t length = world_length(world, name, version);
	uint32_t x = (at + 1) * 2654435761u ^ version * 40503u ^ (uint8_t)name[0] * 97u;

	if (at > length / 4 && at < length * 7 / 8) /* looks as if nothing were there */
		return world->model.flash.erased;
	return (uint8_t)(x >> 13);
}

void world_digest(const char *name, uint32_t version, uint8_t *digest)
{
	memset(digest, name[0], LLEXT_STORE_DIGEST_BYTES);
	memcpy(digest, &version, sizeof(version));
}

static struct llext_store_image image_of(const char *name, uint32_t version, uint32_t length,
					 const uint8_t *digest, unsigned flags)
{
	struct llext_store_image image = {
		.length = length,
		.version = version,
		.flags = (uint8_t)flags,
		/* What the store ignores. */
		.age = 77,
		.check = 77,
		.block = 77,
		.state = LLEXT_STORE_CONFIRMED,
		.starts = 77,
	};

	for (unsigned i = 0; i < sizeof(image.name) && name[i] != '\0'; i++)
		image.name[i] = name[i];
	memcpy(image.digest, digest, sizeof(image.digest));
	return image;
}

int world_begin(struct llext_store *store, struct llext_store_install *install, const char *name,
		uint32_t version, uint32_t length, const uint8_t *digest, unsigned flags)
{
	struct llext_store_image image = image_of(name, version, length, digest, flags);

	return llext_store_begin(store, install, &image);
}

int world_begin_anew(struct llext_store *store, struct llext_store_install *install,
		     const char *name, uint32_t version, uint32_t length, const uint8_t *digest,
		     unsigned flags)
{
	struct llext_store_image image = image_of(name, version, length, digest, flags);

	return llext_store_begin_anew(store, install, &image);
}

int world_install(struct world *world, const char *name, uint32_t version, unsigned flags)
{
	struct llext_store_install install;
	uint32_t length = world_length(world, name, version);
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES], part[211];
	int rc;

	world_digest(name, version, digest);
	rc = (world->small ? world_begin_anew : world_begin)(&world->store, &install, name, version,
							     length, digest, flags);
	if (rc == -EEXIST)
		return 0;
	while (rc == 0 && install.offset < length) {
		uint32_t at = install.offset, bytes = length - at;

		if (bytes > sizeof(part))
			bytes = sizeof(part);
		for (uint32_t i = 0; i < bytes; i++)
			part[i] = world_byte(world, name, version, at + i);
		rc = llext_store_write(&install, part, bytes);
	}
	return rc != 0 ? rc : llext_store_finish(&install);
}

int world_update(struct world *world, const char *name, uint32_t version)
{
	enum llext_store_state state = world_state(world, name, version);
	int rc = 0;

	if (state < LLEXT_STORE_INSTALLED || state == LLEXT_STORE_BAD)
		rc = world_install(world, name, version, 0);
	if (rc == 0 && world->small && world_state(world, name, version) == LLEXT_STORE_INSTALLED)
		rc = llext_store_activate(&world->store, name);
	if (rc == 0 && world_state(world, name, version) == LLEXT_STORE_INSTALLED)
		rc = llext_store_commit(&world->store, name);
	if (rc == 0 && world_state(world, name, version) == LLEXT_STORE_TRIAL) {
		rc = world_use(world, name);
		rc = rc == (int)version ? 0 : rc < 0 ? rc : -EIO;
	}
	if (rc == 0 && world_state(world, name, version) == LLEXT_STORE_TRIAL)
		rc = llext_store_confirm(&world->store, name);
	return rc;
}

static int compare(struct world *world, const char *name, struct llext_store_loader *loader)
{
	struct llext_loader *ldr = &loader->loader;
	uint32_t version = loader->slot->image.version;
	uint32_t length = world_length(world, name, version), at = 0;
	uint8_t part[97];

	if (ldr->length(ldr) != length || ldr->seek(ldr, 0) != 0)
		return -EBADMSG;
	while (at < length) {
		uint32_t bytes = length - at < sizeof(part) ? length - at : sizeof(part);

		if (ldr->read(ldr, part, bytes) != 0)
			return -EIO;
		for (uint32_t i = 0; i < bytes; i++) {
			if (part[i] != world_byte(world, name, version, at + i))
				return -EBADMSG;
		}
		at += bytes;
	}
	return ldr->read(ldr, part, 1) == 0 ? -EBADMSG : (int)version;
}

int world_use(struct world *world, const char *name)
{
	struct llext_store_loader loader;
	int rc = (world->small ? llext_store_open_confirmed : llext_store_open)(&world->store, name,
										&loader);

	if (rc != 0)
		return rc;
	rc = compare(world, name, &loader);
	llext_store_close(&loader);
	return rc;
}

enum llext_store_state world_state(struct world *world, const char *name, uint32_t version)
{
	enum llext_store_state state = LLEXT_STORE_NONE;

	for (int i = 0; i < world->config.slot_count; i++) {
		const struct llext_store_image *image = &world->config.slots[i].image;

		if (strcmp(image->name, name) == 0 && image->version == version &&
		    (state == LLEXT_STORE_NONE || state == LLEXT_STORE_BAD))
			state = image->state;
	}
	return state;
}

void world_summary(struct world *world, char *text, size_t size, bool with_receiving)
{
	static const char letters[] = "-ritcb";
	size_t used = 0;

	text[0] = '\0';
	for (int name = 'a'; name <= 'c'; name++) {
		for (uint32_t version = 0; version < 200; version++) {
			char text_name[2] = {(char)name};
			enum llext_store_state state = world_state(world, text_name, version);

			if (state == LLEXT_STORE_NONE ||
			    (state == LLEXT_STORE_RECEIVING && !with_receiving) || used >= size)
				continue;
			used += (size_t)snprintf(text + used, size - used, "%c%u%c ", name, version,
						 letters[state]);
		}
	}
}

void world_put_record(struct world *world, size_t place, struct record *record)
{
	uint32_t log_seq = record->slot == SLOT_START ? record->seq : world->store.log_seq;

	record->check = llext_store_sum(log_seq + world->model.flash.block, record,
					offsetof(struct record, check));
	memcpy(world->model.bytes + place, record, sizeof(*record));
}
