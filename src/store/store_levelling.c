/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Static wear levelling, which is optional: what is in the way of the head, image or log, is moved
 * to the head while there is room for that between the two. So each time round every block is
 * erased once, be it in use by something old or not: wear needs no counting. The blocks before the
 * end that nothing fits into any more are erased, too, for the same reason.
 *
 * That takes free room for two of the largest images beside what is to be written. Where there is
 * less, things are moved only where nothing else helps, and blocks wear as it comes.
 */
#include "store.h"

/* Copy an image to other blocks, which are blank, and compare. */
static int copy(const struct llext_store *store, const struct llext_store_image *image,
		unsigned block)
{
	size_t from = offset_of(store, image->block), to = offset_of(store, block);
	uint8_t piece[LLEXT_FLASH_PIECE];
	int rc = 0;

	for (uint32_t done = 0; rc == 0 && done < image->length; done += sizeof(piece)) {
		rc = llext_store_read(store, from + done, piece, sizeof(piece));
		if (rc == 0)
			rc = llext_store_program(store, to + done, piece, sizeof(piece));
	}
	return rc != 0 ? rc : llext_store_verify(store, image, block);
}

static bool is_movable(const struct llext_store *store, int object)
{
	const struct llext_store_slot *slot;

	if (object < OBJECT_SLOTS)
		return true;
	slot = &store->slots[object - OBJECT_SLOTS];
	return slot->pins == 0 && slot->image.state > LLEXT_STORE_RECEIVING;
}

/* Move an object to the head, where there is room. A new log sets its spare blocks aside there. */
static int move(struct llext_store *store, int object, unsigned blocks)
{
	struct llext_store_slot *slot;
	int to, rc;

	if (object < OBJECT_SLOTS)
		return llext_store_renew(store);
	slot = &store->slots[object - OBJECT_SLOTS];
	to = llext_store_take_run(store, blocks);
	rc = to < 0 ? to : copy(store, &slot->image, (unsigned)to);
	if (rc == 0)
		rc = llext_store_append(store, slot, slot->image.state, (unsigned)to);
	return rc;
}

/*
 * Is there so much room that what is in the way can always be moved? Then how many blocks the
 * largest object has, else 0; -ENOSPC: moving does not help.
 */
static int margin(const struct llext_store *store, unsigned blocks)
{
	unsigned used = blocks, largest = blocks;

	for (int i = object_count(store); i-- > OBJECT_LOG;) {
		struct llext_store_extent own;

		llext_store_object(store, i, &own);
		used += own.blocks;
		largest = own.blocks > largest ? own.blocks : largest;
	}
	if (used > store->blocks)
		return -ENOSPC;
	return used + 2 * largest <= store->blocks ? (int)largest : 0;
}

/* What comes next from the head on, round the end. */
static int next_object(const struct llext_store *store, struct llext_store_extent *next,
		       bool *ahead)
{
	unsigned blocks = store->blocks;
	int object = llext_store_first_object(store, store->head, blocks, next);

	*ahead = object != OBJECT_NONE;
	if (!*ahead)
		return llext_store_first_object(store, 0, blocks, next);
	if (next->block < store->head) { /* no store makes that, but flash may hold it */
		next->blocks -= store->head - next->block;
		next->block = store->head;
	}
	return object;
}

/* Will there be room for @blocks blocks between the head, when it is at @head, and an object? */
static bool has_gap(const struct llext_store *store, unsigned head,
		    const struct llext_store_extent *object, bool ahead, unsigned blocks)
{
	if (ahead)
		return object->block >= head && object->block - head >= blocks;
	return head + blocks <= store->blocks || object->block >= blocks;
}

/* From the last block on from the first. A block that cannot be erased is no reason to stop. */
static void go_round(struct llext_store *store, bool level)
{
	unsigned end = store->blocks;

	for (unsigned block = store->head; level && block < end; block++)
		(void)llext_store_erase(store, block, 1);
	store->head = 0;
}

static int make_room(struct llext_store *store, unsigned blocks, bool take)
{
	unsigned end = store->blocks, laps = 0, moved = 0;
	unsigned reach = blocks + llext_store_log_blocks(store);
	int level = margin(store, blocks), stuck = OBJECT_NONE;

	if (level < 0)
		return level;
	while (laps < 3 && moved <= 2 * end) {
		struct llext_store_extent next;
		bool ahead, movable;
		int object, rc = llext_store_settle(store);
		unsigned room;

		if (rc != 0)
			return rc;
		object = next_object(store, &next, &ahead);
		room = (ahead ? next.block : end) - store->head;
		movable = object != stuck && is_movable(store, object);
		if (level != 0 && movable && room >= next.blocks &&
		    !has_gap(store, store->head + reach, &next, ahead, (unsigned)level)) {
			/* Later it, or one behind it, could not be moved. */
		} else if (room >= blocks) {
			return take ? llext_store_take_run(store, blocks) : (int)store->head;
		} else if (!ahead) {
			go_round(store, level != 0);
			laps++;
			continue;
		} else if (!movable || next.blocks > room) {
			store->head = next.block + next.blocks;
			continue;
		}
		moved += next.blocks;
		level = moved <= end ? level : 0;
		/* What cannot be moved, damaged perhaps, is passed by. */
		if (move(store, object, next.blocks) != 0)
			stuck = object;
	}
	return -ENOSPC;
}

static void look_ahead(struct llext_store *store, struct llext_store_slot *slot, unsigned block)
{
	/* Not once blocks were erased for this very record. */
	if (slot->image.state == LLEXT_STORE_NONE || slot->image.block != block ||
	    !store->settled || llext_store_has_room(store, LOG_LOW))
		return;
	slot->pins++;
	if (make_room(store, llext_store_log_blocks(store), false) >= 0)
		(void)llext_store_renew(store);
	slot->pins--;
}

static void take_back(struct llext_store *store)
{
	const struct llext_store_extent *given = &store->own[OBJECT_GIVEN];
	int free;

	store->settled = true; /* but for that record, are these blocks anybody's? */
	free = llext_store_free_run(store, given->block, given->blocks);
	store->settled = false;
	for (struct llext_store_slot *slot = store->slots; slot < store->end; slot++) {
		struct llext_store_image *image = &slot->image;

		if (free == (int)given->block && is_movable(store, OBJECT_SLOTS + slot->number) &&
		    llext_store_blocks(store, image->length) == given->blocks &&
		    llext_store_verify(store, image, given->block) == 0 &&
		    llext_store_verify(store, image, image->block) != 0) {
			image->block = (uint16_t)given->block;
			return;
		}
	}
}

const struct llext_store_levelling llext_store_levelling = {make_room, look_ahead, take_back};

int llext_store_collect(struct llext_store *store, uint32_t bytes)
{
	int rc = make_room(store, llext_store_blocks(store, bytes), false);

	return rc < 0 ? rc : 0;
}
