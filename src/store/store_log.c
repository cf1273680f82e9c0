/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: a run of blocks with records, each of which says what one slot holds from then on. A log
 * begins with a record of its own and with one for each slot in use; that of slot 0 is there in any
 * case and comes last, so the log is complete once it is there. The complete log that began last is
 * the store.
 *
 * A record that power failed on may read as it is, as nothing, or now so and now so. Three rules
 * make that harmless:
 *
 * - A log is continued only while all that is in it is certain: its last record has a sealed copy,
 *   so it was written to its end; nothing is behind that; and no newer log was begun. Otherwise
 *   what is written next is a new log (store->settled).
 * - The blocks for the next log are set aside when a log begins. No record of that log gives them
 *   to anybody. So they can be erased whichever of its records count (store->spare).
 * - Those blocks may be the old log's, where there is no other room (store->takes_old). So before
 *   they are erased it is made certain that the new log is complete (store->certain).
 */
#include "store.h"

/* No log begins behind this number: there are enough for all that one takes. */
#define LAST_SEQ (UINT32_MAX - 1024u)

/* So many runs of blocks are tried for a new log, where blocks are bad. */
#define RENEW_TRIES 8

/*
 * So many logs a start reads at most, the newest first, until one is complete. A store leaves few
 * that are not: one in the blocks set aside, and one in each other run that was tried. In flash
 * that somebody else has written one may begin in each block.
 */
#define LOGS_READ 64

unsigned llext_store_log_blocks(const struct llext_store *store)
{
	const uint32_t places = 2 * (uint32_t)slot_count(store) + LOG_MORE;

	return llext_store_blocks(store, places * sizeof(struct record));
}

/*
 * The sum has the log's number in it, so no record of another log counts that was here before; and
 * the size of blocks, in which all numbers are.
 */
static uint32_t record_sum(const struct llext_store *store, uint32_t log_seq,
			   const struct record *record)
{
	return llext_store_sum(log_seq + store->block_bytes, record,
			       offsetof(struct record, check));
}

/* ---- reading ---- */

/* Is there a record? 0: yes; -ENOENT: no; or it cannot be read. */
static int read_record(const struct llext_store *store, size_t offset, struct record *record)
{
	/* Few blocks begin as a log does: one word says it. */
	int rc = llext_store_read(store, offset, &record->magic, sizeof(record->magic));
	uint32_t log_seq;

	if (rc != 0 || record->magic != RECORD_MAGIC)
		return rc != 0 ? rc : -ENOENT;
	rc = llext_store_read(store, offset, record, sizeof(*record));
	if (rc != 0)
		return rc;
	log_seq = record->slot == SLOT_START ? record->seq : store->log_seq;
	return record->check != record_sum(store, log_seq, record) ? -ENOENT : 0;
}

/*
 * Has somebody else written records that give blocks to two, or that are not in the flash? Then
 * what one does not use any more would be erased and written while the other runs there. Nothing
 * behind this looks again.
 */
static bool is_sound(const struct llext_store *store)
{
	for (int i = OBJECT_LOG; i < object_count(store); i++) {
		struct llext_store_extent own, first;
		unsigned end;

		llext_store_object(store, i, &own);
		end = own.block + own.blocks;
		if (own.blocks > 0 &&
		    (end > store->blocks ||
		     llext_store_first_object(store, own.block, end, &first) != i))
			return false;
	}
	return true;
}

static void clear(struct llext_store *store)
{
	memset(store->slots, 0, (size_t)slot_count(store) * sizeof(*store->slots));
}

/*
 * Read the log that find_start() found into the slots: 0; -ENOENT: it is not complete, or none;
 * -ENOSPC: it has more slots.
 */
static int replay(struct llext_store *store)
{
	unsigned end = store->own[OBJECT_LOG].block + store->own[OBJECT_LOG].blocks;
	size_t offset = offset_of(store, store->own[OBJECT_LOG].block);
	struct record record;
	int rc = -ENOENT, index;

	store->certain = false;
	store->seq = store->log_seq;
	if (end > store->blocks)
		return -ENOENT;
	store->log_end = offset_of(store, end);
	for (; offset + sizeof(record) <= store->log_end; offset += sizeof(record)) {
		bool found = read_record(store, offset, &record) == 0;

		if (!found && llext_store_check_blank(store, offset, sizeof(record)) == 0)
			continue;
		store->next = offset + sizeof(record);
		store->settled = found && (record.sealed & 1) != 0;
		if (!found)
			continue;
		store->head = record.head;
		index = record.slot;
		if (index == SLOT_START)
			continue;
		if (index >= slot_count(store))
			return -ENOSPC;
		if (record.image.state > LLEXT_STORE_BAD ||
		    record.image.name[LLEXT_STORE_NAME_LEN] != '\0')
			return -ENOENT;
		if (record.seq != store->seq) /* not of a copy */
			llext_store_object(store, OBJECT_SLOTS + index, &store->own[OBJECT_GIVEN]);
		store->seq = record.seq;
		store->slots[index].image = record.image;
		if (index == 0) {
			rc = 0;
			store->certain |= store->settled;
		}
	}
	return is_sound(store) ? rc : -ENOENT;
}

/*
 * Find the log that began last, before the one of number store->log_seq: 0 or a negative errno.
 */
static int find_start(struct llext_store *store)
{
	const uint32_t below = store->log_seq;
	struct record record;
	int result = -ENOENT;

	store->log_seq = 0;
	for (unsigned block = 0; block < store->blocks; block++) {
		size_t offset = offset_of(store, block);
		int rc = read_record(store, offset, &record);

		if (rc != 0)
			rc = read_record(store, offset + sizeof(record), &record);
		if (rc == 0 && record.slot == SLOT_START && record.seq < below &&
		    record.seq > store->log_seq) {
			store->log_seq = record.seq;
			store->own[OBJECT_LOG].block = block;
			store->own[OBJECT_SPARE].block = record.image.block;
			store->takes_old = record.image.flags;
			store->own[OBJECT_LOG].blocks = store->own[OBJECT_SPARE].blocks =
				record.image.starts;
			result = 0;
		}
		if (rc != 0 && rc != -ENOENT && result == -ENOENT)
			result = rc; /* it may be a store */
	}
	return result;
}

static int find_log(struct llext_store *store)
{
	uint32_t newest = 0;
	int rc = -ENOENT;

	store->fresh = true;
	store->log_seq = UINT32_MAX;
	for (unsigned logs = LOGS_READ; rc == -ENOENT && logs > 0; logs--) {
		clear(store);
		rc = find_start(store);
		if (rc != 0)
			break;
		if (newest == 0)
			newest = store->log_seq;
		rc = replay(store);
	}
	/* A newer one was begun, and not completed. */
	if (store->seq < newest) {
		store->seq = newest;
		store->settled = false;
	}
	return rc;
}

/* ---- writing ---- */

/* What a slot holds, or (SLOT_START) what begins a log: a record and its copies, at the next
 * places. */
static int put(struct llext_store *store, int slot)
{
	struct record record = {
		.magic = RECORD_MAGIC,
		.seq = store->seq,
		.head = (uint16_t)store->head,
		.slot = (uint8_t)slot,
	};

	if (slot != SLOT_START) {
		record.image = store->slots[slot].image;
	} else {
		record.image.block = (uint16_t)store->own[OBJECT_SPARE].block;
		record.image.starts = (uint8_t)store->own[OBJECT_SPARE].blocks;
		record.image.flags = store->takes_old;
	}
	/* At a place that reads as blank somebody may have begun to write: not to rely on it. */
	for (unsigned copies = store->fresh ? 3 : 2; copies > 0; copies--) {
		size_t offset = store->next;

		record.sealed = copies == 1;
		record.check = record_sum(store, store->log_seq, &record);
		store->next += sizeof(record);
		if (store->next > store->log_end ||
		    llext_store_program(store, offset, &record, sizeof(record)) != 0 ||
		    read_record(store, offset, &record) != 0)
			return -EIO;
	}
	store->fresh = false;
	return 0;
}

/* A log, in blocks that are free. It has a number of its own once it is begun. */
static int write_log(struct llext_store *store)
{
	const struct llext_store_extent *log = &store->own[OBJECT_LOG];
	unsigned block = log->block;
	int rc;

	/* From the first, so that what was begun here before does not come back half erased. */
	for (; block < log->block + log->blocks; block++) {
		store->next = offset_of(store, block);
		if (llext_store_erase(store, block, 1) != 0)
			return -EIO;
	}
	store->log_end = offset_of(store, block);
	store->next = offset_of(store, log->block);
	store->fresh = false;
	store->settled = store->certain = true;
	store->log_seq = ++store->seq;
	rc = put(store, SLOT_START);
	for (int i = slot_count(store); rc == 0 && i-- > 0;) {
		if (i == 0 || store->slots[i].image.state != LLEXT_STORE_NONE)
			rc = put(store, i);
	}
	return rc;
}

int llext_store_renew(struct llext_store *store)
{
	/* Only the blocks set aside are free for certain, if the log is not: no more than these. */
	unsigned blocks =
		store->settled ? llext_store_log_blocks(store) : store->own[OBJECT_LOG].blocks;
	int block = (int)store->own[OBJECT_SPARE].block, rc = -ENOSPC;
	bool longer = store->own[OBJECT_SPARE].blocks < blocks; /* other slots, or the first log */

	if (store->seq > LAST_SEQ)
		return -EOVERFLOW;
	/* The log before it may come back: nothing but the blocks set aside is free with both. */
	if (!store->certain && (longer || store->takes_old))
		return -EIO;
	if (longer)
		block = llext_store_free_run(store, store->head, blocks);
	for (unsigned tries = 0; tries < RENEW_TRIES && block >= 0; tries++) {
		struct llext_store new = *store;
		int spare;

		new.own[OBJECT_SPARE].block = (unsigned)block;
		new.own[OBJECT_SPARE].blocks = blocks;
		spare = llext_store_free_run(&new, new.head, blocks);
		new.takes_old = spare < 0;
		if (!new.takes_old)
			new.head = (unsigned)spare + blocks;
		else if (!longer)
			spare = (int)store->own[OBJECT_LOG].block;
		else
			return -ENOSPC;
		new.own[OBJECT_LOG] = new.own[OBJECT_SPARE];
		new.own[OBJECT_SPARE].block = (unsigned)spare;
		rc = write_log(&new);
		if (rc == 0)
			*store = new;
		if (rc == 0 || !store->certain)
			break;
		if (store->seq != new.seq)
			store->settled = false;
		store->seq = new.seq;
		/* One behind the place that did not take it. */
		block = (int)(new.next / store->block_bytes) + 1;
		block = llext_store_free_run(store, (unsigned)block, blocks);
	}
	return rc;
}

int llext_store_settle(struct llext_store *store)
{
	while (!store->certain && llext_store_has_room(store, 1))
		store->certain = put(store, 0) == 0;
	if (store->certain && store->settled && llext_store_has_room(store, LOG_CHANGE))
		return 0;
	return llext_store_renew(store);
}

int llext_store_append(struct llext_store *store, struct llext_store_slot *slot,
		       enum llext_store_state state, unsigned block)
{
	const struct llext_store_levelling *levelling = store->config->levelling;
	struct llext_store_image *image = &slot->image;
	int index = (int)(slot - store->slots), rc;

	/* Not once blocks were erased for this very record. */
	if (levelling != NULL && image->state != LLEXT_STORE_NONE && block == image->block)
		levelling->look_ahead(store, slot);
	rc = llext_store_settle(store);
	if (rc != 0)
		return rc;
	store->seq++;
	llext_store_object(store, OBJECT_SLOTS + index, &store->own[OBJECT_GIVEN]);
	/* Newer than all others, as it is installed, and as it is used. */
	if (state > image->state &&
	    (image->state == LLEXT_STORE_RECEIVING || image->state == LLEXT_STORE_INSTALLED))
		image->age = store->seq;
	image->state = (uint8_t)state;
	image->block = (uint16_t)block;
	rc = put(store, index);
	if (rc != 0) {
		store->settled = false; /* it may be there all the same */
		rc = llext_store_renew(store);
	}
	return rc;
}

/* ---- to begin with ---- */

int llext_store_init(struct llext_store *store, const struct llext_store_config *config)
{
	const struct llext_flash *flash = config->flash;

	memset(store, 0, sizeof(*store));
	store->config = config;
	store->flash = flash;
	store->slots = config->slots;
	store->end = config->slots + config->slot_count;
	store->block_bytes = flash->block;
	store->blocks = flash->blocks;
	if (flash->block < 256 || flash->block % LLEXT_FLASH_PIECE != 0 ||
	    (flash->unit & (flash->unit - 1)) != 0 || flash->unit - 1u >= LLEXT_FLASH_PIECE ||
	    config->slot_count == 0 || store->blocks <= 2 * llext_store_log_blocks(store))
		return -EINVAL;
	return find_log(store);
}

int llext_store_format(struct llext_store *store, const struct llext_store_config *config)
{
	int rc = llext_store_init(store, config);

	if (rc == -EINVAL)
		return rc;
	clear(store);
	if (rc != 0) {
		store->own[OBJECT_LOG].blocks = store->own[OBJECT_SPARE].blocks = 0;
		store->settled = true;
	}
	store->certain = true; /* no older log is wanted any more */
	return llext_store_renew(store);
}
