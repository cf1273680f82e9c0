/* SPDX-License-Identifier: Apache-2.0 */
/* The life of an extension in the store, without accidents. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "world.h"

static int make(void **state)
{
	static struct world world;

	world_make(&world, 8, 1024, 64, 0xff);
	*state = &world;
	return llext_store_format(&world.store, &world.config);
}

static int end(void **state)
{
	struct world *world = *state;
	int wrong = world->model.violations != 0;

	world_free(world);
	return wrong;
}

static void reset(struct world *world)
{
	model_restart(&world->model);
	assert_int_equal(world_boot(world), 0);
}

static void assert_summary(struct world *world, const char *expected)
{
	char text[256];

	world_summary(world, text, sizeof(text), true);
	assert_string_equal(text, expected);
}

static void life(void **state)
{
	struct world *world = *state;

	assert_int_equal(world_use(world, "a"), -ENOENT);
	assert_int_equal(world_install(world, "a", 1, 0), 0);
	assert_int_equal(world_use(world, "a"), -ENOENT); /* not before commit */
	reset(world);
	assert_summary(world, "a1i ");
	assert_int_equal(llext_store_confirm(&world->store, "a"), -ENOENT);
	assert_int_equal(llext_store_commit(&world->store, "a"), 0);
	assert_int_equal(llext_store_commit(&world->store, "a"), -ENOENT);
	reset(world);
	assert_summary(world, "a1t ");
	assert_int_equal(world_use(world, "a"), 1);
	assert_int_equal(llext_store_confirm(&world->store, "a"), 0);
	assert_int_equal(world->counter, 1);
	reset(world);
	assert_summary(world, "a1c ");
	assert_int_equal(world_use(world, "a"), 1);
	assert_int_equal(world_update(world, "a", 2), 0);
	assert_int_equal(world_use(world, "a"), 2);
	assert_int_equal(llext_store_rollback(&world->store, "a"), 0);
	assert_int_equal(world_use(world, "a"), 1);
	assert_int_equal(llext_store_rollback(&world->store, "a"), -ENOENT);
	reset(world);
	assert_summary(world, "a1c a2b ");
	assert_int_equal(world_use(world, "a"), 1);
	/* What was bad can be installed again. */
	assert_int_equal(world_update(world, "a", 2), 0);
	assert_int_equal(world_use(world, "a"), 2);
	assert_int_equal(llext_store_remove(&world->store, "a", 1), 0);
	assert_int_equal(llext_store_remove(&world->store, "a", 1), -ENOENT);
	assert_int_equal(world_use(world, "a"), 2);
	assert_int_equal(llext_store_remove(&world->store, "a", LLEXT_STORE_ANY_VERSION), 0);
	reset(world);
	assert_summary(world, "");
}

static void trial(void **state)
{
	struct world *world = *state;

	world->config.starts = 3;
	assert_int_equal(world_update(world, "a", 1), 0);
	assert_int_equal(world_install(world, "a", 2, 0), 0);
	assert_int_equal(llext_store_commit(&world->store, "a"), 0);
	for (int start = 0; start < 3; start++) {
		reset(world);
		/* Twice in one start is one start. */
		assert_int_equal(world_use(world, "a"), 2);
		assert_int_equal(world_use(world, "a"), 2);
	}
	reset(world);
	assert_int_equal(world_use(world, "a"), 1);
	assert_summary(world, "a1c a2b ");
	reset(world);
	assert_int_equal(world_use(world, "a"), 1);
}

static void health(void **state)
{
	struct world *world = *state;

	assert_int_equal(world_update(world, "a", 1), 0);
	assert_int_equal(world_install(world, "a", 2, 0), 0);
	assert_int_equal(llext_store_commit(&world->store, "a"), 0);
	assert_int_equal(llext_store_check(&world->store), 0); /* not started: nothing to say */
	assert_summary(world, "a1c a2t ");
	assert_int_equal(world_use(world, "a"), 2);
	world->answer[LLEXT_STORE_ON_HEALTH] = -EAGAIN;
	assert_int_equal(llext_store_check(&world->store), 0);
	assert_summary(world, "a1c a2t ");
	world->answer[LLEXT_STORE_ON_HEALTH] = -EFAULT;
	assert_int_equal(llext_store_check(&world->store), 0);
	assert_summary(world, "a1c a2b ");
	assert_int_equal(world_use(world, "a"), 1);
	world->answer[LLEXT_STORE_ON_HEALTH] = 0;
	assert_int_equal(world_install(world, "a", 3, 0), 0);
	assert_int_equal(llext_store_commit(&world->store, "a"), 0);
	assert_int_equal(world_use(world, "a"), 3);
	assert_int_equal(llext_store_check(&world->store), 0);
	assert_int_equal(world_state(world, "a", 3), LLEXT_STORE_CONFIRMED);
	assert_int_equal(world->counter, 3);
}

/* Of two trials the newer one is used, so its health is what is asked for. */
static void health_of_two(void **state)
{
	struct world *world = *state;

	assert_int_equal(world_install(world, "a", 1, 0), 0);
	assert_int_equal(llext_store_commit(&world->store, "a"), 0);
	assert_int_equal(world_use(world, "a"), 1);
	assert_int_equal(world_install(world, "a", 2, 0), 0);
	assert_int_equal(llext_store_commit(&world->store, "a"), 0);
	assert_int_equal(llext_store_check(&world->store), 0);
	assert_summary(world, "a1t a2t ");
	assert_int_equal(world_use(world, "a"), 2);
	assert_int_equal(llext_store_check(&world->store), 0);
	assert_int_equal(world_state(world, "a", 2), LLEXT_STORE_CONFIRMED);
	assert_int_equal(world_use(world, "a"), 2);
}

/* A firmware that had no hook gets one: it is told of what was confirmed, once. */
static void a_hook_later(void **state)
{
	struct world *world = *state;
	int (*hook)(struct llext_store *, enum llext_store_event, const struct llext_store_image *,
		    void *) = world->config.hook;

	world->config.hook = NULL;
	assert_int_equal(world_update(world, "a", 1), 0);
	reset(world);
	assert_int_equal(world->counter, 0);
	world->config.hook = hook;
	reset(world);
	assert_int_equal(world->counter, 1);
	world->answer[LLEXT_STORE_ON_CONFIRMED] = -EIO; /* not told again */
	reset(world);
}

static void refused(void **state)
{
	struct world *world = *state;

	assert_int_equal(world_update(world, "a", 1), 0);
	world->answer[LLEXT_STORE_ON_INSTALL] = -EACCES;
	assert_int_equal(world_install(world, "a", 2, 0), -EACCES);
	assert_int_equal(llext_store_commit(&world->store, "a"), -ENOENT);
	world->answer[LLEXT_STORE_ON_INSTALL] = 0;
	assert_int_equal(world_install(world, "a", 2, 0), 0);
	world->answer[LLEXT_STORE_ON_COMMIT] = -EACCES;
	assert_int_equal(llext_store_commit(&world->store, "a"), -EACCES);
	assert_int_equal(world_use(world, "a"), 1);
	world->answer[LLEXT_STORE_ON_COMMIT] = 0;
	assert_int_equal(llext_store_commit(&world->store, "a"), 0);
	world->answer[LLEXT_STORE_ON_CONFIRM] = -EACCES;
	assert_int_equal(llext_store_confirm(&world->store, "a"), -EACCES);
	assert_summary(world, "a1c a2t ");
	world->answer[LLEXT_STORE_ON_CONFIRM] = 0;
	/* The counter cannot be raised: confirmed all the same, and told again later. */
	world->answer[LLEXT_STORE_ON_CONFIRMED] = -EIO;
	assert_int_equal(llext_store_confirm(&world->store, "a"), -EIO);
	assert_summary(world, "a1c a2c ");
	assert_int_equal(llext_store_init(&world->store, &world->config), 0);
	assert_int_equal(llext_store_resume(&world->store), -EIO);
	assert_int_equal(world->counter, 1);
	world->answer[LLEXT_STORE_ON_CONFIRMED] = 0;
	reset(world);
	assert_int_equal(world->counter, 2);
	world->answer[LLEXT_STORE_ON_CONFIRMED] = -EIO; /* not told again */
	reset(world);
	world->answer[LLEXT_STORE_ON_ROLLBACK] = -ESTALE;
	assert_int_equal(llext_store_rollback(&world->store, "a"), -ESTALE);
	assert_int_equal(world_use(world, "a"), 2);
}

static void arguments(void **state)
{
	struct world *world = *state;
	struct llext_store_install install;
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES] = {1}, byte = 0;
	struct model model = world->model;
	struct llext_flash *flash = &model.flash;
	struct llext_store_config config = world->config;
	struct llext_store other;

	assert_int_equal(world_begin(&world->store, &install, "", 1, 10, digest, 0), -EINVAL);
	assert_int_equal(llext_store_write(&install, &byte, 1), -EINVAL);
	assert_int_equal(llext_store_finish(&install), -EINVAL);
	assert_int_equal(world_begin(&world->store, &install, "a-name-that-is-too-long-by-1", 1, 10,
				     digest, 0),
			 -EINVAL);
	assert_int_equal(world_begin(&world->store, &install, "abcdefghijklmnopqrstuvwxyz", 1, 10,
				     digest, 0),
			 0);
	assert_int_equal(world_begin(&world->store, &install, "x", 1, 0, digest, 0), -EINVAL);
	assert_int_equal(world_begin(&world->store, &install, "x", 1, 62 * 1024, digest, 0),
			 -ENOSPC);
	assert_int_equal(world_begin(&world->store, &install, "x", 1, UINT32_MAX, digest, 0),
			 -ENOSPC);
	assert_int_equal(world_begin(&world->store, &install, "x", 1, 2, digest, 0), 0);
	assert_int_equal(llext_store_write(&install, &byte, 1), 0);
	assert_int_equal(llext_store_finish(&install), -ENODATA);
	assert_int_equal(llext_store_write(&install, digest, 2), -EFBIG);
	assert_int_equal(llext_store_write(&install, &byte, 1), 0);
	assert_int_equal(llext_store_finish(&install), 0);
	assert_int_equal(llext_store_finish(&install), -EINVAL);
	assert_int_equal(world_begin(&world->store, &install, "x", 1, 2, digest, 0), -EEXIST);

	config.flash = flash;
	flash->block = 128;
	assert_int_equal(llext_store_init(&other, &config), -EINVAL);
	flash->block = 1000;
	assert_int_equal(llext_store_init(&other, &config), -EINVAL);
	flash->block = 1024;
	for (unsigned i = 0; i < 4; i++) {
		flash->unit = (unsigned[]){0, 3, 24, 64}[i];
		assert_int_equal(llext_store_init(&other, &config), -EINVAL);
	}
	flash->unit = 8;
	flash->blocks = 6;
	assert_int_equal(llext_store_init(&other, &config), -EINVAL);
	flash->blocks = 64;
	config.slot_count = 1;
	assert_int_equal(llext_store_init(&other, &config), 0);
}

static void too_few_slots(void **state)
{
	struct world *world = *state;
	struct llext_store_config config = world->config;
	struct llext_store other;

	assert_int_equal(world_update(world, "a", 1), 0);
	assert_int_equal(world_update(world, "b", 1), 0);
	config.slot_count = 1;
	assert_int_equal(llext_store_init(&other, &config), -ENOSPC);
	reset(world);
	assert_int_equal(world_use(world, "b"), 1);
}

/* A firmware with more slots, whose logs are larger, and then with fewer again. */
static void other_slots(void **state)
{
	struct world *world = *state;
	struct llext_store_slot slots[40];
	char text[256], more[256];

	assert_int_equal(world_update(world, "a", 1), 0);
	assert_int_equal(world_update(world, "b", 1), 0);
	world_summary(world, text, sizeof(text), true);
	for (unsigned turn = 0; turn < 6; turn++) {
		world->config.slots = turn % 2 != 0 ? world->slots : slots;
		world->config.slot_count = turn % 2 != 0 ? SLOTS : 40;
		reset(world);
		assert_int_equal(world_use(world, "a"), 1);
		/* Until there is a new log, and longer. */
		for (uint32_t version = 1; version < 12; version++) {
			assert_int_equal(world_install(world, "c", version, 0), 0);
			assert_int_equal(llext_store_remove(&world->store, "c", version), 0);
		}
		assert_int_equal(world->store.own[OBJECT_LOG].blocks, turn % 2 != 0 ? 4 : 11);
	}
	reset(world);
	world_summary(world, more, sizeof(more), true);
	assert_string_equal(more, text);
}

/* More slots, and no room for two of the larger logs: that is said, and nothing is lost. */
static void no_room_for_more_slots(void **state)
{
	struct llext_store_slot slots[40];
	struct world world;
	int rc = 0;

	(void)state;
	world_make(&world, 8, 1024, 28, 0xff);
	assert_int_equal(llext_store_format(&world.store, &world.config), 0);
	assert_int_equal(world_update(&world, "a", 1), 0);
	assert_int_equal(world_update(&world, "b", 1), 0);
	world.config.slots = slots;
	world.config.slot_count = 40;
	reset(&world);
	for (unsigned i = 0; i < 40 && rc == 0; i++) {
		rc = world_install(&world, "c", 1, 0);
		rc = rc == 0 ? llext_store_remove(&world.store, "c", 1) : rc;
	}
	assert_int_equal(rc, -ENOSPC);
	reset(&world);
	assert_int_equal(world_use(&world, "a"), 1);
	assert_int_equal(world_use(&world, "b"), 1);
	world.config.slots = world.slots;
	world.config.slot_count = SLOTS;
	reset(&world);
	assert_int_equal(world_update(&world, "a", 2), 0);
	world_free(&world);
}

/* The range became longer: the store is there, and has more room. With other blocks there is none.
 */
static void other_range(void **state)
{
	struct world *world = *state;
	struct llext_flash *flash = &world->model.flash;

	flash->blocks = 40;
	assert_int_equal(llext_store_format(&world->store, &world->config), 0);
	assert_int_equal(world_update(world, "a", 1), 0);
	flash->blocks = 64;
	reset(world);
	for (uint32_t version = 2; version < 40; version++)
		assert_int_equal(world_update(world, "a", version), 0);
	assert_true(world->model.erases[60] > 0);
	assert_int_equal(world_use(world, "a"), 39);
	flash->block = 512;
	flash->blocks = 128;
	assert_int_equal(world_boot(world), -ENOENT);
	flash->block = 1024;
	flash->blocks = 64;
	reset(world);
	assert_int_equal(world_use(world, "a"), 39);
}

/* A reset in the middle, and the same image again: it goes on; another one: it begins anew. */
static void resumed(void **state)
{
	struct world *world = *state;
	struct llext_store_install install;
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES], byte;
	uint32_t length = world_length(world, "a", 1);

	world_digest("a", 1, digest);
	for (uint32_t stop = 0; stop < length; stop += 61) {
		assert_int_equal(world_begin(&world->store, &install, "a", 1, length, digest,
					     LLEXT_STORE_AUTOLOAD),
				 0);
		assert_true(install.offset <= stop);
		for (uint32_t at = install.offset; at < stop; at++) {
			byte = world_byte(world, "a", 1, at);
			assert_int_equal(llext_store_write(&install, &byte, 1), 0);
		}
		reset(world);
		assert_summary(world, "a1r ");
	}
	assert_true(install.offset > 0);
	assert_int_equal(world_install(world, "a", 1, 0), 0);
	assert_int_equal(llext_store_commit(&world->store, "a"), 0);
	assert_int_equal(world_use(world, "a"), 1);
	assert_int_equal(llext_store_find(&world->store, "a")->flags, 0); /* as of the last begin */

	world_digest("a", 2, digest);
	assert_int_equal(world_begin(&world->store, &install, "a", 2, 99, digest, 0), 0);
	assert_int_equal(world_install(world, "b", 1, 0), 0);
	assert_summary(world, "a1t b1i ");
}

/*
 * Somebody else began to send it, with other bytes. What was begun goes on, is found to be wrong,
 * and is not gone on with for ever.
 */
static void poisoned(void **state)
{
	struct world *world = *state;
	struct llext_store_install install;
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES], byte = 0x5a;
	uint32_t length = world_length(world, "a", 1);

	world->verifies = true;
	world_digest("a", 1, digest);
	assert_int_equal(world_begin(&world->store, &install, "a", 1, length, digest, 0), 0);
	for (uint32_t at = 0; at < length - 1; at++)
		assert_int_equal(llext_store_write(&install, &byte, 1), 0);
	reset(world);
	assert_int_equal(world_begin(&world->store, &install, "a", 1, length, digest, 0), 0);
	assert_true(install.offset > 0);
	assert_int_equal(world_install(world, "a", 1, 0), -EBADMSG);
	assert_summary(world, "");
	reset(world);
	assert_int_equal(world_install(world, "a", 1, 0), 0);
	assert_summary(world, "a1i ");
}

/* Room is made of what can be spared, the fallback last; the newest confirmed one never goes. */
static void spared(void **state)
{
	struct world *world = *state;
	struct llext_store_install install;
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES] = {0};
	char text[256];

	assert_int_equal(world_update(world, "b", 1), 0);
	for (uint32_t version = 1; version <= 40; version++) {
		assert_int_equal(world_update(world, "a", version), 0);
		assert_int_equal(world_use(world, "a"), version);
		assert_int_equal(world_use(world, "b"), 1);
	}
	assert_summary(world, "a37c a38c a39c a40c b1c ");
	/* Nothing goes for what would never fit. */
	for (uint32_t length = 57 * 1024; length > 1024; length *= 3)
		assert_int_equal(world_begin(&world->store, &install, "c", 1, length, digest, 0),
				 -ENOSPC);
	assert_summary(world, "a37c a38c a39c a40c b1c ");
	assert_int_equal(llext_store_rollback(&world->store, "a"), 0);
	assert_int_equal(world_update(world, "a", 41), 0);
	assert_summary(world, "a37c a38c a39c a41c b1c ");
	for (uint32_t version = 1; version <= 3; version++)
		assert_int_equal(world_install(world, "c", version, 0), 0);
	assert_summary(world, "a41c b1c c1i c2i c3i ");
	assert_int_equal(world_install(world, "c", 4, 0), -ENOSPC);
	world_summary(world, text, sizeof(text), true);
	reset(world);
	assert_summary(world, text);
}

/* What a loader is open for stays where it is. */
static void pinned(void **state)
{
	struct world *world = *state;
	struct llext_store_loader loader;
	unsigned block;

	world->model.flash.mapped = world->model.bytes;
	assert_int_equal(world_update(world, "b", 1), 0);
	assert_int_equal(llext_store_open(&world->store, "b", &loader), 0);
	assert_int_equal(loader.loader.storage, LLEXT_STORAGE_PERSISTENT);
	block = loader.slot->image.block;
	assert_ptr_equal(loader.loader.peek(&loader.loader, 5),
			 world->model.bytes + block * 1024 + 5);
	assert_null(loader.loader.peek(&loader.loader, 201));
	for (uint32_t version = 1; version <= 60; version++)
		assert_int_equal(world_update(world, "a", version), 0);
	assert_int_equal(loader.slot->image.block, block);
	assert_int_equal(llext_store_remove(&world->store, "b", 1), -EBUSY);
	llext_store_close(&loader);
	llext_store_close(&loader); /* nothing more */
	for (uint32_t version = 61; version <= 120; version++)
		assert_int_equal(world_update(world, "a", version), 0);
	assert_int_not_equal(llext_store_find(&world->store, "b")->block, block);
	assert_int_equal(world_use(world, "b"), 1);
	assert_int_equal(llext_store_remove(&world->store, "b", 1), 0);
}

/* A bad version goes with the next install, but not while a loader is open for it. */
static void pinned_and_bad(void **state)
{
	struct world *world = *state;
	struct llext_store_loader loader;
	struct llext_store_install install;
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES];

	assert_int_equal(world_update(world, "a", 1), 0);
	assert_int_equal(world_update(world, "a", 2), 0);
	assert_int_equal(llext_store_open(&world->store, "a", &loader), 0);
	assert_int_equal(llext_store_rollback(&world->store, "a"), 0);
	assert_int_equal(world_update(world, "b", 1), 0);
	assert_summary(world, "a1c a2b b1c ");
	world_digest("a", 2, digest);
	assert_int_equal(world_begin(&world->store, &install, "a", 2, world_length(world, "a", 2),
				     digest, 0),
			 -EEXIST);
	llext_store_close(&loader);
	assert_int_equal(world_update(world, "b", 2), 0);
	assert_summary(world, "a1c b1c b2c ");
}

/* An image whose bytes are lost is passed by, for the one before. */
static void rotten(void **state)
{
	struct world *world = *state;

	assert_int_equal(world_update(world, "a", 1), 0);
	assert_int_equal(world_update(world, "a", 2), 0);
	world->model.bytes[llext_store_find(&world->store, "a")->block * 1024 + 9] ^= 4;
	assert_int_equal(world_use(world, "a"), 1);
	/* And does not stop the rest. */
	for (uint32_t version = 1; version <= 60; version++)
		assert_int_equal(world_update(world, "b", version), 0);
	assert_int_equal(world_use(world, "b"), 60);
}

/* An image that has, where a log might begin, what a log begins with, would be found as one. */
static void like_a_log(void **state)
{
	struct world *world = *state;
	struct llext_store_install install;
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES] = {0};
	static uint8_t image[4096];

	/* The log itself, as a file: its first bytes at a block's start. */
	for (unsigned copy = 0; copy < 2; copy++) {
		memset(image, 0x55, sizeof(image));
		memcpy(image + 1024 + 96 * copy, world->model.bytes, 96);
		assert_int_equal(
			world_begin(&world->store, &install, "x", copy, sizeof(image), digest, 0),
			0);
		assert_int_equal(llext_store_write(&install, image, sizeof(image)), -EILSEQ);
	}
	/* Elsewhere it does no harm. */
	memset(image, 0x55, sizeof(image));
	memcpy(image + 1024 + 32, world->model.bytes, 192);
	assert_int_equal(world_begin(&world->store, &install, "x", 3, sizeof(image), digest, 0), 0);
	assert_int_equal(llext_store_write(&install, image, sizeof(image)), 0);
	assert_int_equal(llext_store_finish(&install), 0);
	reset(world);
}

static void formatted_again(void **state)
{
	struct world *world = *state;

	for (uint32_t version = 1; version < 20; version++)
		assert_int_equal(world_update(world, "a", version), 0);
	assert_int_equal(llext_store_format(&world->store, &world->config), 0);
	assert_summary(world, "");
	reset(world);
	assert_summary(world, "");
	assert_int_equal(world_update(world, "a", 1), 0);
}

static void unreadable(void **state)
{
	struct world *world = *state;
	struct world blank;

	world_make(&blank, 4, 256, 64, 0);
	assert_int_equal(world_boot(&blank), -ENOENT);
	for (unsigned n = 1; n < 100; n++) {
		model_restart(&blank.model);
		blank.model.fail_read = n;
		/* Where a place cannot be read, nobody knows; the next start does. */
		assert_int_equal(llext_store_init(&blank.store, &blank.config), -EIO);
		assert_int_equal(llext_store_init(&blank.store, &blank.config), -ENOENT);
	}
	model_restart(&blank.model);
	/* What cannot be read may be a store. */
	memset(blank.model.words + 5 * 256 / 4, WORD_UNREADABLE, 256 / 4);
	assert_int_equal(world_boot(&blank), -EIO);
	world_free(&blank);
	assert_int_equal(world_update(world, "a", 1), 0);
	for (unsigned n = 1; n < 200; n++) {
		model_restart(&world->model);
		world->model.fail_read = n;
		assert_int_equal(world_boot(world), 0);
		assert_summary(world, "a1c ");
	}
}

/* The calls of the smallest store: nothing is resumed, removed or tried. */
static void small(void **state)
{
	struct world *world = *state;
	struct llext_store_install install;
	struct llext_store_loader loader;
	uint8_t digest[LLEXT_STORE_DIGEST_BYTES] = {7}, byte = 0;

	world->config.levelling = NULL;
	world->small = true;
	assert_int_equal(llext_store_activate(&world->store, "a"), -ENOENT);
	assert_int_equal(world_update(world, "a", 1), 0);
	assert_int_equal(world->counter, 1);
	assert_int_equal(world_use(world, "a"), 1);
	assert_int_equal(llext_store_activate(&world->store, "a"), -ENOENT);
	/* Two of three bytes, and a reset: the same begins at its first byte. */
	assert_int_equal(world_begin_anew(&world->store, &install, "b", 1, 2000, digest, 0), 0);
	for (unsigned i = 0; i < 1999; i++)
		assert_int_equal(llext_store_write(&install, &byte, 1), 0);
	reset(world);
	assert_summary(world, "a1c b1r ");
	assert_int_equal(world_begin_anew(&world->store, &install, "b", 1, 2000, digest, 0), 0);
	assert_int_equal(install.offset, 0);
	assert_int_equal(world_begin_anew(&world->store, &install, "b", 1, 64 * 1024, digest, 0),
			 -ENOSPC);
	/* The hook decides here as it does of trials. */
	assert_int_equal(world_install(world, "a", 2, 0), 0);
	world->answer[LLEXT_STORE_ON_CONFIRM] = -EACCES;
	assert_int_equal(llext_store_activate(&world->store, "a"), -EACCES);
	world->answer[LLEXT_STORE_ON_CONFIRM] = 0;
	assert_int_equal(world_use(world, "a"), 1);
	assert_int_equal(llext_store_activate(&world->store, "a"), 0);
	assert_int_equal(world_use(world, "a"), 2);
	/* What is on trial is not opened so, and there are none without starts. */
	assert_int_equal(world_install(world, "a", 3, 0), 0);
	world->config.starts = 0;
	assert_int_equal(llext_store_commit(&world->store, "a"), -EINVAL);
	world->config.starts = 1;
	assert_int_equal(llext_store_commit(&world->store, "a"), 0);
	assert_int_equal(world_use(world, "a"), 2);
	assert_int_equal(llext_store_open(&world->store, "a", &loader), 0);
	assert_int_equal(loader.slot->image.version, 3);
	llext_store_close(&loader);
	/* Nothing is removed to make room: there are five slots. */
	assert_int_equal(world_install(world, "b", 1, 0), 0);
	assert_int_equal(world_install(world, "b", 2, 0), 0);
	assert_int_equal(world_install(world, "b", 3, 0), -ENOSPC);
	assert_summary(world, "a1c a2c a3t b1i b2i ");
}

/*
 * Records fill the log, so that it and what is in its way are moved: among that may be the very
 * version that a record is about, of which each start writes one.
 */
static void moved_while_it_changes(void **state)
{
	struct world *world = *state;
	unsigned tried = 0;

	for (unsigned blocks = 20; blocks < 40; blocks++) {
		assert_int_equal(end(state), 0);
		world_make(world, 8, 1024, blocks, 0xff);
		world->config.starts = 250;
		assert_int_equal(llext_store_format(&world->store, &world->config), 0);
		assert_int_equal(world_update(world, "b", 1), 0);
		assert_int_equal(world_install(world, "a", 1, 0), 0);
		assert_int_equal(llext_store_commit(&world->store, "a"), 0);
		for (unsigned start = 0; start < 240; start++, tried++) {
			reset(world);
			assert_int_equal(world_use(world, "a"), 1);
			assert_int_equal(world_use(world, "b"), 1);
		}
		assert_summary(world, "a1t b1c ");
	}
	assert_int_equal(tried, 20 * 240);
}

/* What is activated is used, be what was in use before it newer. */
static void activated_in_turn(void **state)
{
	struct world *world = *state;

	world->small = true;
	assert_int_equal(world_install(world, "a", 1, 0), 0);
	assert_int_equal(world_install(world, "a", 2, 0), 0);
	assert_int_equal(llext_store_activate(&world->store, "a"), 0);
	assert_int_equal(world_use(world, "a"), 2);
	assert_int_equal(llext_store_activate(&world->store, "a"), 0);
	assert_int_equal(world_use(world, "a"), 1);
	reset(world);
	assert_int_equal(world_use(world, "a"), 1);
}

/* Without levelling, installs go round the flash past what stays, for ever. */
static void unlevelled(void **state)
{
	struct world *world = *state;
	unsigned block;

	world->config.levelling = NULL;
	assert_int_equal(world_update(world, "b", 1), 0);
	block = llext_store_find(&world->store, "b")->block;
	for (uint32_t version = 1; version <= 150; version++) {
		assert_int_equal(world_update(world, "a", version), 0);
		if (version % 7 == 0)
			reset(world);
	}
	assert_int_equal(llext_store_find(&world->store, "b")->block, block);
	assert_int_equal(world_use(world, "b"), 1);
	assert_int_equal(world_use(world, "a"), 150);
}

/*
 * Hardly any room: an install works or there is no space for it, and then all that was there is
 * there, and the log still goes on.
 */
static void tight(bool levelled, unsigned blocks)
{
	struct world world;
	int confirmed = -ENOENT;
	unsigned installed = 0;

	world_make(&world, 8, 1024, blocks, 0xff);
	if (!levelled)
		world.config.levelling = NULL;
	assert_int_equal(llext_store_format(&world.store, &world.config), 0);
	for (uint32_t version = 1; version <= 60; version++) {
		int rc = world_update(&world, "a", version);

		assert_true(rc == 0 || rc == -ENOSPC);
		if (rc == 0) {
			confirmed = (int)version;
			installed++;
		}
		rc = world_update(&world, "b", version);
		assert_true(rc == 0 || rc == -ENOSPC);
		if (rc == 0) {
			assert_int_equal(world_use(&world, "b"), (int)version);
			assert_int_equal(
				llext_store_remove(&world.store, "b", LLEXT_STORE_ANY_VERSION), 0);
		}
		assert_int_equal(world_use(&world, "a"), confirmed);
		if (version % 4 == 0)
			reset(&world);
		assert_int_equal(world_use(&world, "a"), confirmed);
		/* Room again, now and then. */
		if (version % 9 == 0) {
			rc = llext_store_remove(&world.store, "a", LLEXT_STORE_ANY_VERSION);
			assert_true(rc == 0 || rc == -ENOENT);
			confirmed = -ENOENT;
		}
	}
	print_message("%u blocks%s: %u of 60 installs\n", blocks, levelled ? ", levelled" : "",
		      installed);
	assert_true(installed > 0 || blocks < 13);
	assert_int_equal(world.model.violations, 0);
	world_free(&world);
}

static void little_room(void **state)
{
	(void)state;
	for (unsigned blocks = 9; blocks <= 24; blocks++) {
		tight(false, blocks);
		tight(true, blocks);
	}
}

/* ---- auto-load ---- */

static char order[32];
static const char *needs[256]; /* by name: loaded before */

static int load(struct llext_store *store, const char *name, void *user_data)
{
	const char *need = needs[(uint8_t)name[0]];

	(void)user_data;
	if (need != NULL && need[0] == '!')
		return -ENOEXEC;
	for (; need != NULL && *need != '\0'; need++) {
		if (strchr(order, *need) == NULL)
			return -ENODATA;
	}
	assert_non_null(llext_store_find(store, name));
	strcat(order, name);
	return 0;
}

/* Power fails while all versions are removed: what is left is the newest that was confirmed. */
static void removed_in_order(void **state)
{
	static const char *const left[] = {"a1c a2c a3i ", "a1c a2c ", "a2c ", ""};
	struct world *world = *state;
	unsigned seen[4] = {0}, which;
	int rc;

	for (unsigned after = 1; seen[3] == 0; after++) {
		char text[256];

		/* The slots are not in the order of age. */
		assert_int_equal(llext_store_format(&world->store, &world->config), 0);
		assert_int_equal(world_update(world, "b", 1), 0);
		assert_int_equal(world_update(world, "a", 1), 0);
		assert_int_equal(llext_store_remove(&world->store, "b", 1), 0);
		assert_int_equal(world_update(world, "a", 2), 0);
		assert_int_equal(world_install(world, "a", 3, 0), 0);
		world->model.cut_at = world->model.operations + after;
		world->model.cut = CUT_NOT_DONE;
		rc = llext_store_remove(&world->store, "a", LLEXT_STORE_ANY_VERSION);
		reset(world);
		world_summary(world, text, sizeof(text), true);
		for (which = 0; which < 4 && strcmp(text, left[which]) != 0; which++)
			;
		if (which == 4)
			fail_msg("left after %u operations: %s", after, text);
		seen[which]++;
		assert_true(rc == 0 ? which == 3 : true);
	}
	assert_true(seen[0] > 0 && seen[1] > 0 && seen[2] > 0);
}

static void autoload(void **state)
{
	struct world *world = *state;
	uint8_t done[(SLOTS + 7) / 8];

	assert_int_equal(world_install(world, "a", 1, LLEXT_STORE_AUTOLOAD), 0);
	assert_int_equal(llext_store_commit(&world->store, "a"), 0);
	assert_int_equal(llext_store_confirm(&world->store, "a"), 0);
	assert_int_equal(world_install(world, "a", 2, LLEXT_STORE_AUTOLOAD), 0);
	assert_int_equal(llext_store_commit(&world->store, "a"), 0);
	assert_int_equal(world_install(world, "b", 1, LLEXT_STORE_AUTOLOAD), 0);
	assert_int_equal(llext_store_commit(&world->store, "b"), 0);
	assert_int_equal(world_install(world, "c", 1, LLEXT_STORE_AUTOLOAD), 0);
	memset(needs, 0, sizeof(needs));
	order[0] = '\0'; /* c is not committed */
	assert_int_equal(llext_store_autoload(&world->store, load, NULL, done), 0);
	assert_string_equal(order, "ab");
	assert_int_equal(llext_store_commit(&world->store, "c"), 0);
	needs['a'] = "bc";
	needs['b'] = "c";
	order[0] = '\0';
	assert_int_equal(llext_store_autoload(&world->store, load, NULL, done), 0);
	assert_string_equal(order, "cba");
	needs['b'] = "a"; /* a circle */
	order[0] = '\0';
	assert_int_equal(llext_store_autoload(&world->store, load, NULL, done), -ENODATA);
	assert_string_equal(order, "c");
	needs['b'] = "!";
	needs['a'] = "c";
	order[0] = '\0';
	assert_int_equal(llext_store_autoload(&world->store, load, NULL, done), -ENOEXEC);
	assert_string_equal(order, "ca");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(life, make, end),
		cmocka_unit_test_setup_teardown(trial, make, end),
		cmocka_unit_test_setup_teardown(health, make, end),
		cmocka_unit_test_setup_teardown(health_of_two, make, end),
		cmocka_unit_test_setup_teardown(a_hook_later, make, end),
		cmocka_unit_test_setup_teardown(refused, make, end),
		cmocka_unit_test_setup_teardown(arguments, make, end),
		cmocka_unit_test_setup_teardown(too_few_slots, make, end),
		cmocka_unit_test_setup_teardown(other_slots, make, end),
		cmocka_unit_test(no_room_for_more_slots),
		cmocka_unit_test_setup_teardown(other_range, make, end),
		cmocka_unit_test_setup_teardown(resumed, make, end),
		cmocka_unit_test_setup_teardown(poisoned, make, end),
		cmocka_unit_test_setup_teardown(spared, make, end),
		cmocka_unit_test_setup_teardown(pinned, make, end),
		cmocka_unit_test_setup_teardown(pinned_and_bad, make, end),
		cmocka_unit_test_setup_teardown(rotten, make, end),
		cmocka_unit_test_setup_teardown(like_a_log, make, end),
		cmocka_unit_test_setup_teardown(formatted_again, make, end),
		cmocka_unit_test_setup_teardown(unreadable, make, end),
		cmocka_unit_test_setup_teardown(small, make, end),
		cmocka_unit_test_setup_teardown(moved_while_it_changes, make, end),
		cmocka_unit_test_setup_teardown(activated_in_turn, make, end),
		cmocka_unit_test_setup_teardown(unlevelled, make, end),
		cmocka_unit_test(little_room),
		cmocka_unit_test_setup_teardown(removed_in_order, make, end),
		cmocka_unit_test_setup_teardown(autoload, make, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
