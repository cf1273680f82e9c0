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
	for (struct llext_store_slot *slot = store->slots; slot < store->end; slot++) {
		unsigned state = slot->image.state;
		int rc = 0;

		if (slot->pins == 0 && (state == LLEXT_STORE_RECEIVING || state == LLEXT_STORE_BAD))
			rc = llext_store_set_state(store, slot, LLEXT_STORE_NONE);
		else if (state != LLEXT_STORE_NONE && llext_store_is_same(&slot->image, image))
			rc = -EEXIST;
		if (rc != 0)
			return rc;
		if (*found == NULL && slot->image.state == LLEXT_STORE_NONE)
			*found = slot;
	}
	return *found != NULL ? 0 : -ENOSPC;
}

int llext_store_begin_anew(struct llext_store *store, struct llext_store_install *install,
			   const struct llext_store_image *image)
{
	unsigned blocks = llext_store_blocks(store, image->length);
	struct llext_store_slot *slot;
	int rc;

	memset(install, 0, sizeof(*install));
	if (image->name[0] == '\0' || image->name[LLEXT_STORE_NAME_LEN] != '\0' || blocks == 0 ||
	    (image->flags & ~LLEXT_STORE_AUTOLOAD) != 0)
		return -EINVAL;
	if (!llext_store_fits(store, blocks))
		return -ENOSPC;
	rc = find_slot(store, image, &slot);
	if (rc != 0)
		return rc;
	rc = llext_store_make_room(store, blocks);
	if (rc < 0)
		return rc;
	slot->started = false;
	slot->image = *image;
	slot->image.age = slot->image.check = 0;
	slot->image.state = LLEXT_STORE_NONE;
	rc = llext_store_append(store, slot, LLEXT_STORE_RECEIVING, (unsigned)rc);
	if (rc != 0)
		return rc;
	llext_store_go(store, install, slot);
	return 0;
}

/* Program a piece: the last one, perhaps, which is not full. */
static int write_piece(struct llext_store_install *install)
{
	const struct llext_store *store = install->store;
	uint32_t bytes = (install->offset - 1) % LLEXT_FLASH_PIECE + 1;
	uint32_t offset = install->offset - bytes, place = offset % store->block_bytes, magic;
	int rc;

	memset(install->piece + bytes, store->flash->erased, LLEXT_FLASH_PIECE - bytes);
	/* Where a log begins it must not look like one: it would be found. */
	memcpy(&magic, install->piece, sizeof(magic));
	if (magic == RECORD_MAGIC && (place == 0 || place == sizeof(struct record)))
		return -EILSEQ;
	install->check = llext_store_sum(install->check, install->piece, sizeof(install->piece));
	rc = llext_store_program(store, offset_of(store, install->slot->image.block) + offset,
				 install->piece, sizeof(install->piece));
	if (rc == 0 && install->offset == install->mark)
		rc = install->progress(install);
	return rc;
}

/* All of it has to come again, and elsewhere: these blocks may be damaged, or what is in them. */
static int give_up(struct llext_store_install *install, int rc)
{
	install->slot->image.state = LLEXT_STORE_BAD;
	(void)llext_store_set_state(install->store, install->slot, LLEXT_STORE_NONE);
	return rc;
}

int llext_store_write(struct llext_store_install *install, const void *data, size_t bytes)
{
	const struct llext_store *store = install->store;
	const struct llext_store_image *image;
	const uint8_t *from = data;
	int rc;

	/* It failed, or ended, or another one was begun, or it was removed. */
	if (store == NULL || store->install != install ||
	    install->slot->image.state != LLEXT_STORE_RECEIVING)
		return -EINVAL; /* its blocks may be somebody else's */
	image = &install->slot->image;
	if (bytes > image->length - install->offset)
		return -EFBIG;
	for (; bytes > 0; bytes--) {
		install->piece[install->offset++ % LLEXT_FLASH_PIECE] = *from++;
		if (install->offset % LLEXT_FLASH_PIECE != 0 && install->offset != image->length)
			continue;
		rc = write_piece(install);
		if (rc != 0)
			return give_up(install, rc);
	}
	return 0;
}

int llext_store_finish(struct llext_store_install *install)
{
	struct llext_store *store = install->store;
	struct llext_store_image *image;
	int rc = llext_store_write(install, NULL, 0); /* may it end? */

	if (rc != 0)
		return rc;
	image = &install->slot->image;
	if (install->offset != image->length)
		return -ENODATA;
	image->age = image->length; /* it does not go on from the last mark any more */
	image->check = install->check;
	rc = llext_store_verify(store, image, image->block);
	if (rc == 0)
		rc = llext_store_ask(store, LLEXT_STORE_ON_INSTALL, image);
	if (rc == 0)
		rc = llext_store_set_state(store, install->slot, LLEXT_STORE_INSTALLED);
	return rc == 0 ? 0 : give_up(install, rc);
}
