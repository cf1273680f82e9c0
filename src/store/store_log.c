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
 * - Those blocks may be the old log's, where there is no other room. So before they are erased it
 *   is made certain that the new log is complete (store->certain).
 */
#include "store.h"

/* No record is added behind this number: a new log still needs a few. */
#define LAST_SEQ (UINT32_MAX - 1024u)

/* So many runs of blocks are tried for a new log, where blocks are bad. */
#define RENEW_TRIES 8

/*
 * So many logs a start reads at most, the newest first, until one is complete. A store leaves few
 * that are not: one in the blocks set aside, and one in each other run that was tried. In flash
 * that somebody else has written one may begin in each block.
 */
#define LOGS_READ 64

/* The blocks of a log for so many slots. */
static unsigned log_blocks(const struct llext_store *store, unsigned slots)
{
	return llext_store_blocks(store, (2 * slots + LOG_MORE) * (uint32_t)sizeof(struct record));
}

unsigned llext_store_log_blocks(const struct llext_store *store)
{
	return log_blocks(store, (unsigned)slot_count(store));
}

/*
 * The sum has the log's number in it, so no record of another log counts that was here before; and
 * the size of blocks, in which all numbers are.
 */
static uint32_t record_sum(const struct llext_store *store, uint32_t log_seq,
			   const struct record *record)
{
	return llext_store_sum(log_seq + store->flash->block, record,
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
	struct extent first;

	for (int i = OBJECT_FIRST; i < slot_count(store); i++) {
		unsigned block, end = llext_store_object(store, i, &block);

		if (end == 0)
			continue;
		end += block;
		if (end > store->flash->blocks ||
		    llext_store_first_object(store, block, end, &first) != i)
			return false;
	}
	return store->head <= store->flash->blocks;
}

static void clear(struct llext_store *store)
{
	memset(store->slots, 0, (size_t)slot_count(store) * sizeof(*store->slots));
}

/*
 * Read the log that begins at @block into the slots: 0; -ENOENT: it is not complete, or none;
 * -ENOSPC: it has more slots.
 */
static int replay(struct llext_store *store, unsigned block)
{
	size_t offset = offset_of(store, block);
	struct record record;
	int rc = -ENOENT;

	clear(store);
	store->certain = false;
	store->log = block;
	/* The record that says how many, and its copy. */
	store->log_end = offset + 2 * sizeof(record);
	for (; offset + sizeof(record) <= store->log_end; offset += sizeof(record)) {
		bool found = read_record(store, offset, &record) == 0;

		if (!found && llext_store_is_blank(store, offset, sizeof(record)) == 1)
			continue;
		store->next = offset + sizeof(record);
		/* Not while there are newer ones, in a log that was begun and not completed. */
		store->settled = found && record.sealed != 0 && record.seq >= store->seq;
		if (!found)
			continue;
		if (record.seq > store->seq)
			store->seq = record.seq;
		store->head = record.head;
		if (record.slot == SLOT_START) {
			store->log_seq = record.seq;
			store->log_slots = record.image.starts;
			store->log_blocks = log_blocks(store, store->log_slots);
			store->spare = record.image.block;
			if (block + store->log_blocks > store->flash->blocks)
				return -ENOENT;
			store->log_end = offset_of(store, block + store->log_blocks);
			continue;
		}
		if (record.slot >= slot_count(store))
			return -ENOSPC;
		if (record.image.state > LLEXT_STORE_BAD ||
		    record.image.name[LLEXT_STORE_NAME_LEN] != '\0')
			return -ENOENT;
		store->slots[record.slot].image = record.image;
		if (record.slot == 0) {
			rc = 0;
			store->certain |= record.sealed != 0;
		}
	}
	return is_sound(store) ? rc : -ENOENT;
}

/*
 * Where the log begins that began last, before the one of number @below, which is that log's number
 * then; or a negative errno.
 */
static int find_start(const struct llext_store *store, uint32_t *below)
{
	struct record record;
	uint32_t last = 0;
	int start = -ENOENT;

	for (unsigned block = 0; block < store->flash->blocks; block++) {
		unsigned unreadable = 0;

		for (unsigned copy = 0; copy < 2; copy++) {
			int rc = read_record(store, offset_of(store, block) + copy * sizeof(record),
					     &record);

			/* The copy comes after the record, so there is none of a blank one. */
			if (rc == -ENOENT && record.magic == store->flash->erased * 0x01010101u)
				break;
			unreadable += rc != 0 && rc != -ENOENT;
			if (rc == 0 && record.slot == SLOT_START && record.seq < *below &&
			    record.seq > last) {
				last = record.seq;
				start = (int)block;
			}
		}
		if (unreadable == 2 && start == -ENOENT)
			start = -EIO; /* it may be a store */
	}
	*below = last;
	return start;
}

static int find_log(struct llext_store *store)
{
	uint32_t below = UINT32_MAX;
	int rc = -ENOENT;

	store->fresh = true;
	for (unsigned logs = 0; rc == -ENOENT && logs < LOGS_READ; logs++) {
		rc = find_start(store, &below);
		if (rc < 0)
			return rc;
		rc = replay(store, (unsigned)rc);
	}
	return rc;
}

/* ---- writing ---- */

/* What a slot holds, or what begins a log: a record and its copies, at the next places. */
static int put(struct llext_store *store, const struct llext_store_slot *slot)
{
	struct record record = {
		.magic = RECORD_MAGIC,
		.seq = store->seq,
		.head = (uint16_t)store->head,
	};

	if (slot == NULL) {
		record.slot = SLOT_START;
		record.image.block = (uint16_t)store->spare;
		record.image.starts = (uint8_t)store->log_slots;
	} else {
		record.slot = (uint8_t)(slot - store->slots);
		record.image = slot->image;
	}
	/* At a place that reads as blank somebody may have begun to write: not to rely on it. */
	for (unsigned copies = store->fresh ? 3 : 2; copies > 0; copies--) {
		size_t offset = store->next;
		int rc = -ENOSPC;

		record.sealed = copies == 1;
		record.check = record_sum(store, store->log_seq, &record);
		if (llext_store_has_room(store, 1))
			rc = llext_store_program(store, offset, &record, sizeof(record));
		store->next += sizeof(record);
		if (rc != 0)
			return rc;
		if (read_record(store, offset, &record) != 0)
			return -EIO;
	}
	store->fresh = false;
	return 0;
}

/* A log, in blocks that are free. It has a number of its own once it is begun. */
static int write_log(struct llext_store *store)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < store->log_blocks; i++) {
		store->next = offset_of(store, store->log + i);
		rc = llext_store_erase(store, store->log + i, 1);
	}
	if (rc != 0)
		return rc;
	store->log_end = store->next + store->flash->block;
	store->next = offset_of(store, store->log);
	store->fresh = false;
	store->settled = store->certain = true;
	store->log_seq = ++store->seq;
	rc = put(store, NULL);
	for (struct llext_store_slot *slot = store->end; rc == 0 && slot-- > store->slots;) {
		if (slot == store->slots || slot->image.state != LLEXT_STORE_NONE)
			rc = put(store, slot);
	}
	return rc;
}

int llext_store_renew(struct llext_store *store)
{
	/* Only the blocks set aside are free for certain, if the log is not: no more than these. */
	unsigned slots = store->settled ? (unsigned)slot_count(store) : store->log_slots;
	unsigned blocks = log_blocks(store, slots);
	int block = (int)store->spare, rc = -ENOSPC;

	if (store->log_blocks < blocks) /* of another configuration, or none */
		block = llext_store_free_run(store, store->head, blocks);
	for (unsigned tries = 0; tries < RENEW_TRIES && block >= 0; tries++) {
		struct llext_store new = *store;
		int spare;

		new.spare = (unsigned)block;
		new.log_slots = slots;
		new.log_blocks = blocks;
		spare = llext_store_free_run(&new, new.head, blocks);
		if (spare >= 0)
			new.head = (unsigned)spare + blocks;
		else if (store->log_blocks >= blocks)
			spare = (int)store->log;
		else
			return -ENOSPC;
		new.spare = (unsigned)spare;
		new.log = (unsigned)block;
		rc = write_log(&new);
		if (rc == 0) {
			*store = new;
			return 0;
		}
		if (store->seq != new.seq)
			store->settled = false;
		store->seq = new.seq;
		/*
		 * One behind the place that did not take it. If the log is not certain, what its
		 * last record gave up is not free for certain, either: docs/store.md weighs that.
		 */
		block = (int)(new.next / store->flash->block) + 1;
		block = llext_store_free_run(store, (unsigned)block, blocks);
	}
	return rc;
}

int llext_store_settle(struct llext_store *store)
{
	if (store->seq > LAST_SEQ)
		return -EOVERFLOW;
	while (!store->certain) {
		if (!llext_store_has_room(store, 1))
			return -EIO;
		store->certain = put(store, store->slots) == 0;
	}
	if (store->settled && llext_store_has_room(store, LOG_CHANGE))
		return 0;
	return llext_store_renew(store);
}

int llext_store_append(struct llext_store *store, struct llext_store_slot *slot,
		       enum llext_store_state state, unsigned block)
{
	const struct llext_store_levelling *levelling = store->config->levelling;
	struct llext_store_image *image = &slot->image;
	uint16_t old_block = image->block;
	uint8_t old_state = image->state;
	int rc;

	if (levelling != NULL && !store->taken)
		levelling->look_ahead(store, slot);
	store->taken = false;
	rc = llext_store_settle(store);
	if (rc != 0)
		return rc;
	store->seq++;
	/* Newer than all others, as it is installed, and as it is used. */
	if (state > LLEXT_STORE_RECEIVING && state > old_state && old_state < LLEXT_STORE_TRIAL)
		image->age = store->seq;
	image->state = (uint8_t)state;
	image->block = (uint16_t)block;
	rc = put(store, slot);
	if (rc != 0) {
		store->settled = false; /* it may be there all the same */
		rc = llext_store_renew(store);
	}
	if (rc != 0) {
		image->state = old_state;
		image->block = old_block;
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
	clear(store);
	if (flash->block < 256 || flash->block % LLEXT_FLASH_PIECE != 0 || flash->unit == 0 ||
	    LLEXT_FLASH_PIECE % flash->unit != 0 || config->slot_count == 0 ||
	    flash->blocks > INT16_MAX * 2 || flash->blocks < 2 * llext_store_log_blocks(store) + 1)
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
		store->log_blocks = store->head = 0;
		store->settled = true;
	}
	if (store->seq > LAST_SEQ) { /* begin to count again, where nothing has such a number */
		for (unsigned block = 0; block < store->flash->blocks; block++)
			(void)llext_store_erase(store, block, 1);
		store->seq = 0;
	}
	return llext_store_renew(store);
}
