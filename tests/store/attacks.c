/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flash that fails for good in one place, and flash in which somebody else has written: installs
 * come to an end, and what is in use is not written over.
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
static struct llext_flash good; /* the model's functions */
static size_t bad;              /* a block; 0: none */

static bool is_bad(size_t offset, size_t bytes)
{
	const size_t block = world.model.flash.block;

	return bad != 0 && offset < (bad + 1) * block && offset + bytes > bad * block;
}

static int read_but_one(const struct llext_flash *flash, size_t offset, void *out, size_t bytes)
{
	int rc = good.read(flash, offset, out, bytes);

	/* What was programmed there cannot be read; what is erased can. */
	for (size_t i = 0; rc == 0 && i < bytes; i++) {
		if (is_bad(offset + i, 1) && ((uint8_t *)out)[i] != flash->erased)
			return -EIO;
	}
	return rc;
}

static int program_but_one(const struct llext_flash *flash, size_t offset, const void *data,
			   size_t bytes)
{
	return is_bad(offset, bytes) ? -EIO : good.program(flash, offset, data, bytes);
}

static int erase_but_one(const struct llext_flash *flash, size_t offset, size_t bytes)
{
	return is_bad(offset, bytes) ? -EIO : good.erase(flash, offset, bytes);
}

static int make(void **state)
{
	(void)state;
	bad = 0;
	world_make(&world, 8, BLOCK, 48, 0xff);
	good = world.model.flash;
	return llext_store_format(&world.store, &world.config);
}

static int end(void **state)
{
	int wrong = world.model.violations != 0;

	(void)state;
	world_free(&world);
	return wrong;
}

static void reset(void)
{
	model_restart(&world.model);
	assert_int_equal(world_boot(&world), 0);
}

/* Each version comes in, at the third try at the latest: without a reset, and with one before each
 * try. */
static void updates_go_on(bool with_reset)
{
	unsigned failed = 0;

	for (uint32_t version = 1; version < 100; version++) {
		int rc = -EIO;

		for (unsigned tries = 0; rc != 0 && tries < 3; tries++) {
			if (with_reset)
				reset();
			rc = world_update(&world, "a", version);
			failed += rc != 0;
		}
		assert_int_equal(rc, 0);
		assert_int_equal(world_use(&world, "a"), version);
	}
	assert_true(failed > 0 && failed < 60);
}

static void in_each_way(bool with_reset)
{
	for (unsigned way = 0; way < 2; way++) {
		for (bad = 5; bad < 40; bad += 17) {
			assert_int_equal(end(NULL), 0);
			world_make(&world, 8, BLOCK, 48, 0xff);
			world.config.levelling = bad == 5 ? &llext_store_levelling : NULL;
			good = world.model.flash;
			assert_int_equal(llext_store_format(&world.store, &world.config), 0);
			if (way == 0)
				world.model.flash.program = program_but_one;
			else
				world.model.flash.read = read_but_one;
			updates_go_on(with_reset);
		}
	}
	bad = 0;
}

/* A block that can be erased and then not be programmed, or not be read, is not tried for ever. */
static void a_bad_block_ends_an_install(void **state)
{
	(void)state;
	in_each_way(false);
	in_each_way(true);
}

/* An install was interrupted, and the rest of its blocks can not be erased any more. */
static void a_bad_block_behind_an_interrupted_install(void **state)
{
	struct llext_store_install install;
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES], byte;
	uint32_t length = world_length(&world, "a", 1);

	(void)state;
	world_digest("a", 1, digest);
	assert_int_equal(world_begin(&world.store, &install, "a", 1, length, digest, 0), 0);
	for (uint32_t at = 0; at < BLOCK + 50; at++) {
		byte = world_byte(&world, "a", 1, at);
		assert_int_equal(llext_store_write(&install, &byte, 1), 0);
	}
	reset();
	bad = world.slots[0].image.block + 1u;
	assert_int_equal(world.slots[0].image.state, LLEXT_STORE_RECEIVING);
	world.model.flash.erase = erase_but_one;
	assert_int_equal(world_install(&world, "a", 1, 0), 0);
	assert_int_equal(world_state(&world, "a", 1), LLEXT_STORE_INSTALLED);
	reset();
	assert_int_equal(world_update(&world, "a", 1), 0);
	assert_int_equal(world_use(&world, "a"), 1);
}

/*
 * A block that cannot be programmed, wherever a log begins or goes on: what was recorded is found
 * after each reset. Blocks are so small here that a few records later it is another block.
 */
static void a_bad_block_in_the_log(void **state)
{
	(void)state;
	for (bad = 1; bad < 96; bad++) {
		uint32_t used = 0;

		assert_int_equal(end(NULL), 0);
		world_make(&world, 8, 256, 96, 0xff);
		good = world.model.flash;
		world.model.flash.program = program_but_one;
		assert_int_equal(llext_store_format(&world.store, &world.config), 0);
		for (uint32_t version = 1; version < 30; version++) {
			if (world_update(&world, "b", version) == 0)
				used = version;
			reset();
			assert_int_equal(world_use(&world, "b"), used != 0 ? (int)used : -ENOENT);
		}
		assert_true(used > 20);
	}
	bad = 0;
}

/* ---- what somebody else has written ---- */

static void put_record(unsigned slot, const struct llext_store_image *image)
{
	struct record record = {
		.magic = RECORD_MAGIC,
		.seq = ++world.store.seq,
		.head = world.store.head,
		.slot = (uint8_t)slot,
		.more = 1,
		.image = *image,
	};

	for (unsigned copy = 0; copy < 2; copy++) {
		world_put_record(&world, world.store.next, &record);
		world.store.next += sizeof(record);
		record.more = 0;
	}
}

/*
 * Records that give one block to two: then to remove and install the one would erase and write the
 * other, which may be verified already and run where it lies.
 */
static void blocks_of_two(void **state)
{
	struct llext_store_image used, other;
	uint32_t log_seq = world.store.log_seq;

	(void)state;
	assert_int_equal(world_update(&world, "a", 1), 0);
	used = *llext_store_find(&world.store, "a");
	for (int from = -1; from <= 1; from++) {
		other = used;
		strcpy(other.name, "b");
		other.age++;
		other.block = (uint16_t)(used.block + from);
		put_record(3, &other);
		model_restart(&world.model);
		assert_int_equal(world_boot(&world), -ENOENT);
		world.store.log_seq = log_seq;
		/* The last one of them is for another slot's record again. */
		other.block = (uint16_t)(used.block + 10);
		put_record(3, &other);
		model_restart(&world.model);
		assert_int_equal(world_boot(&world), 0);
	}
	/* Nor the log's own blocks. */
	other.block = (uint16_t)(world.store.own[OBJECT_LOG].block +
				 world.store.own[OBJECT_LOG].blocks - 1);
	put_record(3, &other);
	model_restart(&world.model);
	assert_int_equal(world_boot(&world), -ENOENT);
	/* It can be made a store again. */
	assert_int_equal(llext_store_format(&world.store, &world.config), 0);
	assert_int_equal(world_update(&world, "a", 1), 0);
	assert_int_equal(world_use(&world, "a"), 1);
}

/* Where an image that is not whole is looked for, says flash: outside, or where another one is. */
static void moved_from_anywhere(void **state)
{
	static const unsigned from[] = {0, 44, 47, 48, 60000};
	struct llext_store_image used, moved;

	(void)state;
	for (unsigned i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		assert_int_equal(llext_store_format(&world.store, &world.config), 0);
		assert_int_equal(world_update(&world, "a", 1), 0);
		used = moved = *llext_store_find(&world.store, "a");
		moved.version++;
		moved.age++;
		moved.block = (uint16_t)(i == 0 ? used.block : from[i]);
		put_record(3, &moved);
		moved.block = 36;
		put_record(3, &moved);
		/* The last one is not sealed, so it may vanish. */
		memset(world.model.bytes + world.store.next - sizeof(struct record), 0xff,
		       sizeof(struct record));
		reset();
		assert_int_equal(world.slots[3].image.block, 36);
		assert_int_equal(world_use(&world, "a"), 1);
	}
}

/* Ages are above 0. With another one the search for a version that is whole ends, too. */
static void no_age(void **state)
{
	struct llext_store_image image;

	(void)state;
	assert_int_equal(world_update(&world, "a", 1), 0);
	image = *llext_store_find(&world.store, "a");
	image.age = 0;
	image.check++;
	put_record(0, &image);
	reset();
	assert_int_equal(world_use(&world, "a"), -ENOENT);
	world.small = true;
	assert_int_equal(world_use(&world, "a"), -ENOENT);
	world.small = false;
}

/* An install that was begun, says flash, with so many bytes as no store writes. */
static void begun_with_any_offset(void **state)
{
	static const uint32_t offsets[] = {1,
					   BLOCK - 1,
					   BLOCK + 32,
					   2 * BLOCK + 90,
					   9 * BLOCK,
					   UINT32_MAX,
					   UINT32_MAX - BLOCK + 1};
	uint32_t length = world_length(&world, "a", 1);

	(void)state;
	for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		struct llext_store_install install;
		struct llext_store_image begun = {.age = offsets[i],
						  .block = 30,
						  .state = LLEXT_STORE_RECEIVING,
						  .name = "a",
						  .length = length,
						  .version = 1};

		world_digest("a", 1, begun.digest);
		put_record(2, &begun);
		reset();
		assert_int_equal(world_state(&world, "a", 1), LLEXT_STORE_RECEIVING);
		assert_int_equal(
			world_begin(&world.store, &install, "a", 1, length, begun.digest, 0), 0);
		assert_int_equal(install.offset, 0);
	}
	assert_int_equal(world_update(&world, "a", 1), 0);
	assert_int_equal(world_use(&world, "a"), 1);
}

/* Numbers that are used up: what is there can be read, and once it is erased there is a store. */
static void numbers_used_up(void **state)
{
	struct llext_store_image used;
	int rc = 0;

	(void)state;
	assert_int_equal(world_update(&world, "a", 1), 0);
	used = *llext_store_find(&world.store, "a");
	world.store.seq = INT32_MAX - 20;
	put_record(3, &(struct llext_store_image){0});
	model_restart(&world.model);
	assert_int_equal(world_boot(&world), 0);
	assert_memory_equal(llext_store_find(&world.store, "a"), &used, sizeof(used));
	for (uint32_t i = 0; i < 80 && rc == 0; i++) {
		rc = world_install(&world, "b", i, 0);
		if (rc == 0)
			rc = llext_store_remove(&world.store, "b", i);
	}
	assert_int_equal(rc, -EIO);
	assert_int_equal(world_use(&world, "a"), 1);
	model_restart(&world.model);
	assert_int_equal(world_boot(&world), -EIO);
	assert_memory_equal(llext_store_find(&world.store, "a"), &used, sizeof(used));
	assert_int_equal(llext_store_format(&world.store, &world.config), -EIO);
	assert_int_equal(good.erase(&world.model.flash, 0, world.model.size), 0);
	assert_int_equal(llext_store_format(&world.store, &world.config), 0);
	for (uint32_t version = 1; version < 30; version++)
		assert_int_equal(world_update(&world, "a", version), 0);
	reset();
	assert_int_equal(world_use(&world, "a"), 29);
}

/* ---- names, flags, and what is on trial ---- */

/* A name is not another one that begins so. */
static void names_that_begin_alike(void **state)
{
	static const char *const names[] = {"codec", "codec2", "codecs", "code"};
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES] = {0}, bytes[300] = {1};
	struct llext_store_install install;
	struct llext_store_loader loader;

	(void)state;
	world.config.hook = NULL;
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(
			world_begin(&world.store, &install, names[i], 1, 300 - i, digest, 0), 0);
		assert_int_equal(llext_store_write(&install, bytes, 300 - i), 0);
		assert_int_equal(llext_store_finish(&install), 0);
	}
	assert_int_equal(llext_store_activate(&world.store, "codec"), 0);
	for (uint32_t i = 1; i < 4; i++)
		assert_int_equal(llext_store_open(&world.store, names[i], &loader), -ENOENT);
	assert_int_equal(llext_store_rollback(&world.store, "code"), -ENOENT);
	assert_int_equal(llext_store_remove(&world.store, "code", LLEXT_STORE_ANY_VERSION), 0);
	assert_int_equal(llext_store_open(&world.store, "codec", &loader), 0);
	assert_int_equal(loader.loader.length(&loader.loader), 300);
	llext_store_close(&loader);
}

/* An install is over when another one begins: what lies in its blocks then is not written over. */
static void another_begin_ends_an_install(void **state)
{
	struct llext_store_install first, second;
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES] = {1}, bytes[600] = {2};

	(void)state;
	world.config.hook = NULL;
	for (unsigned resumed = 0; resumed < 2; resumed++) {
		digest[0]++;
		assert_int_equal(world_begin(&world.store, &first, "x", 1, 600, digest, 0), 0);
		assert_int_equal(llext_store_write(&first, bytes, 100), 0);
		digest[0] += resumed == 0; /* the same one, or another */
		assert_int_equal(world_begin(&world.store, &second, "x", 1, 600, digest, 0), 0);
		assert_int_equal(llext_store_write(&first, bytes, 100), -EINVAL);
		assert_int_equal(llext_store_write(&second, bytes, 600), 0);
		assert_int_equal(llext_store_finish(&first), -EINVAL);
		assert_int_equal(llext_store_finish(&second), 0);
		assert_int_equal(llext_store_write(&first, bytes, 100), -EINVAL);
		assert_int_equal(llext_store_activate(&world.store, "x"), 0);
	}
	assert_int_equal(world_begin(&world.store, &first, "y", 1, 600, digest, 0), 0);
	reset();
	assert_int_equal(llext_store_write(&first, bytes, 100), -EINVAL);
	assert_int_equal(world.model.violations, 0);
}

/* The flags of whoever ends an install count, not of somebody who began it. */
static void flags_of_the_last_begin(void **state)
{
	struct llext_store_install install;
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES];
	uint32_t length = world_length(&world, "a", 1);

	(void)state;
	world_digest("a", 1, digest);
	assert_int_equal(
		world_begin(&world.store, &install, "a", 1, length, digest, LLEXT_STORE_AUTOLOAD),
		0);
	reset();
	assert_int_equal(world_update(&world, "a", 1), 0);
	reset();
	assert_int_equal(llext_store_find(&world.store, "a")->flags & LLEXT_STORE_AUTOLOAD, 0);
}

/* A flag that this store does not know is refused, at the beginning and when an install goes on. */
static void unknown_flags(void **state)
{
	struct llext_store_install install;
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES], byte = 0;
	uint32_t length = world_length(&world, "a", 1);
	int (*const begin[])(struct llext_store *, struct llext_store_install *, const char *,
			     uint32_t, uint32_t, const uint8_t *,
			     unsigned) = {world_begin, world_begin_anew};

	(void)state;
	world_digest("a", 1, digest);
	for (unsigned begun = 0; begun < 2; begun++) {
		for (unsigned flag = 2; flag < 256; flag *= 2) {
			for (unsigned i = 0; i < 2; i++) {
				assert_int_equal(begin[i](&world.store, &install, "a", 1, length,
							  digest, flag | LLEXT_STORE_AUTOLOAD),
						 -EINVAL);
				assert_int_equal(llext_store_write(&install, &byte, 1), -EINVAL);
			}
		}
		assert_int_equal(world_state(&world, "a", 1),
				 begun != 0 ? LLEXT_STORE_RECEIVING : LLEXT_STORE_NONE);
		assert_int_equal(world_begin(&world.store, &install, "a", 1, length, digest,
					     LLEXT_STORE_AUTOLOAD),
				 0);
	}
}

/* In flash, one that a later store has written stays as it is and does nothing. */
static void flags_of_a_later_store(void **state)
{
	struct llext_store_image image;

	(void)state;
	assert_int_equal(world_update(&world, "a", 1), 0);
	image = *llext_store_find(&world.store, "a");
	image.flags |= 0xf0;
	put_record(0, &image);
	reset();
	assert_int_equal(world_use(&world, "a"), 1);
	assert_int_equal(llext_store_renew(&world.store), 0);
	assert_int_equal(world_update(&world, "a", 2), 0);
	reset();
	assert_int_equal(world.slots[0].image.flags, image.flags);
	assert_int_equal(llext_store_rollback(&world.store, "a"), 0);
	assert_int_equal(world_use(&world, "a"), 1);
}

/* ---- a port that answers above 0, against its contract ---- */

static unsigned calls, wrong_call;

static int answer(int rc)
{
	return ++calls == wrong_call ? 1 : rc;
}

static int read_above_0(const struct llext_flash *flash, size_t offset, void *out, size_t bytes)
{
	return answer(good.read(flash, offset, out, bytes));
}

static int program_above_0(const struct llext_flash *flash, size_t offset, const void *data,
			   size_t bytes)
{
	return answer(good.program(flash, offset, data, bytes));
}

static int erase_above_0(const struct llext_flash *flash, size_t offset, size_t bytes)
{
	return answer(good.erase(flash, offset, bytes));
}

/* Everything, up to the first error. */
static int some_life(void)
{
	int rc = world_boot(&world);

	if (rc == 0)
		rc = world_update(&world, "a", 2);
	if (rc == 0)
		rc = llext_store_collect(&world.store, 3000);
	if (rc == 0)
		rc = llext_store_rollback(&world.store, "a");
	return rc == 0 ? llext_store_remove(&world.store, "a", 2) : rc;
}

/* It is an error, and no call returns it as it is; nor does the loader. */
static void a_port_that_answers_above_0(void **state)
{
	struct llext_store_loader loader;
	unsigned failed[3] = {0}, places = 0;
	uint8_t byte;

	(void)state;
	for (unsigned which = 0; which < 3; which++) {
		for (wrong_call = 1; wrong_call < 500; wrong_call++) {
			int rc;

			assert_int_equal(end(NULL), 0);
			make(NULL);
			assert_int_equal(world_update(&world, "a", 1), 0);
			calls = 0;
			if (which == 0)
				world.model.flash.read = read_above_0;
			else if (which == 1)
				world.model.flash.program = program_above_0;
			else
				world.model.flash.erase = erase_above_0;
			model_restart(&world.model);
			rc = some_life();
			assert_true(rc == 0 || rc == -EIO);
			failed[which] += rc != 0;
			places += calls >= wrong_call;
			world.model.flash = good;
		}
	}
	assert_true(failed[0] > 0 && failed[1] > 0 && places > 300);
	assert_int_equal(world_update(&world, "a", 3), 0);
	assert_int_equal(llext_store_open(&world.store, "a", &loader), 0);
	world.model.flash.read = read_above_0;
	calls = 0;
	wrong_call = 1;
	assert_int_equal(loader.loader.read(&loader.loader, &byte, 1), -EIO);
	world.model.flash = good;
	llext_store_close(&loader);
}

/* Room is not made of what is on trial, nor of what it falls back to. */
static void no_room_at_the_cost_of_a_trial(void **state)
{
	int rc = 0;

	(void)state;
	world.config.starts = 2;
	assert_int_equal(world_update(&world, "a", 1), 0);
	assert_int_equal(world_update(&world, "a", 2), 0);
	assert_int_equal(world_install(&world, "a", 3, 0), 0);
	assert_int_equal(llext_store_commit(&world.store, "a"), 0);
	assert_int_equal(world_use(&world, "a"), 3);
	for (uint32_t version = 1; version < 20 && rc == 0; version++)
		rc = world_install(&world, "b", version, 0);
	assert_int_equal(rc, -ENOSPC); /* there are no slots left, and version 1 went for one */
	assert_int_equal(world_state(&world, "a", 1), LLEXT_STORE_NONE);
	assert_int_equal(world_use(&world, "a"), 3);
	reset();
	assert_int_equal(world_use(&world, "a"), 3);
	reset();
	assert_int_equal(world_use(&world, "a"), 2);
	assert_int_equal(world_state(&world, "a", 3), LLEXT_STORE_BAD);
}

/* So many loaders as no counter of eight bits counts: what they read stays. */
static void many_loaders(void **state)
{
	static struct llext_store_loader loaders[256];

	(void)state;
	assert_int_equal(world_update(&world, "a", 1), 0);
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal(llext_store_open(&world.store, "a", &loaders[i]), 0);
	assert_int_equal(llext_store_remove(&world.store, "a", LLEXT_STORE_ANY_VERSION), -EBUSY);
	for (unsigned i = 0; i < 256; i++)
		llext_store_close(&loaders[i]);
	assert_int_equal(llext_store_remove(&world.store, "a", LLEXT_STORE_ANY_VERSION), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_bad_block_ends_an_install, make, end),
		cmocka_unit_test_setup_teardown(a_bad_block_behind_an_interrupted_install, make,
						end),
		cmocka_unit_test_setup_teardown(a_bad_block_in_the_log, make, end),
		cmocka_unit_test_setup_teardown(blocks_of_two, make, end),
		cmocka_unit_test_setup_teardown(moved_from_anywhere, make, end),
		cmocka_unit_test_setup_teardown(no_age, make, end),
		cmocka_unit_test_setup_teardown(begun_with_any_offset, make, end),
		cmocka_unit_test_setup_teardown(numbers_used_up, make, end),
		cmocka_unit_test_setup_teardown(names_that_begin_alike, make, end),
		cmocka_unit_test_setup_teardown(another_begin_ends_an_install, make, end),
		cmocka_unit_test_setup_teardown(flags_of_the_last_begin, make, end),
		cmocka_unit_test_setup_teardown(unknown_flags, make, end),
		cmocka_unit_test_setup_teardown(flags_of_a_later_store, make, end),
		cmocka_unit_test_setup_teardown(a_port_that_answers_above_0, make, end),
		cmocka_unit_test_setup_teardown(no_room_at_the_cost_of_a_trial, make, end),
		cmocka_unit_test_setup_teardown(many_loaders, make, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
