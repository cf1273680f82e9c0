/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image comes in. Its blocks are blank before the record that begins it is written. Each eighth
 * of it or so, another record says how much there is, with the CRC; after a reset everything behind
 * that is erased and comes again. Until an image is complete, its age is that number of bytes.
 */
#include "store.h"

static bool is_same(const struct llext_store_image *a, const struct llext_store_image *b)
{
	return a->version == b->version && a->length == b->length &&
	       strcmp(a->name, b->name) == 0 &&
	       memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

/* The next place where it is recorded how much there is: a block's start. */
static void set_mark(struct llext_store_install *install)
{
	const struct llext_store *store = install->store;
	unsigned blocks = llext_store_blocks(store, store->slots[install->slot].image.length);

	install->mark = install->offset + (blocks / 8 + 1) * store->flash->block;
}

/* Go on with what was begun. */
static int resume(struct llext_store *store, struct llext_store_install *install, int slot)
{
	const struct llext_store_image *image = &store->slots[slot].image;
	unsigned done = llext_store_blocks(store, image->age);

	install->slot = (uint8_t)slot;
	install->offset = image->age;
	install->crc = image->crc;
	return llext_store_erase(store, image->block + done,
				 llext_store_blocks(store, image->length) - done);
}

/* What may be removed for the sake of something new: the oldest, or -1. */
static int spare_slot(const struct llext_store *store)
{
	struct llext_store_slot *slots = store->slots;
	uint32_t oldest = UINT32_MAX;
	int spare = -1;

	for (int i = 0; i < store->slot_count; i++) {
		const struct llext_store_image *image = &slots[i].image;
		uint32_t age = image->age;

		if (image->state == LLEXT_STORE_NONE || slots[i].pins > 0)
			continue;
		if (image->state == LLEXT_STORE_BAD)
			age = 0;
		else if (image->state != LLEXT_STORE_CONFIRMED ||
			 llext_store_confirmed(store, image->name) == i)
			continue;
		if (age < oldest) {
			oldest = age;
			spare = i;
		}
	}
	return spare;
}

static int free_slot(const struct llext_store *store)
{
	for (int i = 0; i < store->slot_count; i++) {
		if (store->slots[i].image.state == LLEXT_STORE_NONE)
			return i;
	}
	return -1;
}

/* Look for the image among what is there. Interrupted installs of others end here. */
static int look_for(struct llext_store *store, const struct llext_store_image *image, int *begun)
{
	int rc = 0;

	*begun = -1;
	for (int i = 0; rc == 0 && i < store->slot_count; i++) {
		const struct llext_store_image *other = &store->slots[i].image;

		bool same = is_same(other, image);

		if (other->state == LLEXT_STORE_NONE)
			continue;
		if (other->state == LLEXT_STORE_RECEIVING && same)
			*begun = (int)i;
		else if (other->state == LLEXT_STORE_RECEIVING ||
			 (other->state == LLEXT_STORE_BAD && same))
			rc = llext_store_drop(store, i);
		else if (same)
			rc = -EEXIST;
	}
	return rc;
}

/* A slot and blocks, at the cost of what can be spared. */
static int make_room(struct llext_store *store, uint32_t length, int *slot)
{
	llext_store_look_ahead(store);
	for (;;) {
		int spare, rc = -ENOSPC;

		*slot = free_slot(store);
		if (*slot >= 0)
			rc = llext_store_make_room(store, llext_store_blocks(store, length), true);
		spare = spare_slot(store);
		if (rc != -ENOSPC || spare < 0)
			return rc;
		rc = llext_store_drop(store, spare);
		if (rc != 0)
			return rc;
	}
}

int llext_store_begin(struct llext_store *store, struct llext_store_install *install,
		      const char *name, uint32_t version, uint32_t length, const uint8_t *digest,
		      unsigned flags)
{
	struct llext_store_image image = {
		.length = length,
		.version = version,
		.state = LLEXT_STORE_RECEIVING,
		.flags = (uint8_t)flags,
	};
	size_t name_length = strlen(name);
	int rc, slot;

	memset(install, 0, sizeof(*install));
	if (name_length == 0 || name_length > LLEXT_STORE_NAME_LEN || length == 0 ||
	    (flags & ~LLEXT_STORE_AUTOLOAD) != 0)
		return -EINVAL;
	memcpy(image.name, name, name_length);
	memcpy(image.digest, digest, sizeof(image.digest));
	rc = look_for(store, &image, &slot);
	if (rc == 0)
		rc = llext_store_settle(store);
	if (rc == 0 && slot >= 0) {
		rc = resume(store, install, slot);
	} else if (rc == 0 && llext_store_blocks(store, length) >= store->flash->blocks) {
		rc = -ENOSPC;
	} else if (rc == 0) {
		rc = make_room(store, length, &slot);
		if (rc < 0)
			return rc;
		image.block = (uint16_t)rc;
		install->slot = (uint8_t)slot;
		rc = llext_store_append(store, slot, &image);
	}
	if (rc == 0) {
		install->store = store;
		set_mark(install);
	}
	return rc;
}

/* Does it lie where a log begins, and look like that? It must never be found as one. */
static bool is_like_a_log(const struct llext_store *store, uint32_t offset, const uint8_t *piece)
{
	uint32_t place = offset % store->flash->block;
	uint32_t magic;

	memcpy(&magic, piece, sizeof(magic));
	return (place == 0 || place == sizeof(struct record)) && magic == RECORD_MAGIC &&
	       (piece[offsetof(struct record, kind)] & ~RECORD_SEALED) == RECORD_START;
}

/* Program whole pieces. */
static int write_pieces(struct llext_store_install *install, const uint8_t *data, size_t bytes)
{
	struct llext_store *store = install->store;
	const struct llext_store_image *image = &store->slots[install->slot].image;
	uint32_t offset = install->offset - install->staged;

	for (size_t i = 0; i < bytes; i += LLEXT_FLASH_PIECE) {
		if (is_like_a_log(store, offset + (uint32_t)i, data + i))
			return -EILSEQ;
	}
	return llext_store_program(store, offset_of(store, image->block) + offset, data, bytes);
}

/* Bytes of which there are as many as fit before the next mark, at most. */
static int write_part(struct llext_store_install *install, const uint8_t *data, size_t *bytes)
{
	size_t room = sizeof(install->piece) - install->staged;
	int rc = 0;

	if (*bytes > install->mark - install->offset)
		*bytes = install->mark - install->offset;
	if (install->staged == 0 && *bytes >= room) {
		*bytes &= ~(room - 1);
		rc = write_pieces(install, data, *bytes);
	} else {
		*bytes = *bytes < room ? *bytes : room;
		memcpy(install->piece + install->staged, data, *bytes);
		if (*bytes == room)
			rc = write_pieces(install, install->piece, sizeof(install->piece));
		install->staged = (uint8_t)((install->staged + *bytes) % sizeof(install->piece));
	}
	install->crc = llext_store_crc(install->crc, data, *bytes);
	install->offset += (uint32_t)*bytes;
	return rc;
}

static int record_progress(struct llext_store_install *install)
{
	struct llext_store_image image = install->store->slots[install->slot].image;

	set_mark(install);
	if (install->offset == image.length)
		return 0;
	image.age = install->offset;
	image.crc = install->crc;
	return llext_store_append(install->store, install->slot, &image);
}

int llext_store_write(struct llext_store_install *install, const void *data, size_t bytes)
{
	const uint8_t *from = data;
	int rc = 0;

	if (install->store == NULL)
		return -EINVAL;
	if (bytes > install->store->slots[install->slot].image.length - install->offset)
		return -EFBIG;
	while (bytes > 0 && rc == 0) {
		size_t part = bytes;

		rc = write_part(install, from, &part);
		if (rc == 0 && install->offset == install->mark)
			rc = record_progress(install);
		from += part;
		bytes -= part;
	}
	if (rc != 0) /* a piece must not be written twice */
		install->store = NULL;
	return rc;
}

int llext_store_finish(struct llext_store_install *install)
{
	struct llext_store *store = install->store;
	struct llext_store_image image;
	int slot = install->slot;
	uint32_t crc;
	int rc = 0;

	if (store == NULL)
		return -EINVAL;
	image = store->slots[slot].image;
	if (install->offset != image.length)
		return -ENODATA;
	install->store = NULL;
	if (install->staged > 0) {
		memset(install->piece + install->staged, store->flash->erased,
		       sizeof(install->piece) - install->staged);
		install->store = store;
		rc = write_pieces(install, install->piece, sizeof(install->piece));
		install->store = NULL;
	}
	if (rc == 0)
		rc = llext_store_image_crc(store, &image, image.length, &crc);
	if (rc == 0 && crc != install->crc) {
		rc = llext_store_drop(store, slot);
		return rc != 0 ? rc : -EBADMSG;
	}
	image.age = store->seq + 1;
	image.crc = install->crc;
	image.state = LLEXT_STORE_INSTALLED;
	if (rc == 0)
		rc = llext_store_ask(store, LLEXT_STORE_ON_INSTALL, &image);
	return rc != 0 ? rc : llext_store_append(store, slot, &image);
}
