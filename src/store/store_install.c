/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image comes in. Its blocks are blank before the record that begins it is written, and it
 * becomes more than a run of blocks when all of it is there and was compared.
 */
#include "store.h"

bool llext_store_is_same(const struct llext_store_image *a, const struct llext_store_image *b)
{
	return a->version == b->version && a->length == b->length &&
	       strcmp(a->name, b->name) == 0 &&
	       memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

/* There must be nothing of it but what is bad. Interrupted installs end here. */
static int clear_way(struct llext_store *store, const struct llext_store_image *image)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < store->slot_count; i++) {
		const struct llext_store_image *other = &store->slots[i].image;
		bool same = llext_store_is_same(other, image);

		if (other->state == LLEXT_STORE_RECEIVING ||
		    (other->state == LLEXT_STORE_BAD && same))
			rc = llext_store_drop(store, i);
		else if (other->state != LLEXT_STORE_NONE && same)
			rc = -EEXIST;
	}
	return rc;
}

static int free_slot(const struct llext_store *store)
{
	for (int i = 0; i < store->slot_count; i++) {
		if (store->slots[i].image.state == LLEXT_STORE_NONE)
			return i;
	}
	return -ENOSPC;
}

int llext_store_describe(const struct llext_store *store, struct llext_store_image *image,
			 const char *name, uint32_t version, uint32_t length, const uint8_t *digest,
			 unsigned flags)
{
	size_t name_length = strlen(name);

	memset(image, 0, sizeof(*image));
	if (name_length == 0 || name_length > LLEXT_STORE_NAME_LEN || length == 0 ||
	    (flags & ~LLEXT_STORE_AUTOLOAD) != 0)
		return -EINVAL;
	if (llext_store_blocks(store, length) >= store->flash->blocks)
		return -ENOSPC;
	image->length = length;
	image->version = version;
	image->state = LLEXT_STORE_RECEIVING;
	image->flags = (uint8_t)flags;
	memcpy(image->name, name, name_length);
	memcpy(image->digest, digest, sizeof(image->digest));
	return 0;
}

int llext_store_start(struct llext_store *store, struct llext_store_install *install,
		      struct llext_store_image *image)
{
	int slot, rc = clear_way(store, image);

	if (rc != 0)
		return rc;
	slot = free_slot(store);
	if (slot < 0)
		return slot;
	rc = llext_store_make_room(store, llext_store_blocks(store, image->length));
	if (rc < 0)
		return rc;
	image->block = (uint16_t)rc;
	rc = llext_store_append(store, slot, image);
	if (rc != 0)
		return rc;
	install->slot = (uint8_t)slot;
	install->store = store;
	install->mark = UINT32_MAX;
	return 0;
}

int llext_store_begin_anew(struct llext_store *store, struct llext_store_install *install,
			   const char *name, uint32_t version, uint32_t length,
			   const uint8_t *digest, unsigned flags)
{
	struct llext_store_image image;
	int rc = llext_store_describe(store, &image, name, version, length, digest, flags);

	memset(install, 0, sizeof(*install));
	return rc != 0 ? rc : llext_store_start(store, install, &image);
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

/* All of it has to come again, and elsewhere: these blocks may be damaged, or what is in them. */
static int give_up(struct llext_store_install *install, int rc)
{
	(void)llext_store_drop(install->store, install->slot);
	install->store = NULL;
	return rc;
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
		if (rc == 0 && install->progress != NULL && install->offset == install->mark)
			rc = install->progress(install);
		from += part;
		bytes -= part;
	}
	return rc == 0 ? 0 : give_up(install, rc);
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
	if (install->staged > 0) {
		memset(install->piece + install->staged, store->flash->erased,
		       sizeof(install->piece) - install->staged);
		rc = write_pieces(install, install->piece, sizeof(install->piece));
	}
	if (rc == 0)
		rc = llext_store_image_crc(store, &image, &crc);
	if (rc == 0 && crc != install->crc)
		rc = -EBADMSG;
	image.age = store->seq + 1;
	image.crc = install->crc;
	image.state = LLEXT_STORE_INSTALLED;
	if (rc == 0)
		rc = llext_store_ask(store, LLEXT_STORE_ON_INSTALL, &image);
	if (rc != 0)
		return give_up(install, rc);
	install->store = NULL;
	return llext_store_append(store, slot, &image);
}
