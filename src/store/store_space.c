/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which blocks are whose. What is written goes to the head, which moves through the flash from its
 * first block to its last and again from the first, past what is in its way. So wear spreads over
 * whatever is free. What is in the way is moved by store_levelling.c, where a firmware has that.
 */
#include "store.h"

bool llext_store_object(const struct llext_store *store, int object, struct extent *extent)
{
	const struct llext_store_image *image;

	if (object == OBJECT_LOG) {
		*extent = (struct extent){store->log, store->log_blocks};
	} else if (object == OBJECT_GUARD) {
		*extent = (struct extent){store->guard, store->guard_blocks};
	} else {
		image = &store->slots[object].image;
		*extent = (struct extent){image->block, llext_store_blocks(store, image->length)};
		if (image->state == LLEXT_STORE_NONE)
			return false;
	}
	return extent->blocks > 0;
}

int llext_store_first_object(const struct llext_store *store, unsigned block, unsigned end,
			     struct extent *extent)
{
	int first = OBJECT_NONE;
	struct extent other;

	extent->block = end;
	for (int i = OBJECT_GUARD; i < store->slot_count; i++) {
		if (llext_store_object(store, i, &other) && other.block < extent->block &&
		    other.block + other.blocks > block) {
			*extent = other;
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

bool llext_store_guard_run(struct llext_store *store, unsigned block, unsigned blocks)
{
	unsigned log_blocks = llext_store_log_blocks(store);

	store->guard = (uint16_t)block;
	store->guard_blocks = (uint16_t)blocks;
	if (llext_store_free_run(store, block + blocks, log_blocks) >= 0)
		return true;
	store->guard_blocks = 0;
	return false;
}

int llext_store_take_run(struct llext_store *store, unsigned block, unsigned blocks)
{
	if (!llext_store_guard_run(store, block, blocks))
		return -ENOSPC;
	store->head = (uint16_t)(block + blocks);
	if (llext_store_erase(store, block, blocks) == 0)
		return (int)block;
	store->guard_blocks = 0;
	store->head = (uint16_t)(block + 1);
	return -EIO;
}

int llext_store_make_room(struct llext_store *store, unsigned blocks)
{
	const struct llext_store_levelling *levelling = store->config->levelling;
	int rc = llext_store_settle(store);

	if (rc == 0 && levelling != NULL) {
		rc = levelling->make_room(store, blocks, true);
		if (rc != -ENOSPC)
			return rc;
		rc = llext_store_settle(store);
	}
	if (rc != 0)
		return rc;
	/* A run that cannot be erased, or leaves no room for a log, is passed over. */
	for (unsigned tries = store->flash->blocks; tries > 0; tries--) {
		int block = llext_store_free_run(store, store->head, blocks);

		if (block < 0)
			return block;
		rc = llext_store_take_run(store, (unsigned)block, blocks);
		if (rc >= 0)
			return rc;
		store->head = (uint16_t)(block + 1);
	}
	return -ENOSPC;
}
