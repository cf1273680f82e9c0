/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new log that cannot go to the blocks set aside, because one of them does not work, goes to
 * others. The log in use may end with a record of which nobody knows whether it stays. So the
 * others must be free with that record and without it: here the only ones that are free with it
 * are those that it gives up.
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
#define LOG   4u            /* blocks of a log */
#define IMAGE (LOG * BLOCK) /* the image's blocks would do for one */

static struct world world;
static struct llext_store *const store = &world.store;
static struct llext_flash good; /* the model's functions */
static size_t bad;              /* a block */
static uint8_t bytes[IMAGE];

static int erase_but_one(const struct llext_flash *flash, size_t offset, size_t count)
{
	size_t at = bad * flash->block;

	return offset <= at && at < offset + count ? -EIO : good.erase(flash, offset, count);
}

static int program_but_one(const struct llext_flash *flash, size_t offset, const void *data,
			   size_t count)
{
	return offset / flash->block == bad ? -EIO : good.program(flash, offset, data, count);
}

static void install(void)
{
	struct llext_store_install in;

	for (unsigned i = 0; i < IMAGE; i++)
		bytes[i] = (uint8_t)(i * 7 + 1);
	assert_int_equal(world_begin_anew(store, &in, "x", 1, IMAGE, bytes, 0), 0);
	assert_int_equal(llext_store_write(&in, bytes, IMAGE), 0);
	assert_int_equal(llext_store_finish(&in), 0);
	assert_int_equal(llext_store_activate(store, "x"), 0);
}

/* Is it there, byte for byte, or gone? What is recorded and cannot be opened is lost. */
static bool is_there(void)
{
	struct llext_store_loader loader;
	uint8_t found[IMAGE];

	if (llext_store_find(store, "x") == NULL)
		return false;
	assert_int_equal(llext_store_open(store, "x", &loader), 0);
	assert_int_equal(loader.loader.read(&loader.loader, found, IMAGE), 0);
	assert_memory_equal(found, bytes, IMAGE);
	llext_store_close(&loader);
	return true;
}

/* ---- what is recorded when power fails ---- */

static int remove_it(void)
{
	return llext_store_remove(store, "x", 1);
}

/* As static wear levelling does: to the free blocks, from others that are free then. */
static int move_it(void)
{
	struct llext_store_slot *slot = store->end;
	int to;

	while (slot-- > store->slots && slot->image.state == LLEXT_STORE_NONE)
		continue;
	to = llext_store_take_run(store, LOG);
	if (to < 0)
		return to;
	for (unsigned at = 0; at < IMAGE; at += LLEXT_FLASH_PIECE) {
		int rc = llext_store_program(store, (size_t)to * BLOCK + at, bytes + at,
					     LLEXT_FLASH_PIECE);

		if (rc != 0)
			return rc;
	}
	return llext_store_append(store, slot, slot->image.state, (unsigned)to);
}

struct change {
	int (*make)(void);
	unsigned free;       /* blocks beside the logs' and the image's */
	unsigned operations; /* before the record */
	bool removes;
};

static const struct change removal = {remove_it, 0, 0, true};
static const struct change move = {move_it, LOG, LOG + IMAGE / LLEXT_FLASH_PIECE, false};

/* The log is settled, and the next log has a block that does not work. */
static void prepare(const struct change *change, uint32_t seed)
{
	world_make(&world, 8, BLOCK, 3 * LOG + change->free, 0xff);
	world.model.random = seed * 2654435761u;
	world.config.levelling = NULL;
	good = world.model.flash;
	assert_int_equal(llext_store_format(store, &world.config), 0);
	install();
	model_restart(&world.model);
	assert_int_equal(world_boot(&world), 0);
	/* It sees to moves; nothing here is moved by it. */
	if (!change->removes)
		world.config.levelling = &llext_store_levelling;
	bad = store->own[OBJECT_SPARE].block + seed % LOG;
	if (seed / LOG % 2 != 0)
		world.model.flash.erase = erase_but_one;
	else
		world.model.flash.program = program_but_one;
}

/* Power fails at one of the next operations, in any way. */
static void cut_soon(unsigned within)
{
	world.model.cut_at = 1 + model_random(&world.model) % within;
	world.model.cut = (enum cut)(model_random(&world.model) % CUTS);
	world.model.prefix = model_random(&world.model) % 12;
}

/* Starts, at some of which power fails again: the image is there, or it was removed. */
static unsigned start_again_and_again(const struct change *change)
{
	unsigned lost = 0;
	bool decided = false, there = true;

	for (unsigned starts = 0; starts < 6; starts++) {
		int rc;

		model_restart(&world.model);
		if (starts % 2 == 0)
			cut_soon(2 * LOG + 6);
		rc = llext_store_init(store, &world.config);
		if (rc == 0)
			rc = llext_store_resume(store);
		world.model.off = false;
		world.model.cut_at = 0;
		if (starts % 2 != 0 && rc != 0 && rc != -EIO && rc != -ENOSPC)
			fail_msg("start %u: %d", starts, rc);
		if (starts % 2 == 0)
			continue;
		/* What a start has settled, the next one finds. */
		if (decided)
			assert_int_equal(is_there(), there);
		there = is_there();
		decided = rc == 0;
		assert_true(there || change->removes);
		lost += !there;
	}
	assert_int_equal(world.model.violations, 0);
	return lost;
}

static void power_fails_in_the_record(const struct change *change)
{
	unsigned gone = 0;

	for (uint32_t seed = 1; seed <= 1500; seed++) {
		prepare(change, seed);
		world.model.cut_at = change->operations + 1 + model_random(&world.model) % 3;
		world.model.cut = (enum cut)(model_random(&world.model) % CUTS);
		world.model.prefix = 8 + model_random(&world.model) % 4;
		(void)change->make();
		gone += start_again_and_again(change) != 0;
		world_free(&world);
	}
	printf("gone at %u of 1500\n", gone);
	assert_true(change->removes ? gone > 150 && gone < 1350 : gone == 0);
}

static void power_fails_in_a_removal(void **state)
{
	(void)state;
	power_fails_in_the_record(&removal);
}

static void power_fails_in_a_move(void **state)
{
	(void)state;
	power_fails_in_the_record(&move);
}

/*
 * The first copy of a move's record cannot be read at one start. Power fails at that start when the
 * new log has been begun where the image was moved to. At the next start the record can be read.
 */
static void move_comes_back(uint32_t seed, unsigned cut_at)
{
	const size_t copy = sizeof(struct record);
	size_t place;

	prepare(&move, seed);
	assert_int_equal(move_it(), 0);
	assert_int_equal(llext_store_find(store, "x")->block, 3 * LOG);
	place = store->next - 3 * copy;
	memset(world.model.bytes + place + copy, 0xff, 2 * copy);
	memset(world.model.words + (place + copy) / 8, WORD_ERASED, 2 * copy / 8);
	model_restart(&world.model);
	world.model.bytes[place + 40] ^= 1;
	world.model.cut_at = cut_at;
	world.model.cut = CUT_DONE;
	assert_int_equal(llext_store_init(store, &world.config), 0);
	assert_int_equal(llext_store_find(store, "x")->block, 2 * LOG);
	(void)llext_store_resume(store);
	world.model.bytes[place + 40] ^= 1;
	for (unsigned starts = 0; starts < 3; starts++) {
		int rc;

		model_restart(&world.model);
		rc = world_boot(
			&world); /* where it was moved to and is whole, no blocks are free */
		assert_true(rc == 0 || rc == -EIO);
		assert_true(is_there());
	}
	assert_int_equal(world.model.violations, 0);
	world_free(&world);
}

static void a_move_comes_back(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < 2 * LOG; seed++) {
		for (unsigned cut_at = 1; cut_at < 24; cut_at++)
			move_comes_back(seed, cut_at);
	}
}

/* The record cannot be written: a new log is begun at once, and power fails in that. */
static void the_record_fails(const struct change *change)
{
	for (uint32_t seed = 1; seed <= 800; seed++) {
		prepare(change, seed);
		world.model.fail_operation = change->operations + 1 + seed % 3;
		cut_soon(2 * LOG);
		world.model.cut_at += world.model.fail_operation;
		(void)change->make();
		world.model.fail_operation = 0;
		(void)start_again_and_again(change);
		world_free(&world);
	}
}

static void a_removal_fails(void **state)
{
	(void)state;
	the_record_fails(&removal);
}

static void a_move_fails(void **state)
{
	(void)state;
	the_record_fails(&move);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_fails_in_a_removal),
		cmocka_unit_test(power_fails_in_a_move),
		cmocka_unit_test(a_move_comes_back),
		cmocka_unit_test(a_removal_fails),
		cmocka_unit_test(a_move_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
