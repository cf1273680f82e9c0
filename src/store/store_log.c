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
 *   to anybody. So they can be erased whichever of its records count (OBJECT_SPARE).
 * - Those blocks may be the old log's, where there is no other room (store->takes_old). So before
 *   they are erased it is made certain that the new log is complete (store->certain).
 */
#include "store.h"

/* No record counts that has a number above this: the numbers never begin again. */
#define LAST_SEQ (UINT32_MAX / 2)

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
	if (record->seq > LAST_SEQ)
		return -ENOENT;
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
	for (int i = object_count(store); --i >= OBJECT_LOG;) {
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
	for (int i = slot_count(store); i-- > 0;)
		store->slots[i] = (struct llext_store_slot){.number = (uint8_t)i};
}

/*
 * Read the log that find_start() found into the slots: 0; -ENOENT: it is not complete, or none;
 * -ENOSPC: it has more slots.
 */
static int replay(struct llext_store *store, bool newest)
{
	unsigned end = store->own[OBJECT_LOG].block + store->own[OBJECT_LOG].blocks;
	size_t offset = offset_of(store, store->own[OBJECT_LOG].block);
	struct record record;
	uint32_t last = store->log_seq;
	int rc = -ENOENT, index;

	store->certain = false;
	store->own[OBJECT_GIVEN].blocks = 0;
	if (end > store->blocks)
		return -ENOENT;
	store->log_end = offset_of(store, end);
	for (; offset + sizeof(record) <= store->log_end; offset += sizeof(record)) {
		bool found = read_record(store, offset, &record) == 0;

		if (!found && llext_store_check_blank(store, offset, sizeof(record)) == 0)
			continue;
		store->settled = false;
		store->next = offset + sizeof(record);
		if (!found)
			continue;
		if (record.seq > store->seq)
			store->seq = record.seq;
		/* Not while there is a newer one, begun and not completed. */
		store->settled = record.more == 0 && newest;
		store->head = record.head;
		index = record.slot;
		if (index == SLOT_START)
			continue;
		if (index >= slot_count(store))
			return -ENOSPC;
		if (record.image.state > LLEXT_STORE_BAD ||
		    record.image.name[LLEXT_STORE_NAME_LEN] != '\0')
			return -ENOENT;
		if (record.seq != last) /* not of a copy */
			llext_store_object(store, OBJECT_SLOTS + index, &store->own[OBJECT_GIVEN]);
		last = record.seq;
		store->slots[index].image = record.image;
		if (index == 0)
			rc = 0;
		if (rc == 0 && record.more == 0)
			store->certain = true;
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
	for (unsigned place = 0; place < 2 * store->blocks; place++) {
		size_t offset = offset_of(store, place / 2) + place % 2 * sizeof(record);
		int rc = read_record(store, offset, &record);

		if (rc == 0 && record.slot == SLOT_START && record.seq < below &&
		    record.seq > store->log_seq) {
			store->log_seq = record.seq;
			store->own[OBJECT_LOG].block = place / 2;
			store->own[OBJECT_SPARE].block = record.image.block;
			store->takes_old = record.image.flags;
			store->own[OBJECT_LOG].blocks = store->own[OBJECT_SPARE].blocks =
				record.image.starts;
			result = 0;
		} else if (rc != 0 && result == -ENOENT) {
			result = rc; /* what cannot be read may be a store */
		}
	}
	return result;
}

static int find_log(struct llext_store *store)
{
	int rc = -ENOENT;

	store->fresh = true;
	store->log_seq = UINT32_MAX;
	for (unsigned logs = LOGS_READ; rc == -ENOENT && logs > 0; logs--) {
		clear(store);
		rc = find_start(store);
		if (rc != 0)
			break;
		if (store->seq == 0)
			store->seq = store->log_seq;
		rc = replay(store, logs == LOGS_READ);
	}
	return rc;
}

/* ---- writing ---- */

/* What a slot holds, or (SLOT_START) what begins a log: a record and its copies, at the next
 * places. */
static int put(struct llext_store *store, const struct llext_store_slot *slot)
{
	struct record record = {
		.magic = RECORD_MAGIC,
		.seq = store->seq,
		.head = (uint16_t)store->head,
		.slot = SLOT_START,
	};

	if (slot != NULL) {
		record.slot = slot->number;
		record.image = slot->image;
	} else {
		record.image.block = (uint16_t)store->own[OBJECT_SPARE].block;
		record.image.starts = (uint8_t)store->own[OBJECT_SPARE].blocks;
		record.image.flags = store->takes_old;
	}
	/* At a place that reads as blank somebody may have begun to write: not to rely on it. */
	for (int more = store->fresh ? 2 : 1; more >= 0; more--) {
		size_t offset = store->next;

		record.more = (uint8_t)more;
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

/* The log's blocks: from the first, so that what was begun here before does not come back half
 * erased. */
static int erase_log(struct llext_store *store)
{
	const struct llext_store_extent *log = &store->own[OBJECT_LOG];
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < log->blocks; i++) {
		store->next = offset_of(store, log->block + i);
		rc = llext_store_erase(store, log->block + i, 1);
	}
	return rc;
}

/* What there is, in blocks that are blank. */
static int fill_log(struct llext_store *store)
{
	const struct llext_store_slot *slot;
	int rc;

	store->log_end = store->next + store->block_bytes;
	store->next = offset_of(store, store->own[OBJECT_LOG].block);
	store->fresh = false;
	store->settled = store->certain = true;
	store->own[OBJECT_GIVEN].blocks = 0;
	rc = put(store, NULL);
	for (slot = store->end; rc == 0 && slot > store->slots;) {
		slot--;
		if (slot->number == 0 || slot->image.state != LLEXT_STORE_NONE)
			rc = put(store, slot);
	}
	return rc;
}

int llext_store_renew(struct llext_store *store)
{
	/* Only the blocks set aside are free for certain, if the log is not: no more than these. */
	unsigned blocks =
		store->settled ? llext_store_log_blocks(store) : store->own[OBJECT_LOG].blocks;
	unsigned from = store->own[OBJECT_SPARE].block;
	int rc = -ENOSPC;

	for (unsigned tries = 0; tries < RENEW_TRIES; tries++) {
		struct llext_store new = *store;
		int block, spare;

		/* The blocks set aside, which are free for this, if they will do. */
		new.own[OBJECT_SPARE].blocks = 0;
		block = llext_store_free_run(&new, from, blocks);
		if (block < 0)
			break;
		new.own[OBJECT_SPARE].block = (unsigned)block;
		new.own[OBJECT_SPARE].blocks = blocks;
		spare = llext_store_free_run(&new, new.head, blocks);
		new.takes_old = spare < 0;
		if (!new.takes_old)
			new.head = (unsigned)spare + blocks;
		else if (store->own[OBJECT_LOG].blocks >= blocks)
			spare = (int)store->own[OBJECT_LOG].block;
		else
			break;
		new.own[OBJECT_LOG].block = (unsigned)block;
		new.own[OBJECT_LOG].blocks = blocks;
		new.own[OBJECT_SPARE].block = (unsigned)spare;
		rc = erase_log(&new);
		if (rc == 0) {
			new.seq = new.log_seq = ++store->seq;
			store->settled = false; /* until the new one is complete */
			rc = fill_log(&new);
		}
		if (rc == 0)
			*store = new;
		if (rc == 0 || !store->certain)
			break;
		/* One behind the place that did not take it. */
		from = (unsigned)(new.next / store->block_bytes) + 1;
	}
	return rc;
}

int llext_store_settle(struct llext_store *store)
{
	const struct llext_store_levelling *levelling = store->config->levelling;
	int rc = -EIO;

	if (store->settled && llext_store_has_room(store, LOG_CHANGE))
		return 0;
	if (!store->settled && levelling != NULL)
		levelling->take_back(store);
	/*
	 * The log before it, which may come back, is not erased before this one is certain. And
	 * this one is not written to where that is not needed: it may have been begun to be erased.
	 */
	for (;;) {
		if (store->certain || !store->takes_old)
			rc = llext_store_renew(store);
		if (rc == 0 || store->certain || !llext_store_has_room(store, 1))
			return rc;
		store->certain = put(store, store->slots) == 0;
	}
}

int llext_store_append(struct llext_store *store, struct llext_store_slot *slot,
		       enum llext_store_state state, unsigned block)
{
	const struct llext_store_levelling *levelling = store->config->levelling;
	struct llext_store_image *image = &slot->image;
	int rc;

	if (levelling != NULL)
		levelling->look_ahead(store, slot, block);
	rc = llext_store_settle(store);
	if (rc != 0)
		return rc;
	store->seq++;
	llext_store_object(store, OBJECT_SLOTS + slot->number, &store->own[OBJECT_GIVEN]);
	/* Newer than all others, as it is installed, and as it is used. */
	if (state > image->state &&
	    (image->state == LLEXT_STORE_RECEIVING || image->state == LLEXT_STORE_INSTALLED))
		image->age = store->seq;
	image->state = (uint8_t)state;
	image->block = (uint16_t)block;
	rc = put(store, slot);
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
	store->slot_count = config->slot_count;
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
