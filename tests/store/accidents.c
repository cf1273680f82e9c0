/* SPDX-License-Identifier: Apache-2.0 */
/* The N-th read, program or erase fails; and flash that holds anything at all. */
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

static struct world world;
static struct model before;

static void make(unsigned unit, uint32_t block, unsigned blocks, uint8_t erased)
{
	world_make(&world, unit, block, blocks, erased);
	model_make(&before, unit, block, blocks, erased);
}

static void unmake(void)
{
	model_free(&before);
	world_free(&world);
}

static int whole_life(void)
{
	int rc = world_boot(&world);

	if (rc == 0)
		rc = world_use(&world, "b");
	if (rc == 1)
		rc = world_update(&world, "a", 2);
	if (rc == 0)
		rc = llext_store_collect(&world.store, 3000);
	if (rc == 0 && llext_store_find(&world.store, "a")->version == 2)
		rc = llext_store_rollback(&world.store, "a");
	if (rc == 0)
		rc = llext_store_remove(&world.store, "a", 2);
	return rc;
}

/* Once something fails, be it that the call fails or that the store finds a way; all is well after.
 */
static void fail_each(bool reads)
{
	unsigned failed = 0, count;
	int rc;

	make(4, 1024, 48, 0xff);
	assert_int_equal(llext_store_format(&world.store, &world.config), 0);
	assert_int_equal(world_update(&world, "a", 1), 0);
	assert_int_equal(world_update(&world, "b", 1), 0);
	model_copy(&before, &world.model);
	assert_int_equal(whole_life(), 0);
	count = reads ? world.model.reads : world.model.operations;
	for (unsigned n = 1; n <= count; n += reads ? 3 : 1) {
		model_copy(&world.model, &before);
		world.counter = 1;
		*(reads ? &world.model.fail_read : &world.model.fail_operation) = n;
		failed += whole_life() != 0;
		world.model.fail_read = world.model.fail_operation = 0;
		/* Without a reset. */
		rc = world_use(&world, "b");
		if (rc == -ENOENT) /* init was what failed */
			assert_int_equal(world_boot(&world), 0);
		assert_int_equal(world_use(&world, "b"), 1);
		rc = world_use(&world, "a");
		assert_true(rc == 1 || rc == 2);
		assert_int_equal(world_update(&world, "a", 3), 0);
		model_restart(&world.model);
		assert_int_equal(world_boot(&world), 0);
		assert_int_equal(world_use(&world, "a"), 3);
		assert_int_equal(world_use(&world, "b"), 1);
		assert_int_equal(world.model.violations, 0);
	}
	printf("%u %s, of which %u made a call fail\n", count, reads ? "reads" : "operations",
	       failed);
	assert_true(count > 40 && failed > 0 && failed < count);
	unmake();
}

static void operations_fail(void **state)
{
	(void)state;
	fail_each(false);
}

static void reads_fail(void **state)
{
	(void)state;
	fail_each(true);
}

/* A block that cannot be erased or programmed any more is passed over. */
static int (*good_erase)(const struct llext_flash *flash, size_t offset, size_t bytes);

static int erase_but_5(const struct llext_flash *flash, size_t offset, size_t bytes)
{
	size_t bad = 5 * (size_t)flash->block;

	return offset <= bad && bad < offset + bytes ? -EIO : good_erase(flash, offset, bytes);
}

static void bad_block(void **state)
{
	(void)state;
	make(4, 1024, 48, 0xff);
	assert_int_equal(llext_store_format(&world.store, &world.config), 0);
	good_erase = world.model.flash.erase;
	world.model.flash.erase = erase_but_5;
	for (uint32_t version = 1; version < 100; version++) {
		assert_int_equal(world_update(&world, "a", version), 0);
		assert_int_equal(world_use(&world, "a"), version);
	}
	assert_true(world.model.erases[5] < 2);
	assert_true(world.model.erases[20] > 10);
	unmake();
}

/* A block in which programming does nothing, and says that all is well. */
static int (*good_program)(const struct llext_flash *flash, size_t offset, const void *data,
			   size_t bytes);

static int program_but_5(const struct llext_flash *flash, size_t offset, const void *data,
			 size_t bytes)
{
	return offset / flash->block == 5 ? 0 : good_program(flash, offset, data, bytes);
}

static void deaf_block(void **state)
{
	unsigned failed = 0;

	(void)state;
	make(4, 1024, 48, 0xff);
	assert_int_equal(llext_store_format(&world.store, &world.config), 0);
	assert_int_equal(world_update(&world, "a", 1), 0);
	good_program = world.model.flash.program;
	world.model.flash.program = program_but_5;
	for (uint32_t version = 2; version < 100; version++) {
		/* An image that lies there is refused, and goes elsewhere the next time. */
		int rc = world_update(&world, "a", version);

		failed += rc != 0;
		if (rc != 0)
			assert_int_equal(world_update(&world, "a", version), 0);
		model_restart(&world.model);
		assert_int_equal(world_boot(&world), 0);
		assert_int_equal(world_use(&world, "a"), version);
	}
	assert_true(failed > 0 && failed < 50);
	unmake();
}

/*
 * A new log is not completed. At the next start its last record cannot be read, and something
 * changes; after another reset the record can be read. What has changed stays changed.
 */
static void log_comes_back(void **state)
{
	struct record *last;
	struct record kept[2];
	size_t at;

	(void)state;
	make(8, 1024, 48, 0xff);
	assert_int_equal(llext_store_format(&world.store, &world.config), 0);
	assert_int_equal(world_update(&world, "b", 1), 0);
	assert_int_equal(world_install(&world, "a", 1, 0), 0);
	assert_int_equal(llext_store_renew(&world.store), 0);
	at = world.store.next - sizeof(kept);
	memcpy(kept, world.model.bytes + at, sizeof(kept));
	last = (struct record *)(void *)(world.model.bytes + at);
	assert_int_equal(last->slot, 0); /* which comes last */
	world.model.bytes[at + 40] ^= 1;
	world.model.bytes[at + sizeof(kept[0]) + 40] ^= 1;

	model_restart(&world.model);
	assert_int_equal(llext_store_init(&world.store, &world.config), 0);
	assert_false(world.store.settled);
	assert_int_not_equal(at / 1024, world.store.own[OBJECT_LOG].block);
	assert_int_equal(llext_store_commit(&world.store, "a"), 0);
	/* Unless these places were erased meanwhile. */
	if (world.model.bytes[at + 40] == (((uint8_t *)kept)[40] ^ 1) &&
	    memcmp(world.model.bytes + at, kept, 40) == 0)
		memcpy(world.model.bytes + at, kept, sizeof(kept));
	model_restart(&world.model);
	assert_int_equal(world_boot(&world), 0);
	assert_int_equal(world_state(&world, "a", 1), LLEXT_STORE_TRIAL);
	unmake();
}

/*
 * Power fails in a record, an image's move or another, which is there at one start and not at the
 * next. Then power fails at each start, more often than the log has places: whatever comes out of
 * it, the images are whole.
 */
static void power_fails_at_each_start(void **state)
{
	unsigned resumed = 0;

	(void)state;
	make(8, 512, 34, 0xff);
	for (uint32_t seed = 1; seed <= 1000; seed++) {
		uint32_t version = 1;

		model_copy(&world.model, &before);
		world.model.random = seed * 2654435761u;
		assert_int_equal(llext_store_format(&world.store, &world.config), 0);
		assert_int_equal(world_update(&world, "b", 1), 0);
		assert_int_equal(world_update(&world, "a", 1), 0);
		world.model.cut_at = world.model.operations + 1 + seed % 500;
		world.model.cut = CUT_WEAK;
		world.model.prefix = 11; /* the last word of a record, in which the sum is */
		while (!world.model.off && version < 40)
			(void)world_update(&world, "a", ++version);
		for (unsigned starts = 0; starts < 60; starts++) {
			model_restart(&world.model);
			world.model.cut_at = 1 + model_random(&world.model) % 9;
			world.model.cut = (enum cut)(model_random(&world.model) % CUT_SILENT);
			world.model.prefix = model_random(&world.model) % 12;
			if (world_boot(&world) == 0 && !world.model.off)
				resumed++;
		}
		model_restart(&world.model);
		assert_int_equal(world_boot(&world), 0);
		assert_int_equal(world_use(&world, "b"), 1);
		assert_true(world_use(&world, "a") + 1 >= (int)version);
		assert_int_equal(world.model.violations, 0);
	}
	printf("%u of %u starts went well\n", resumed, 1000 * 60);
	unmake();
}

/*
 * The place for the next record looks blank, and somebody began to write there: what is written
 * there is not certain. Power fails in one of the record's copies, too. What the next start has
 * seen, the one after it sees.
 */
static void a_place_that_looks_blank(void **state)
{
	unsigned removed = 0;

	(void)state;
	make(8, 1024, 48, 0xff);
	for (uint32_t seed = 1; seed <= 600; seed++) {
		char text[256], again[256];
		struct model *model = &world.model;

		model_copy(model, &before);
		model->random = seed * 2654435761u;
		assert_int_equal(llext_store_format(&world.store, &world.config), 0);
		assert_int_equal(world_update(&world, "a", 1), 0);
		model_restart(model);
		assert_int_equal(world_boot(&world), 0);
		model->words[world.store.next / 8] = WORD_UNCERTAIN;
		model->weak[world.store.next + seed % 8] = (uint8_t)(1u << seed % 7);
		model->cut_at = 1 + seed % 3;
		model->cut = CUT_WEAK;
		model->prefix = 11;
		(void)llext_store_remove(&world.store, "a", 1);
		model_restart(model);
		assert_int_equal(world_boot(&world), 0);
		world_summary(&world, text, sizeof(text), true);
		for (unsigned starts = 0; starts < 8; starts++) {
			model_restart(model);
			assert_int_equal(world_boot(&world), 0);
			world_summary(&world, again, sizeof(again), true);
			assert_string_equal(text, again);
		}
		removed += text[0] == '\0';
	}
	assert_true(removed > 100 && removed < 500);
	unmake();
}

/* ---- flash that holds anything ---- */

static int refuse(struct llext_store *store, const char *name, void *user_data)
{
	(void)store;
	(void)user_data;
	return strlen(name) <= LLEXT_STORE_NAME_LEN ? -ENODATA : -EINVAL;
}

/* Whatever the store makes of it: no wild access (the model aborts), no endless loop. */
static bool live_with_it(void)
{
	struct llext_store_loader loader;
	uint8_t part[64], done[(SLOTS + 7) / 8];
	size_t length;

	model_restart(&world.model);
	if (world_boot(&world) != 0)
		return false;
	for (int i = 0; i < SLOTS; i++) {
		const struct llext_store_image *image = &world.slots[i].image;

		if (image->state == LLEXT_STORE_NONE)
			continue;
		assert_true(strlen(image->name) <= LLEXT_STORE_NAME_LEN);
		llext_store_open_image(&world.store, image, &loader);
		length = loader.loader.length(&loader.loader);
		if (loader.loader.seek(&loader.loader, length / 2) == 0)
			(void)loader.loader.read(&loader.loader, part,
						 length < 128 ? length / 2 : sizeof(part));
		llext_store_close(&loader);
	}
	(void)world_use(&world, "a");
	(void)llext_store_check(&world.store);
	(void)world_install(&world, "a", 7, 0);
	(void)llext_store_commit(&world.store, "a");
	(void)world_use(&world, "a");
	(void)llext_store_confirm(&world.store, "a");
	(void)llext_store_collect(&world.store, 5000);
	(void)llext_store_rollback(&world.store, "a");
	(void)llext_store_remove(&world.store, "b", LLEXT_STORE_ANY_VERSION);
	(void)llext_store_autoload(&world.store, refuse, NULL, done);
	return true;
}

static void random_bytes(void **state)
{
	(void)state;
	make(8, 256, 96, 0xff);
	for (unsigned turn = 0; turn < 60; turn++) {
		for (size_t i = 0; i < world.model.size; i++)
			world.model.bytes[i] = turn % 2 != 0 && model_random(&world.model) % 2 != 0
						       ? 0xff
						       : (uint8_t)model_random(&world.model);
		memset(world.model.words, WORD_PROGRAMMED, world.model.size / 8);
		(void)live_with_it();
		model_restart(&world.model);
		world.model.violations = 0;
		/* And it can be made a store. */
		assert_int_equal(llext_store_format(&world.store, &world.config), 0);
		assert_int_equal(world_update(&world, "a", 1), 0);
		assert_int_equal(world_use(&world, "a"), 1);
		assert_int_equal(world.model.violations, 0);
	}
	unmake();
}

/* A store whose records say anything, under a checksum that is right. */
static void mutated_records(void **state)
{
	unsigned lived = 0;

	(void)state;
	make(8, 512, 64, 0xff);
	assert_int_equal(llext_store_format(&world.store, &world.config), 0);
	for (uint32_t version = 1; version < 9; version++)
		assert_int_equal(world_update(&world, "a", version), 0);
	assert_int_equal(world_update(&world, "b", 1), 0);
	assert_int_equal(world_install(&world, "c", 1, LLEXT_STORE_AUTOLOAD), 0);
	/* Each record counts in a log that has just begun. */
	assert_int_equal(llext_store_renew(&world.store), 0);
	model_copy(&before, &world.model);

	size_t log = (size_t)world.store.own[OBJECT_LOG].block * 512;
	unsigned places = (unsigned)((world.store.next - log) / sizeof(struct record));

	for (unsigned turn = 0; turn < 6000; turn++) {
		unsigned changes = 1 + model_random(&world.model) % 3;

		model_copy(&world.model, &before);
		while (changes-- > 0) {
			size_t place =
				log + model_random(&world.model) % places * sizeof(struct record);
			struct record record;
			uint8_t *byte = (uint8_t *)&record;

			memcpy(&record, world.model.bytes + place, sizeof(record));
			switch (model_random(&world.model) % 4) {
			case 0: /* any byte */
				byte[model_random(&world.model) % sizeof(record)] =
					(uint8_t)model_random(&world.model);
				break;
			case 1: /* the largest, the smallest */
				memset(byte + 4 * (1 + model_random(&world.model) % 8),
				       model_random(&world.model) % 2 != 0 ? 0xff : 0, 4);
				break;
			case 2: /* a bit */
				byte[model_random(&world.model) % sizeof(record)] ^=
					(uint8_t)(1u << model_random(&world.model) % 8);
				break;
			default: /* another record's place */
				place = (size_t)(model_random(&world.model) % 64) * 512;
			}
			world_put_record(&world, place, &record);
			/* Its copy too, or what its place is followed by. */
			if (model_random(&world.model) % 2 != 0)
				world_put_record(&world, place + sizeof(record), &record);
		}
		lived += live_with_it();
	}
	printf("%u of 6000 were a store\n", lived);
	assert_true(lived > 1000 && lived < 6000);
	unmake();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations_fail),
		cmocka_unit_test(reads_fail),
		cmocka_unit_test(bad_block),
		cmocka_unit_test(deaf_block),
		cmocka_unit_test(log_comes_back),
		cmocka_unit_test(power_fails_at_each_start),
		cmocka_unit_test(a_place_that_looks_blank),
		cmocka_unit_test(random_bytes),
		cmocka_unit_test(mutated_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
