/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which blocks are whose. What is written goes to the head, which moves through the flash from its
 * first block to its last and again from the first, past what is in its way. So wear spreads over
 * whatever is free. What is in the way is moved by store_levelling.c, where a firmware has that.
 */
#include "store.h"

void llext_store_object(const struct llext_store *store, int object,
			struct llext_store_extent *extent)
{
	const struct llext_store_image *image;

	if (object < OBJECT_SLOTS) {
		*extent = store->own[object];
		return;
	}
	image = &store->slots[object - OBJECT_SLOTS].image;
	extent->block = image->block;
	extent->blocks = 0;
	if (image->state != LLEXT_STORE_NONE)
		extent->blocks = llext_store_blocks(store, image->length);
}

int llext_store_first_object(const struct llext_store *store, unsigned block, unsigned end,
			     struct llext_store_extent *extent)
{
	int first = OBJECT_NONE;

	extent->block = end;

	/*
	 * Down: what a record takes from a slot may be in the slot all the same, which counts. It
	 * is number 0, and free where the log is settled.
	 */
	for (int i = object_count(store); i-- > (int)store->settled;) {
		struct llext_store_extent other;

		llext_store_object(store, i, &other);
		if (other.blocks > 0 && other.block < extent->block &&
		    other.block + other.blocks > block) {
			*extent = other;
			first = i;
		}
	}
	return first;
}

int llext_store_free_run(const struct llext_store *store, unsigned block, unsigned blocks)
{
	struct llext_store_extent extent;
	bool again = true;

	for (;;) {
		if (block + blocks <= store->blocks) {
			if (llext_store_first_object(store, block, block + blocks, &extent) ==
			    OBJECT_NONE)
				return (int)block;
			block = extent.block + extent.blocks;
		} else if (again) {
			again = false;
			block = 0;
		} else {
			return -ENOSPC;
		}
	}
}

int llext_store_take_run(struct llext_store *store, unsigned blocks)
{
	for (unsigned tries = store->blocks; tries > 0; tries--) {
		int block = llext_store_free_run(store, store->head, blocks);

		if (block < 0)
			return block;
		store->head = (unsigned)block + blocks;
		if (llext_store_erase(store, (unsigned)block, blocks) == 0)
			return block;
		store->head = (unsigned)block + 1;
	}
	return -EIO;
}

int llext_store_make_room(struct llext_store *store, unsigned blocks)
{
	const struct llext_store_levelling *levelling = store->config->levelling;
	int rc = levelling != NULL ? levelling->make_room(store, blocks, true) : -ENOSPC;

	if (rc != -ENOSPC)
		return rc;
	rc = llext_store_settle(store);
	return rc != 0 ? rc : llext_store_take_run(store, blocks);
}
