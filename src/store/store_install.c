/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image comes in. Its blocks are blank before the record that begins it is written, and it
 * becomes more than a run of blocks when all of it is there and was compared.
 */
#include "store.h"

/*
 * A free slot for an image, of which there must be nothing but what is bad. Interrupted installs
 * end here.
 */
static int find_slot(struct llext_store *store, const struct llext_store_image *image,
		     struct llext_store_slot **found)
{
	*found = NULL;
	for (struct llext_store_slot *slot = store->end; slot-- > store->slots;) {
		bool same = llext_store_is_same(&slot->image, image);

		if (slot->image.state == LLEXT_STORE_RECEIVING ||
		    (slot->image.state == LLEXT_STORE_BAD && same)) {
			int rc = llext_store_drop(store, slot);

			if (rc != 0)
				return rc;
		}
		if (slot->image.state == LLEXT_STORE_NONE)
			*found = slot;
		else if (same)
			return -EEXIST;
	}
	return *found != NULL ? 0 : -ENOSPC;
}

int llext_store_begin_anew(struct llext_store *store, struct llext_store_install *install,
			   const char *name, uint32_t version, uint32_t length,
			   const uint8_t *digest, unsigned flags)
{
	struct llext_store_image image = {
		.length = length,
		.version = version,
		.flags = (uint8_t)flags,
	};
	size_t name_length = strlen(name);
	unsigned blocks = llext_store_blocks(store, length);
	struct llext_store_slot *slot;
	int rc;

	memset(install, 0, sizeof(*install));
	if (name_length == 0 || name_length > LLEXT_STORE_NAME_LEN || length == 0 ||
	    (flags & ~LLEXT_STORE_AUTOLOAD) != 0)
		return -EINVAL;
	memcpy(image.name, name, name_length);
	memcpy(image.digest, digest, sizeof(image.digest));
	if (!llext_store_fits(store, blocks))
		return -ENOSPC;
	rc = find_slot(store, &image, &slot);
	if (rc != 0)
		return rc;
	rc = llext_store_make_room(store, blocks);
	if (rc < 0)
		return rc;
	slot->image = image;
	rc = llext_store_append(store, slot, LLEXT_STORE_RECEIVING, (unsigned)rc);
	if (rc != 0)
		return rc;
	llext_store_go(store, install, slot);
	install->mark = UINT32_MAX;
	return 0;
}

/* What comes in; NULL: it failed, or ended, or another one was begun, or it was removed. */
static struct llext_store_image *coming_in(const struct llext_store_install *install)
{
	const struct llext_store *store = install->store;

	if (store == NULL || store->install != install ||
	    install->slot->image.state != LLEXT_STORE_RECEIVING)
		return NULL; /* its blocks may be somebody else's */
	return &install->slot->image;
}

/* Program the piece that ends at the offset: the last one, perhaps, which is not full. */
static int write_piece(struct llext_store_install *install)
{
	struct llext_store *store = install->store;
	uint32_t bytes = (install->offset - 1) % sizeof(install->piece) + 1;
	uint32_t offset = install->offset - bytes, place = offset % store->flash->block, magic;

	memset(install->piece + bytes, store->flash->erased, sizeof(install->piece) - bytes);
	/* Where a log begins it must not look like one: it would be found. */
	memcpy(&magic, install->piece, sizeof(magic));
	if (magic == RECORD_MAGIC && (place == 0 || place == sizeof(struct record)))
		return -EILSEQ;
	install->check = llext_store_sum(install->check, install->piece, sizeof(install->piece));
	return llext_store_program(store, offset_of(store, install->slot->image.block) + offset,
				   install->piece, sizeof(install->piece));
}

/* All of it has to come again, and elsewhere: these blocks may be damaged, or what is in them. */
static int give_up(struct llext_store_install *install, int rc)
{
	install->slot->unusable = true;
	(void)llext_store_drop(install->store, install->slot);
	install->store = NULL;
	return rc;
}

int llext_store_write(struct llext_store_install *install, const void *data, size_t bytes)
{
	const struct llext_store_image *image = coming_in(install);
	const uint8_t *from = data;
	int rc = 0;

	if (image == NULL)
		return -EINVAL;
	if (bytes > image->length - install->offset)
		return -EFBIG;
	for (size_t part; bytes > 0 && rc == 0; bytes -= part, from += part) {
		size_t at = install->offset % sizeof(install->piece);

		part = sizeof(install->piece) - at;
		part = bytes < part ? bytes : part;
		memcpy(install->piece + at, from, part);
		install->offset += (uint32_t)part;
		if (at + part == sizeof(install->piece) || install->offset == image->length)
			rc = write_piece(install);
		if (rc == 0 && install->offset == install->mark)
			rc = install->progress(install);
	}
	return rc == 0 ? 0 : give_up(install, rc);
}

int llext_store_finish(struct llext_store_install *install)
{
	struct llext_store *store = install->store;
	struct llext_store_image *image = coming_in(install);
	int rc;

	if (image == NULL)
		return -EINVAL;
	if (install->offset != image->length)
		return -ENODATA;
	rc = llext_store_verify(store, image->block, image->length, install->check);
	if (rc == 0)
		rc = llext_store_ask(store, LLEXT_STORE_ON_INSTALL, image);
	if (rc != 0)
		return give_up(install, rc);
	image->age = image->length; /* it does not go on from the last mark any more */
	image->check = install->check;
	install->store = NULL;
	return llext_store_set_state(store, install->slot, LLEXT_STORE_INSTALLED);
}
