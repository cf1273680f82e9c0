/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chaos [TURNS [SEED]]: anything in any order. Installs, trials, confirmations, roll backs,
 * removals and moves of three extensions, with power that fails at any operation, several times in
 * a row, and reads, programs and erases that fail. After each start: what was confirmed last, or
 * something newer, is used and is whole, byte for byte; nothing is used that was removed or is bad.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../common/progress.h"
#include "world.h"

#define NAMES 3
#define TURNS 120

static struct world world;
static const char *const names[NAMES] = {"a", "b", "c"};
static uint32_t next_version[NAMES];
static uint32_t confirmed[NAMES]; /* the age of what is for certain; 0: none, or nobody knows */
static bool gone[NAMES][4 * TURNS + 1]; /* versions that were removed, or are bad */
static unsigned long cuts, failures, starts, refused;
static uint32_t seed, turn;

/* Blocks that cannot be programmed. */
static int (*good_program)(const struct llext_flash *flash, size_t offset, const void *data,
			   size_t bytes);
static size_t bad[3];
static unsigned bad_count;

static int program(const struct llext_flash *flash, size_t offset, const void *data, size_t bytes)
{
	for (unsigned i = 0; i < bad_count; i++) {
		if (offset < (bad[i] + 1) * flash->block && offset + bytes > bad[i] * flash->block)
			return -EIO;
	}
	return good_program(flash, offset, data, bytes);
}

#define EXPECT(what)                                                                               \
	do {                                                                                       \
		if (!(what))                                                                       \
			fail(#what, __LINE__);                                                     \
	} while (0)

static void fail(const char *what, int line)
{
	char text[512];

	world_summary(&world, text, sizeof(text), true);
	fprintf(stderr, "seed %u, turn %u, line %d: not %s; there is %s\n", seed, turn, line, what,
		text);
	exit(1);
}

static uint32_t pick(uint32_t count)
{
	return model_random(&world.model) / 7 % count;
}

/* It was said to be confirmed: it, or something newer, is there from now on. */
static void note_confirmed(uint32_t i)
{
	const struct llext_store_image *used = llext_store_find(&world.store, names[i]);

	EXPECT(used != NULL && used->state == LLEXT_STORE_CONFIRMED);
	confirmed[i] = used->age;
}

/* One of the things that firmware does. What it may have changed is not certain if it failed. */
static void do_something(void)
{
	uint32_t i = pick(NAMES), version = next_version[i];
	const struct llext_store_image *used = llext_store_find(&world.store, names[i]);
	uint32_t of_used = used != NULL ? used->version : 0;
	int rc = 0;

	switch (pick(8)) {
	case 0:
	case 1:
		next_version[i]++;
		rc = world_update(&world, names[i], version);
		if (rc == 0)
			note_confirmed(i);
		break;
	case 2:
		next_version[i]++;
		rc = world_install(&world, names[i], version, pick(2));
		break;
	case 3:
		rc = llext_store_commit(&world.store, names[i]);
		break;
	case 4:
		rc = world_use(&world, names[i]);
		rc = rc < 0 ? rc : llext_store_confirm(&world.store, names[i]);
		if (rc == 0)
			note_confirmed(i);
		break;
	case 5:
		confirmed[i] = 0; /* what it comes to is seen below */
		rc = llext_store_rollback(&world.store, names[i]);
		gone[i][of_used] |= rc == 0;
		break;
	case 6:
		if (pick(4) != 0 || used == NULL)
			break;
		confirmed[i] = 0;
		rc = llext_store_remove(&world.store, names[i], of_used);
		gone[i][of_used] |= rc == 0;
		break;
	default:
		rc = llext_store_collect(&world.store, pick(4000));
		break;
	}
	refused += rc != 0;
}

/* Power fails at some operation, or one fails alone, or all goes well. */
static void plan_accident(void)
{
	struct model *model = &world.model;

	switch (pick(4)) {
	case 0:
		model->cut_at = model->operations + 1 + pick(40);
		model->cut = pick(CUT_SILENT);
		model->prefix = pick(1000);
		cuts++;
		break;
	case 1:
		model->fail_operation = model->operations + 1 + pick(40);
		failures++;
		break;
	case 2:
		model->fail_read = model->reads + 1 + pick(200);
		failures++;
		break;
	default:
		break;
	}
}

/* What a loader is open for, which is what runs in place, stays as it is, whatever happens. */
static void live_with_a_loader(void)
{
	struct llext_store_loader loader;
	struct llext_loader *ldr = &loader.loader;
	uint32_t i = pick(NAMES), version = 0;
	uint8_t byte;
	int rc = pick(2) != 0 ? llext_store_open(&world.store, names[i], &loader) : -ENOENT;

	if (rc == 0)
		version = loader.slot->image.version;
	plan_accident();
	for (unsigned count = 1 + pick(4); count > 0; count--)
		do_something();
	if (rc != 0)
		return;
	model_restart(&world.model); /* power comes back, and nothing was started yet */
	EXPECT(ldr->seek(ldr, 0) == 0);
	EXPECT(ldr->length(ldr) == world_length(&world, names[i], version));
	for (uint32_t at = 0; at < world_length(&world, names[i], version); at++) {
		EXPECT(ldr->read(ldr, &byte, 1) == 0);
		EXPECT(byte == world_byte(&world, names[i], version, at));
	}
	llext_store_close(&loader);
}

/* Until a start is not interrupted. */
static void start(void)
{
	unsigned interrupted = pick(3);
	int rc;

	for (;;) {
		model_restart(&world.model);
		if (interrupted-- > 0) {
			world.model.cut_at = 1 + pick(6);
			world.model.cut = pick(CUT_SILENT);
			world.model.prefix = pick(100);
			(void)world_boot(&world);
			continue;
		}
		rc = world_boot(&world);
		EXPECT(rc == 0);
		break;
	}
	starts++;
}

static void look(void)
{
	for (int i = 0; i < NAMES; i++) {
		const struct llext_store_image *used = llext_store_find(&world.store, names[i]);
		int rc = world_use(&world, names[i]);

		EXPECT(rc == (used != NULL ? (int)used->version : -ENOENT));
		EXPECT(confirmed[i] == 0 || (used != NULL && used->age >= confirmed[i]));
		EXPECT(used == NULL || !gone[i][used->version]);
	}
	EXPECT(world.model.violations == 0);
}

static void live(unsigned unit, uint32_t block, unsigned blocks, uint8_t erased, bool levelled)
{
	world_make(&world, unit, block, blocks, erased);
	world.config.starts = 200;
	if (!levelled)
		world.config.levelling = NULL;
	world.model.random = seed * 2654435761u + 1;
	memset(confirmed, 0, sizeof(confirmed));
	memset(gone, 0, sizeof(gone));
	for (int i = 0; i < NAMES; i++)
		next_version[i] = 1;
	good_program = world.model.flash.program;
	world.model.flash.program = program;
	bad_count = blocks > 50 ? pick(4) : 0; /* where there is room to go elsewhere */
	for (unsigned i = 0; i < bad_count; i++)
		bad[i] = pick(blocks);
	EXPECT(llext_store_format(&world.store, &world.config) == 0);
	for (turn = 0; turn < TURNS; turn++) {
		live_with_a_loader();
		start();
		look();
	}
	world_free(&world);
}

int main(int argc, char **argv)
{
	uint32_t turns = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100;

	seed = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
	for (uint32_t i = 0; i < turns; i++, seed++) {
		progress(i, turns, "lives");
		live(8, 1024, 48, 0xff, true);
		live(4, 512, 64, 0, false);
		live(32, 256, 128, 0xff, true);
		live(1, 4096, 16, 0xff, false);
	}
	progress(turns, turns, "lives");
	printf("%lu starts, after %lu cuts and %lu failures; %lu times the store said no\n", starts,
	       cuts, failures, refused);
	return 0;
}
