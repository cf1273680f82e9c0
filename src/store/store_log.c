/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: a run of blocks with records, each of which says what one slot holds from then on. A log
 * begins with a record of its geometry and with one record for each slot in use, and is valid once
 * these are there. It goes on until it is full; then a new one begins elsewhere. The valid log
 * that began last is the store.
 *
 * A record that power failed on may read as it is, as nothing, or now so and now so. So nothing
 * that cannot be undone, which is erasing, is done because of the last record, until it is certain
 * that this will be the last record at the next start, too:
 *
 * - Of two records with the same number the later one counts. Who has not seen a record and
 *   writes another gives it the same number: then the first will never count again.
 * - store->settled: the last record has a sealed copy, so it was written to its end.
 * - store->guard: what blocks the last record took from, or gave to, a slot before it is settled.
 * - store->halfway: a newer log was begun and not completed. It might read as complete another
 *   time; so no record is added to this log, but a new one is begun.
 */
#include "store.h"

enum found {
	FOUND_BLANK,
	FOUND_RECORD,
	FOUND_NOTHING, /* something else */
	FOUND_UNREADABLE,
};

/* No record is added behind this number: a new log still needs a few. */
#define LAST_SEQ (UINT32_MAX - 1024u)

/* A log of many blocks has no more than this, which bounds what a start reads. */
#define LOG_BYTES_MAX 65536u

unsigned llext_store_log_blocks(const struct llext_store *store)
{
	size_t records = 2 * (1 + (size_t)store->slot_count) + LOG_SPARE + LOG_LOW + 2;

	return llext_store_blocks(store, (uint32_t)(records * sizeof(struct record)));
}

static unsigned log_places(const struct llext_store *store)
{
	return (unsigned)(offset_of(store, store->log_blocks) / sizeof(struct record));
}

/* Could an image be so? Nothing behind this looks again. */
static bool image_is_sound(const struct llext_store *store, const struct llext_store_image *image)
{
	unsigned blocks = llext_store_blocks(store, image->length);

	if (image->state == LLEXT_STORE_NONE)
		return true;
	if (image->state == LLEXT_STORE_RECEIVING &&
	    (image->age >= image->length || image->age % store->flash->block != 0))
		return false;
	return image->state <= LLEXT_STORE_BAD && image->length > 0 &&
	       blocks <= store->flash->blocks && image->block <= store->flash->blocks - blocks &&
	       image->name[0] != '\0' && image->name[LLEXT_STORE_NAME_LEN] == '\0';
}

static bool start_is_sound(const struct llext_store *store, const struct record *record)
{
	const struct llext_flash *flash = store->flash;
	const struct llext_store_image *geometry = &record->image;

	return geometry->length == flash->block && geometry->age == flash->blocks &&
	       geometry->block >= 1 && geometry->block <= flash->blocks - record->head &&
	       record->head < flash->blocks &&
	       (geometry->block == 1 || offset_of(store, geometry->block) <= LOG_BYTES_MAX);
}

/* The CRC has the log's number in it: no record of another log counts that was here before. */
static uint32_t record_crc(uint32_t log_seq, const struct record *record)
{
	return llext_store_crc(log_seq, record, offsetof(struct record, crc));
}

static enum found read_record(const struct llext_store *store, size_t offset, struct record *record)
{
	const uint8_t *byte = (const uint8_t *)record;

	if (llext_store_read(store, offset, record, sizeof(*record)) != 0)
		return FOUND_UNREADABLE;
	if (record->magic == RECORD_MAGIC && record->head <= store->flash->blocks) {
		uint8_t kind = record->kind & (uint8_t)~RECORD_SEALED;
		uint32_t log_seq = kind == RECORD_START ? record->seq : store->log_seq;

		if (record->crc != record_crc(log_seq, record))
			return FOUND_NOTHING;
		if (kind == RECORD_SLOT ? image_is_sound(store, &record->image)
					: kind == RECORD_START && start_is_sound(store, record))
			return FOUND_RECORD;
		return FOUND_NOTHING;
	}
	for (size_t i = 0; i < sizeof(*record); i++) {
		if (byte[i] != store->flash->erased)
			return FOUND_NOTHING;
	}
	return FOUND_BLANK;
}

/* The record that begins a log at @block, or its copy. Few blocks begin so: one word says it. */
static enum found read_start(const struct llext_store *store, unsigned block, struct record *start)
{
	enum found found = FOUND_UNREADABLE;

	for (unsigned i = 0; i < 2; i++) {
		size_t offset = offset_of(store, block) + i * sizeof(*start);
		enum found this = FOUND_NOTHING;

		if (llext_store_read(store, offset, &start->magic, sizeof(start->magic)) != 0)
			continue;
		if (start->magic == RECORD_MAGIC)
			this = read_record(store, offset, start);
		if (this == FOUND_RECORD && (start->kind & ~RECORD_SEALED) == RECORD_START &&
		    start->head == block)
			return FOUND_RECORD;
		if (this != FOUND_UNREADABLE)
			found = FOUND_NOTHING;
	}
	return found;
}

static void guard(struct llext_store *store, const struct llext_store_image *image)
{
	store->guard = image->block;
	store->guard_blocks = image->state == LLEXT_STORE_NONE
				      ? 0
				      : (uint16_t)llext_store_blocks(store, image->length);
}

/*
 * Has somebody else written records that give blocks to two? Then what one of them does not use any
 * more would be erased and written while the other runs there.
 */
static bool blocks_are_sound(const struct llext_store *store)
{
	struct extent own, first;

	for (int i = OBJECT_LOG; i < store->slot_count; i++) {
		if (llext_store_object(store, i, &own) &&
		    llext_store_first_object(store, own.block, own.block + own.blocks, &first) != i)
			return false;
	}
	return true;
}

/* Read the log that @record begins into the slots. Is it complete? */
static bool replay(struct llext_store *store, struct record *record)
{
	struct llext_store_slot *slots = store->slots;
	uint32_t first = record->seq, in_use = record->image.version;
	struct llext_store_image before = {0}; /* what the last record changed */
	bool torn = false;

	for (int i = 0; i < store->slot_count; i++)
		slots[i].image = before;
	store->log = record->head;
	store->log_blocks = record->image.block;
	store->head = (uint16_t)(record->head + record->image.block);
	store->seq = store->log_seq = first;
	store->last = 0;
	store->next = 0;
	store->settled = store->too_small = false;
	store->fresh = true;
	for (unsigned i = 0; i < log_places(store); i++) {
		enum found found = read_record(
			store, offset_of(store, store->log) + i * sizeof(*record), record);

		if (found == FOUND_BLANK)
			continue;
		store->next = (uint16_t)(i + 1);
		torn = found != FOUND_RECORD;
		if (found != FOUND_RECORD || record->seq < store->seq)
			continue;
		if (record->kind == RECORD_SLOT || record->kind == (RECORD_SLOT | RECORD_SEALED)) {
			if (record->slot >= store->slot_count) {
				store->too_small = true;
				continue;
			}
			if (record->seq == store->seq) /* in place of the last one */
				slots[store->last].image = before;
			store->seq = record->seq;
			store->head = record->head;
			store->last = record->slot;
			before = slots[store->last].image;
			slots[store->last].image = record->image;
		} else if (record->seq != first) {
			continue;
		}
		store->settled = (record->kind & RECORD_SEALED) != 0;
	}
	store->guard_blocks = 0;
	if (store->seq - first < in_use || !blocks_are_sound(store))
		return false;
	if (!store->settled)
		guard(store, &before);
	/* It may read as a record another time: one with its number has to come after it. */
	store->seq += torn;
	store->settled = store->settled && !torn;
	return true;
}

/* The first record of the log that began last, before the one of number @below. */
static int find_start(const struct llext_store *store, uint32_t below, struct record *last)
{
	struct record record;
	int rc = -ENOENT;

	last->seq = 0;
	for (unsigned block = 0; block < store->flash->blocks; block++) {
		enum found found = read_start(store, block, &record);

		if (found == FOUND_UNREADABLE && rc == -ENOENT)
			rc = -EIO; /* it may be a store */
		if (found == FOUND_RECORD && record.seq < below && record.seq > last->seq) {
			*last = record;
			rc = 0;
		}
	}
	return rc;
}

/* Behind the log that counts there are a few at most that were begun and not completed. */
#define BEGUN_MAX 16

static int find_log(struct llext_store *store)
{
	uint32_t below = UINT32_MAX, begun = 0;
	struct record record;

	for (unsigned tries = 0; tries < BEGUN_MAX; tries++) {
		int rc = find_start(store, below, &record);

		if (tries == 0)
			begun = record.seq;
		below = record.seq;
		if (rc == 0 && !replay(store, &record)) {
			store->halfway = true;
			continue;
		}
		if (begun > store->seq)
			store->seq = begun;
		if (store->halfway)
			store->settled = false;
		return rc == 0 && store->too_small ? -ENOSPC : rc;
	}
	return -ENOENT;
}

/* ---- writing ---- */

/* At the next place that takes it. */
static int put(struct llext_store *store, struct record *record)
{
	struct record copy;
	size_t offset;
	int rc = -ENOSPC;

	record->crc = record_crc(store->log_seq, record);
	for (unsigned i = 0; i < LOG_SPARE / 2 && store->next < log_places(store); i++) {
		offset = offset_of(store, store->log) + store->next++ * sizeof(*record);
		rc = llext_store_program(store, offset, record, sizeof(*record));
		if (rc == 0)
			rc = llext_store_read(store, offset, &copy, sizeof(copy));
		if (rc == 0 && memcmp(record, &copy, sizeof(copy)) == 0)
			return 0;
	}
	return rc != 0 ? rc : -EIO;
}

/* A record and its copy. */
static int put_sealed(struct llext_store *store, uint8_t kind, int slot,
		      const struct llext_store_image *image)
{
	struct record record = {
		.magic = RECORD_MAGIC,
		.seq = store->seq,
		.head = kind == RECORD_START ? store->log : store->head,
		.slot = (uint8_t)slot,
		.kind = kind,
		.image = *image,
	};
	int rc = put(store, &record);

	/* At a place that reads as blank somebody may have begun to write: not to rely on it. */
	if (rc == 0 && store->fresh)
		rc = put(store, &record);
	if (rc != 0)
		return rc;
	store->fresh = false;
	record.kind |= RECORD_SEALED;
	return put(store, &record);
}

bool llext_store_has_room(const struct llext_store *store, unsigned places)
{
	return store->next + places <= log_places(store);
}

/* Fill a log whose blocks are blank. */
static int write_log(struct llext_store *store)
{
	struct llext_store_image geometry = {
		.age = store->flash->blocks,
		.length = store->flash->block,
		.block = store->log_blocks,
	};
	struct llext_store_slot *slots = store->slots;
	int rc;

	for (int i = 0; i < store->slot_count; i++)
		geometry.version += slots[i].image.state != LLEXT_STORE_NONE;
	store->log_seq = ++store->seq;
	rc = put_sealed(store, RECORD_START, 0, &geometry);
	if (rc == 0 && store->next != 2)
		rc = -EIO; /* it is not where it is looked for */
	for (int i = 0; rc == 0 && i < store->slot_count; i++) {
		if (slots[i].image.state == LLEXT_STORE_NONE)
			continue;
		store->seq++;
		rc = put_sealed(store, RECORD_SLOT, i, &slots[i].image);
	}
	return rc;
}

int llext_store_renew(struct llext_store *store)
{
	struct llext_store before = *store;
	unsigned blocks = llext_store_log_blocks(store);
	int rc, block = store->head;

	for (unsigned tries = 0; tries < 4; tries++) {
		block = llext_store_free_run(store, (unsigned)block, blocks);
		if (block < 0)
			return block;
		rc = llext_store_erase(store, (unsigned)block, blocks);
		if (rc == 0) {
			store->log = (uint16_t)block;
			store->log_blocks = (uint16_t)blocks;
			store->head = (uint16_t)(block + (int)blocks);
			store->next = 0;
			store->fresh = false;
			rc = write_log(store);
			if (rc == 0) {
				store->settled = true;
				store->halfway = false;
				store->guard_blocks = 0;
				return 0;
			}
			/* A run that goes on behind the place that did not take it. */
			block += (int)(store->next * sizeof(struct record) / store->flash->block);
			before.seq = store->seq;
			before.halfway = true;
			before.settled = false;
			*store = before;
		}
		block++;
	}
	return rc;
}

int llext_store_settle(struct llext_store *store)
{
	int rc = 0;

	if (!store->settled && !store->halfway && llext_store_has_room(store, LOG_SPARE))
		rc = put_sealed(store, RECORD_SLOT, store->last, &store->slots[store->last].image);
	if (rc == 0 && llext_store_has_room(store, LOG_SPARE) && !store->halfway) {
		store->settled = true;
		store->guard_blocks = 0;
		return 0;
	}
	return llext_store_renew(store);
}

int llext_store_append(struct llext_store *store, int slot, const struct llext_store_image *image)
{
	int rc;

	if (store->seq > LAST_SEQ)
		return -EOVERFLOW;
	if (store->config->levelling != NULL)
		store->config->levelling->look_ahead(store, slot);
	/* Two blocks of the log that do not work any more are survived. */
	for (unsigned tries = 0; tries < 3; tries++) {
		rc = tries == 0 && store->settled && llext_store_has_room(store, LOG_SPARE)
			     ? 0
			     : llext_store_settle(store);
		if (rc != 0)
			return rc;
		store->seq++;
		rc = put_sealed(store, RECORD_SLOT, slot, image);
		if (rc == 0) {
			store->slots[slot].image = *image;
			store->guard_blocks = 0;
			store->last = (uint16_t)slot;
			return 0;
		}
		/* It may be there all the same: the next record shall stand in its place. */
		store->last = (uint16_t)slot;
		store->settled = false;
		if (store->guard_blocks == 0)
			guard(store, image);
	}
	return rc;
}

static int prepare(struct llext_store *store, const struct llext_store_config *config)
{
	const struct llext_flash *flash = config->flash;

	memset(store, 0, sizeof(*store));
	store->config = config;
	store->flash = flash;
	store->slots = config->slots;
	store->slot_count = config->slot_count;
	memset(config->slots, 0, config->slot_count * sizeof(*config->slots));
	if (flash->block < 256 || flash->block % LLEXT_FLASH_PIECE != 0 || flash->unit == 0 ||
	    LLEXT_FLASH_PIECE % flash->unit != 0 || config->slot_count == 0 ||
	    flash->blocks > INT16_MAX * 2 || flash->blocks < 2 * llext_store_log_blocks(store) + 1)
		return -EINVAL;
	return 0;
}

int llext_store_init(struct llext_store *store, const struct llext_store_config *config)
{
	int rc = prepare(store, config);

	return rc != 0 ? rc : find_log(store);
}

int llext_store_format(struct llext_store *store, const struct llext_store_config *config)
{
	int rc = llext_store_init(store, config);

	if (rc != 0 && rc != -ENOENT && rc != -ENOSPC && rc != -EIO)
		return rc;
	memset(config->slots, 0, config->slot_count * sizeof(*config->slots));
	if (rc != 0)
		store->log_blocks = store->guard_blocks = store->head = 0;
	if (store->seq > LAST_SEQ) { /* begin to count again, where nothing has such a number */
		for (unsigned block = 0; block < store->flash->blocks; block++)
			(void)llext_store_erase(store, block, 1);
		store->seq = 0;
	}
	return llext_store_renew(store);
}
