/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is over, too large, not enough, or does not work any more: installs whose slot was taken
 * away, images that fit nowhere, blocks and places that are not erased or written, configurations
 * with other slots, and logs without end.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "../../src/store/store.h"
#include "world.h"

#define BLOCK 1024u

static struct world world;
static struct llext_store *const store = &world.store;
static struct llext_flash good; /* the model's functions */
static struct llext_store_install install;
static uint8_t digest[LLEXT_STORE_DIGEST_BYTES], bytes[8 * BLOCK];

static void remake(uint32_t block, unsigned blocks)
{
	world_make(&world, 8, block, blocks, 0xff);
	good = world.model.flash;
}

static int make(void **state)
{
	(void)state;
	remake(BLOCK, 48);
	return llext_store_format(store, &world.config);
}

static int end(void **state)
{
	int wrong = world.model.violations != 0;

	(void)state;
	world_free(&world);
	return wrong;
}

/* As make(), of another geometry and with so many slots. */
static void make_other(uint32_t block, unsigned blocks, struct llext_store_slot *slots,
		       unsigned count)
{
	assert_int_equal(end(NULL), 0);
	remake(block, blocks);
	world.config.slots = slots;
	world.config.slot_count = (uint8_t)count;
	assert_int_equal(llext_store_format(store, &world.config), 0);
}

static void reset(void)
{
	model_restart(&world.model);
	assert_int_equal(world_boot(&world), 0);
}

static void assert_summary(const char *expected)
{
	char text[256];

	world_summary(&world, text, sizeof(text), true);
	assert_string_equal(text, expected);
}

/* ---- installs ---- */

/* What was removed does not come in any more: its blocks may be somebody else's. */
static void removed_while_it_comes_in(void **state)
{
	uint32_t length = 3 * BLOCK;

	(void)state;
	assert_int_equal(world_update(&world, "a", 1), 0);
	assert_int_equal(world_begin(store, &install, "b", 1, length, digest, 0), 0);
	assert_int_equal(llext_store_write(&install, bytes, 40), 0);
	assert_int_equal(llext_store_remove(store, "b", 1), 0);
	/* Goes to the very blocks. */
	store->head = install.slot->image.block;
	assert_int_equal(llext_store_collect(store, 25 * BLOCK), 0);
	assert_int_equal(llext_store_write(&install, bytes, length - 40), -EINVAL);
	assert_int_equal(llext_store_finish(&install), -EINVAL);
	assert_int_equal(world_use(&world, "a"), 1);
	assert_summary("a1c ");
}

/* Another begin took the slot away, and had no room itself. */
static void begun_in_vain(void **state)
{
	struct llext_store_install other;

	(void)state;
	assert_int_equal(world_update(&world, "a", 1), 0);
	assert_int_equal(world_begin(store, &install, "b", 1, 3 * BLOCK, digest, 0), 0);
	assert_int_equal(llext_store_write(&install, bytes, 40), 0);
	assert_int_equal(world_begin(store, &other, "c", 1, 38 * BLOCK, digest, 0), -ENOSPC);
	assert_int_equal(llext_store_write(&install, bytes, 40),
			 world_state(&world, "b", 1) == LLEXT_STORE_NONE ? -EINVAL : 0);
	reset();
	assert_int_equal(world_use(&world, "a"), 1);
}

static int fail_program(const struct llext_flash *flash, size_t offset, const void *data,
			size_t count)
{
	(void)flash;
	(void)offset;
	(void)data;
	(void)count;
	return -EIO;
}

/* A place cannot be written, nor that it is given up: the same install begins anew, elsewhere. */
static void given_up_and_begun_again(void **state)
{
	unsigned block;

	(void)state;
	assert_int_equal(world_begin(store, &install, "b", 1, 8 * BLOCK, digest, 0), 0);
	assert_int_equal(llext_store_write(&install, bytes, 5 * BLOCK), 0);
	block = install.slot->image.block;
	world.model.flash.program = fail_program;
	assert_int_equal(llext_store_write(&install, bytes, BLOCK), -EIO);
	assert_int_equal(llext_store_write(&install, bytes, BLOCK), -EINVAL);
	world.model.flash.program = good.program;
	assert_int_equal(world_begin(store, &install, "b", 1, 8 * BLOCK, digest, 0), 0);
	assert_int_equal(install.offset, 0);
	assert_int_not_equal(install.slot->image.block, block);
	assert_int_equal(llext_store_write(&install, bytes, 8 * BLOCK), 0);
	assert_int_equal(llext_store_finish(&install), 0);
	assert_summary("b1i ");
	assert_int_equal(llext_store_activate(store, "b"), 0);
	reset();
	assert_summary("b1c ");
}

/* What could not be removed is as it was: a trial without starts is not used. */
static void not_removed(void **state)
{
	(void)state;
	world.config.starts = 1;
	assert_int_equal(world_update(&world, "a", 1), 0);
	assert_int_equal(world_install(&world, "a", 2, 0), 0);
	assert_int_equal(llext_store_commit(store, "a"), 0);
	assert_int_equal(world_use(&world, "a"), 2);
	reset();
	world.model.flash.program = fail_program;
	assert_int_equal(world_use(&world, "a"), 1);
	assert_int_not_equal(llext_store_remove(store, "a", 2), 0);
	assert_int_equal(llext_store_find(store, "a")->version, 1);
	world.model.flash.program = good.program;
	assert_int_equal(world_use(&world, "a"), 1);
}

/* A trial whose start cannot be recorded is bad: it is neither used nor confirmed. */
static void a_start_that_is_not_recorded(void **state)
{
	(void)state;
	assert_int_equal(world_update(&world, "a", 1), 0);
	assert_int_equal(world_install(&world, "a", 2, 0), 0);
	assert_int_equal(llext_store_commit(store, "a"), 0);
	world.model.flash.program = fail_program;
	assert_int_not_equal(llext_store_renew(store), 0);
	assert_int_equal(world_use(&world, "a"), 1);
	assert_int_equal(llext_store_find(store, "a")->version, 1);
	world.model.flash.program = good.program;
	assert_int_equal(llext_store_confirm(store, "a"), -ENOENT);
	assert_int_equal(world_use(&world, "a"), 1);
	/* It goes with the next install. */
	assert_int_equal(world_update(&world, "a", 3), 0);
	assert_summary("a1c a3c ");
}

/* Nothing is erased, moved, removed or ended for what cannot come in anyway. */
static void too_large(void **state)
{
	static const uint32_t lengths[] = {41 * BLOCK, 100 * BLOCK, UINT32_MAX};
	struct llext_store_install other;

	(void)state;
	for (uint32_t version = 1; version <= 2; version++)
		assert_int_equal(world_update(&world, "a", version), 0);
	assert_int_equal(world_begin(store, &install, "b", 1, 2 * BLOCK, digest, 0), 0);
	assert_int_equal(llext_store_write(&install, bytes, BLOCK), 0);
	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		world.model.operations = 0;
		assert_int_equal(world_begin(store, &other, "c", 1, lengths[i], digest, 0),
				 -ENOSPC);
		assert_int_equal(world_begin_anew(store, &other, "c", 1, lengths[i], digest, 0),
				 -ENOSPC);
		assert_int_equal(llext_store_collect(store, lengths[i]), -ENOSPC);
		assert_int_equal(world.model.operations, 0);
		assert_summary("a1c a2c b1r ");
	}
	assert_int_equal(llext_store_write(&install, bytes, BLOCK), 0);
	assert_int_equal(llext_store_finish(&install), 0);
	/* Nor where what stays in any case leaves no room; what can go would not do. */
	world.model.operations = 0;
	assert_int_equal(world_begin(store, &other, "c", 1, 36 * BLOCK, digest, 0), -ENOSPC);
	assert_int_equal(world.model.operations, 0);
	assert_summary("a1c a2c b1i ");
	/* But where that is enough. */
	assert_int_equal(world_begin(store, &other, "c", 1, 35 * BLOCK, digest, 0), 0);
	assert_summary("a2c b1i c1r ");
}

/* ---- blocks that cannot be erased, places that cannot be written ---- */

static size_t bad; /* a block that is not erased */

static int erase_but_one(const struct llext_flash *flash, size_t offset, size_t count)
{
	for (; count > 0; offset += flash->block, count -= flash->block) {
		int rc = offset / flash->block == bad ? -EIO
						      : good.erase(flash, offset, flash->block);

		if (rc != 0)
			return rc;
	}
	return 0;
}

/* It is among the blocks set aside for a log of many: others are found, be it the last of them. */
static void a_bad_block_in_a_large_log(void **state)
{
	static struct llext_store_slot slots[100];

	(void)state;
	for (unsigned at = 0; at < 22; at += 7) {
		make_other(BLOCK, 120, slots, 100);
		assert_int_equal(store->own[OBJECT_LOG].blocks, 22);
		bad = store->own[OBJECT_SPARE].block + at;
		world.model.flash.erase = erase_but_one;
		assert_int_equal(llext_store_renew(store), 0);
		assert_true(store->own[OBJECT_LOG].block > bad ||
			    store->own[OBJECT_LOG].block + 22 <= bad);
		assert_int_equal(world_update(&world, "a", 1), 0);
		reset();
		assert_int_equal(world_use(&world, "a"), 1);
	}
}

/* It is one of the last: the one behind it is erased all the same, or wear would not be even. */
static void a_bad_block_before_the_end(void **state)
{
	(void)state;
	bad = 46;
	world.model.flash.erase = erase_but_one;
	for (uint32_t version = 1; version < 100; version++)
		assert_int_equal(world_update(&world, "a", version), 0);
	assert_int_equal(world.model.erases[bad], 0);
	assert_true(world.model.erases[40] > 10);
	assert_true(world.model.erases[bad + 1] >= world.model.erases[40] / 3);
}

/*
 * It is set aside for the next log, and there are no other blocks: the log goes on as long as it
 * has places, and what is removed makes room for the next one.
 */
static void no_other_blocks_for_a_log(void **state)
{
	(void)state;
	make_other(BLOCK, 17, world.slots, SLOTS);
	world.config.levelling = NULL;
	for (uint32_t version = 1; version <= 3; version++)
		assert_int_equal(world_install(&world, "a", version, 0), 0);
	assert_int_equal(llext_store_free_run(store, 0, 4), -ENOSPC);
	bad = store->own[OBJECT_SPARE].block + 1;
	world.model.flash.erase = erase_but_one;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(llext_store_renew(store), -EIO);
	for (uint32_t version = 1; version <= 2; version++)
		assert_int_equal(llext_store_remove(store, "a", version), 0);
	assert_int_equal(llext_store_activate(store, "a"), 0);
	reset();
	assert_int_equal(llext_store_renew(store), 0);
	reset();
	assert_int_equal(world_use(&world, "a"), 3);
}

static size_t deaf_from, deaf_to, looked_at;

static int program_but_some(const struct llext_flash *flash, size_t offset, const void *data,
			    size_t count)
{
	return offset >= deaf_from && offset < deaf_to ? -EIO
						       : good.program(flash, offset, data, count);
}

/* Is it certain that the log is complete? */
static bool is_certain(void)
{
	const struct record *record =
		(const void *)(world.model.bytes +
			       (size_t)store->own[OBJECT_LOG].block * world.model.flash.block);

	for (unsigned i = 0; i < 2 * SLOTS + LOG_MORE; i++, record++) {
		if (record->magic == RECORD_MAGIC && record->slot == 0 && record->more == 0)
			return true;
	}
	return false;
}

static int erase_what_may_go(const struct llext_flash *flash, size_t offset, size_t count)
{
	const struct llext_store_extent *spare = &store->own[OBJECT_SPARE];
	size_t block = offset / flash->block;

	if (block == looked_at || block < spare->block || block >= spare->block + spare->blocks)
		assert_true(is_certain());
	return block == bad ? -EIO : good.erase(flash, offset, count);
}

/*
 * A log may vanish, for the sealed copy of what completes it is missing, and its next places take
 * nothing, as many as @deaf says. @return what a start says of that.
 */
static int resume_uncertain(size_t deaf)
{
	size_t last = store->next - sizeof(struct record);
	int rc;

	memset(world.model.bytes + last, 0xff, sizeof(struct record));
	memset(world.model.words + last / 8, WORD_ERASED, sizeof(struct record) / 8);
	deaf_from = last;
	deaf_to = deaf_from + deaf * sizeof(struct record);
	deaf_to = deaf_to < store->log_end ? deaf_to : store->log_end;
	model_restart(&world.model);
	assert_int_equal(llext_store_init(store, &world.config), 0);
	assert_false(store->certain);
	world.model.flash.program = program_but_some;
	world.model.flash.erase = erase_what_may_go;
	rc = llext_store_resume(store);
	if (rc == 0)
		reset();
	world.model.flash = good;
	assert_int_equal(llext_store_init(store, &world.config), 0);
	return rc;
}

/*
 * The log before it, in the blocks set aside, is not erased before the log is made certain: in the
 * first place that works.
 */
static void what_completes_a_log(void **state)
{
	const unsigned places = 2 * SLOTS + LOG_MORE;
	unsigned written = 0;

	(void)state;
	bad = SIZE_MAX;
	for (unsigned deaf = 0; deaf < places; deaf++) {
		make_other(256, 31, world.slots, SLOTS);
		looked_at = store->own[OBJECT_LOG].block;
		assert_int_equal(llext_store_renew(store), 0);
		assert_int_equal(store->own[OBJECT_SPARE].block, looked_at);
		if (resume_uncertain(deaf) == 0)
			written++;
	}
	assert_in_range(written, places - 10, places - 1);
}

/*
 * The blocks set aside are not the log's before it: a new log goes there, whatever becomes of this
 * one. To other blocks it does not go, for what is free there is not certain.
 */
static void what_completes_no_log(void **state)
{
	(void)state;
	for (unsigned is_bad = 0; is_bad < 2; is_bad++) {
		make_other(256, 64, world.slots, SLOTS);
		assert_int_equal(world_update(&world, "b", 1), 0);
		looked_at = store->own[OBJECT_LOG].block;
		assert_int_equal(llext_store_renew(store), 0);
		assert_int_not_equal(store->own[OBJECT_SPARE].block, looked_at);
		bad = is_bad != 0 ? store->own[OBJECT_SPARE].block : SIZE_MAX;
		assert_int_equal(resume_uncertain(2 * SLOTS + LOG_MORE), is_bad != 0 ? -EIO : 0);
		assert_int_equal(world_use(&world, "b"), 1);
	}
}

static int program_elsewhere(const struct llext_flash *flash, size_t offset, const void *data,
			     size_t count)
{
	assert_true(offset < deaf_from || offset >= deaf_to);
	return good.program(flash, offset, data, count);
}

/*
 * A start did not find this log complete and began to erase it, or may have. So a later one, which
 * finds it complete, writes nothing there, and puts the next log at once where that harms nobody.
 */
static void an_uncertain_log_is_left(void **state)
{
	size_t last;
	unsigned spare;

	(void)state;
	assert_int_equal(world_update(&world, "b", 1), 0);
	assert_int_equal(llext_store_renew(store), 0);
	last = store->next - sizeof(struct record);
	memset(world.model.bytes + last, 0xff, sizeof(struct record));
	memset(world.model.words + last / 8, WORD_ERASED, sizeof(struct record) / 8);
	deaf_from = (size_t)store->own[OBJECT_LOG].block * BLOCK;
	deaf_to = store->log_end;
	spare = store->own[OBJECT_SPARE].block;
	model_restart(&world.model);
	assert_int_equal(llext_store_init(store, &world.config), 0);
	assert_false(store->certain || store->takes_old);
	world.model.flash.program = program_elsewhere;
	assert_int_equal(llext_store_resume(store), 0);
	world.model.flash.program = good.program;
	assert_int_equal(store->own[OBJECT_LOG].block, spare);
	reset();
	assert_int_equal(world_use(&world, "b"), 1);
}

/*
 * What a record takes from its slot is in nobody's use once a new log has begun: it can be set
 * aside for the next one, which goes there even where a renewal has failed meanwhile.
 */
static void what_was_given_up(void **state)
{
	unsigned given;

	(void)state;
	world.config.levelling = NULL;
	assert_int_equal(world_begin(store, &install, "a", 1, 4 * BLOCK, digest, 0), 0);
	given = install.slot->image.block;
	assert_int_equal(llext_store_remove(store, "a", 1), 0);
	store->head = given;
	assert_int_equal(llext_store_renew(store), 0);
	assert_int_equal(store->own[OBJECT_SPARE].block, given);
	world.model.flash.program = fail_program;
	assert_int_not_equal(llext_store_renew(store), 0);
	assert_false(store->settled);
	world.model.flash.program = good.program;
	assert_int_equal(llext_store_renew(store), 0);
	assert_int_equal(store->own[OBJECT_LOG].block, given);
}

/* ---- other slots ---- */

/* The last record has no sealed copy, so it may vanish. */
static void make_uncertain(void)
{
	struct llext_store_image image = {.state = LLEXT_STORE_NONE};
	struct record record = {
		.magic = RECORD_MAGIC, .seq = ++store->seq, .slot = 1, .more = 1, .image = image};

	record.head = (uint16_t)store->head;
	world_put_record(&world, store->next, &record);
	model_restart(&world.model);
}

/*
 * Fewer slots, or more, than the log was made for: what is written first on a log that is not
 * certain goes to the blocks set aside, as all others may be needed. Later logs have the new size.
 */
static void other_slots(void **state)
{
	static struct llext_store_slot slots[40];

	(void)state;
	for (unsigned fewer = 0; fewer < 2; fewer++) {
		unsigned spare;

		make_other(BLOCK, 80, fewer != 0 ? slots : world.slots, fewer != 0 ? 40 : SLOTS);
		assert_int_equal(world_update(&world, "a", 1), 0);
		make_uncertain();
		spare = store->own[OBJECT_SPARE].block;
		world.config.slots = fewer != 0 ? world.slots : slots;
		world.config.slot_count = fewer != 0 ? SLOTS : 40;
		reset();
		assert_int_equal(store->own[OBJECT_LOG].block, spare);
		assert_int_equal(world_use(&world, "a"), 1);
		for (uint32_t version = 2; version < 12; version++) {
			assert_int_equal(world_update(&world, "a", version), 0);
			assert_int_equal(llext_store_remove(store, "a", version - 1), 0);
			reset();
		}
		assert_int_equal(store->own[OBJECT_LOG].blocks, fewer != 0 ? 4 : 11);
		assert_int_equal(world_use(&world, "a"), 11);
	}
}

/* Fewer slots, and no free blocks: those set aside will do. */
static void fewer_slots_without_room(void **state)
{
	static struct llext_store_slot slots[40];

	(void)state;
	make_other(BLOCK, 27, slots, 40);
	assert_int_equal(world_update(&world, "a", 1), 0);
	assert_int_equal(llext_store_free_run(store, 0, 4), -ENOSPC);
	world.config.slots = world.slots;
	world.config.slot_count = SLOTS;
	reset();
	assert_int_equal(llext_store_renew(store), 0);
	assert_int_equal(store->own[OBJECT_LOG].blocks, 4);
	for (uint32_t version = 2; version < 20; version++) {
		assert_int_equal(world_update(&world, "a", version), 0);
		reset();
	}
	assert_int_equal(world_use(&world, "a"), 19);
}

/*
 * Logs that are not complete, in all blocks: a start comes to an end soon. Fewer of them, but more
 * than any store leaves behind, do not hide what is.
 */
static void logs_everywhere(void **state)
{
	(void)state;
	for (unsigned logs = 60; logs < 2000; logs += 1800) {
		struct record record = {.magic = RECORD_MAGIC, .slot = SLOT_START};

		make_other(256, 2000, world.slots, SLOTS);
		assert_int_equal(world_update(&world, "a", 1), 0);
		for (unsigned i = 0; i < logs; i++) {
			record.seq = store->seq + 1 + i;
			world_put_record(&world, (size_t)(40 + i) * 256, &record);
		}
		model_restart(&world.model);
		if (logs == 60) {
			reset();
			assert_int_equal(world_use(&world, "a"), 1);
			continue;
		}
		assert_int_equal(llext_store_init(store, &world.config), -ENOENT);
		assert_in_range(world.model.reads, 2000, 300 * 2000);
		assert_int_equal(llext_store_format(store, &world.config), 0);
		assert_int_equal(world_update(&world, "a", 1), 0);
		reset();
		assert_int_equal(world_use(&world, "a"), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(removed_while_it_comes_in, make, end),
		cmocka_unit_test_setup_teardown(begun_in_vain, make, end),
		cmocka_unit_test_setup_teardown(given_up_and_begun_again, make, end),
		cmocka_unit_test_setup_teardown(not_removed, make, end),
		cmocka_unit_test_setup_teardown(a_start_that_is_not_recorded, make, end),
		cmocka_unit_test_setup_teardown(too_large, make, end),
		cmocka_unit_test_setup_teardown(a_bad_block_in_a_large_log, make, end),
		cmocka_unit_test_setup_teardown(a_bad_block_before_the_end, make, end),
		cmocka_unit_test_setup_teardown(no_other_blocks_for_a_log, make, end),
		cmocka_unit_test_setup_teardown(what_completes_a_log, make, end),
		cmocka_unit_test_setup_teardown(what_completes_no_log, make, end),
		cmocka_unit_test_setup_teardown(an_uncertain_log_is_left, make, end),
		cmocka_unit_test_setup_teardown(what_was_given_up, make, end),
		cmocka_unit_test_setup_teardown(other_slots, make, end),
		cmocka_unit_test_setup_teardown(fewer_slots_without_room, make, end),
		cmocka_unit_test_setup_teardown(logs_everywhere, make, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
