/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which blocks are whose. What is written goes to the head, which moves through the flash from its
 * first block to its last and again from the first, past what is in its way. So wear spreads over
 * whatever is free. What is in the way is moved by store_levelling.c, where a firmware has that.
 */
#include "store.h"

unsigned llext_store_object(const struct llext_store *store, int object, unsigned *block)
{
	const struct llext_store_image *image;

	if (object < 0) {
		*block = object == OBJECT_LOG ? store->log : store->spare;
		return store->log_blocks;
	}
	image = &store->slots[object].image;
	*block = image->block;
	return image->state == LLEXT_STORE_NONE ? 0 : llext_store_blocks(store, image->length);
}

int llext_store_first_object(const struct llext_store *store, unsigned block, unsigned end,
			     struct extent *extent)
{
	int first = OBJECT_NONE;

	extent->block = end;
	for (int i = OBJECT_FIRST; i < slot_count(store); i++) {
		unsigned other, blocks = llext_store_object(store, i, &other);

		if (blocks > 0 && other < extent->block && other + blocks > block) {
			extent->block = other;
			extent->blocks = blocks;
			first = i;
		}
	}
	return first;
}

int llext_store_free_run(const struct llext_store *store, unsigned block, unsigned blocks)
{
	struct extent extent;

	for (unsigned laps = 0; laps < 2;) {
		if (block + blocks > store->flash->blocks) {
			block = 0;
			laps++;
			continue;
		}
		if (llext_store_first_object(store, block, block + blocks, &extent) == OBJECT_NONE)
			return (int)block;
		block = extent.block + extent.blocks;
	}
	return -ENOSPC;
}

int llext_store_take_run(struct llext_store *store, unsigned block, unsigned blocks)
{
	store->taken = llext_store_erase(store, block, blocks) == 0;
	store->head = block + (store->taken ? blocks : 1);
	return store->taken ? (int)block : -EIO;
}

int llext_store_make_room(struct llext_store *store, unsigned blocks)
{
	const struct llext_store_levelling *levelling = store->config->levelling;
	int rc = levelling != NULL ? levelling->make_room(store, blocks, true) : -ENOSPC;

	if (rc != -ENOSPC)
		return rc;
	rc = llext_store_settle(store);
	/* A run that cannot be erased is passed over. */
	for (unsigned tries = store->flash->blocks; rc == 0 && tries > 0; tries--) {
		int block = llext_store_free_run(store, store->head, blocks);

		if (block < 0 || llext_store_take_run(store, (unsigned)block, blocks) >= 0)
			return block;
	}
	return rc != 0 ? rc : -ENOSPC;
}
