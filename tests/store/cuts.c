/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cuts: at every operation of everything that changes the store, in every way the model has,
 * and again at every operation of what comes after. What must hold each time power returns:
 *
 * - the store is there; what it holds is what it held before the operation or after it; and if the
 *   operation had returned 0, after it
 * - another reset finds the same, and writes nothing
 * - the extension loads, byte for byte, in its old or its new version, and so does the other one
 * - the counter against rollback is never above what is confirmed, and never behind it
 * - the operation can be completed, and then all is as if power had never failed, block for block
 *   in number
 * - no word was programmed twice
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../src/store/store.h"
#include "../common/progress.h"
#include "world.h"

enum goal {
	GOAL_INSTALL,  /* a 2 is there */
	GOAL_COMMIT,   /* a 2 is on trial */
	GOAL_START,    /* a 2 has lost a start */
	GOAL_CONFIRM,  /* a 2 is confirmed */
	GOAL_UPDATE,   /* all of these at once */
	GOAL_ROLLBACK, /* a 2 is bad */
	GOAL_EXHAUST,  /* a 2 has no starts left and becomes bad */
	GOAL_REMOVE,   /* a 1 is gone */
	GOAL_COLLECT,  /* images and log are moved */
	GOAL_SMALL,    /* as GOAL_UPDATE, with what the smallest store has */
	GOALS
};

static const char *const goal_names[GOALS] = {"install",  "commit",  "start",  "confirm", "update",
					      "rollback", "exhaust", "remove", "collect", "small"};

struct geometry {
	unsigned unit;
	uint32_t block;
	unsigned blocks;
	uint8_t erased;
};

static const struct geometry geometries[] = {
	{1, 256, 96, 0xff},   {4, 4096, 14, 0xff}, {8, 2048, 20, 0xff},   {16, 8192, 10, 0x00},
	{32, 1024, 32, 0xff}, {32, 256, 96, 0x00}, {1, 4096, 14, 0x00},   {8, 512, 56, 0x00},
	{16, 512, 56, 0xff},  {4, 256, 96, 0x00},  {32, 131072, 9, 0xff}, {16, 65536, 9, 0x00},
};
#define GEOMETRIES (sizeof(geometries) / sizeof(geometries[0]))

static struct world world;
static struct model before; /* flash at the beginning */
static char allowed[12][256];
static unsigned allowed_count;
static unsigned final_blocks;
static unsigned long singles, doubles;

/* Where we are, for what is printed. */
static struct {
	unsigned geometry, goal, age, first, first_cut, first_prefix, second, second_cut;
} now;

static void wrong(const char *what, int found)
{
	const struct geometry *geometry = &geometries[now.geometry];
	char text[256];

	world_summary(&world, text, sizeof(text), true);
	printf("FAILED: %s (%d)\n  unit %u, %u blocks of %u, erased %u; %s, age %u; cut %u in way "
	       "%u at "
	       "%u, cut %u in way %u\n  there is: %s\n",
	       what, found, geometry->unit, geometry->blocks, geometry->block, geometry->erased,
	       goal_names[now.goal], now.age, now.first, now.first_cut, now.first_prefix,
	       now.second, now.second_cut, text);
	for (unsigned i = 0; i < allowed_count; i++)
		printf("  allowed: %s\n", allowed[i]);
	exit(1);
}

static void must(int rc, const char *what)
{
	if (rc != 0)
		wrong(what, rc);
}

/* What there is now is allowed from now on. */
static void note(void)
{
	char text[256];

	world_summary(&world, text, sizeof(text), false);
	for (unsigned i = 0; i < allowed_count; i++) {
		if (strcmp(allowed[i], text) == 0)
			return;
	}
	if (allowed_count == sizeof(allowed) / sizeof(allowed[0]))
		wrong("too many states", 0);
	strcpy(allowed[allowed_count++], text);
}

static unsigned live_blocks(void)
{
	unsigned blocks = world.store.own[OBJECT_LOG].blocks;

	for (int i = 0; i < SLOTS; i++) {
		if (world.slots[i].image.state != LLEXT_STORE_NONE)
			blocks += (world.slots[i].image.length + world.model.flash.block - 1) /
				  world.model.flash.block;
	}
	return blocks;
}

/* Everything up to where the goal begins. */
static void prepare(enum goal goal, unsigned age)
{
	world.counter = 0;
	world.small = goal == GOAL_SMALL;
	memset(world.slots, 0, sizeof(world.slots));
	must(llext_store_format(&world.store, &world.config), "format");
	must(world_update(&world, "a", 1), "prepare");
	must(world_update(&world, "b", 1), "prepare");
	for (unsigned i = 0; i < age; i++) {
		must(world_update(&world, "c", i), "prepare");
		must(llext_store_remove(&world.store, "c", LLEXT_STORE_ANY_VERSION), "prepare");
	}
	if (goal == GOAL_INSTALL || goal == GOAL_UPDATE || goal == GOAL_COLLECT ||
	    goal == GOAL_SMALL)
		return;
	must(world_install(&world, "a", 2, 0), "prepare");
	if (goal == GOAL_COMMIT)
		return;
	if (goal == GOAL_EXHAUST)
		world.config.starts = 1;
	must(llext_store_commit(&world.store, "a"), "prepare");
	world.config.starts = 8;
	if (goal == GOAL_EXHAUST && world_use(&world, "a") != 2)
		wrong("prepare", 0);
	if (goal == GOAL_ROLLBACK || goal == GOAL_REMOVE) {
		must(llext_store_confirm(&world.store, "a"), "prepare");
	}
}

/* From a reset to the goal, be it reached in part or in full. */
static int reach(enum goal goal)
{
	enum llext_store_state state;
	int rc = world_boot(&world);

	if (rc != 0)
		return rc;
	rc = world_use(&world, "b");
	if (rc != 1)
		return rc < 0 ? rc : -EBADMSG;
	state = world_state(&world, "a", 2);
	switch (goal) {
	case GOAL_INSTALL:
		return world_install(&world, "a", 2, 0);
	case GOAL_COMMIT:
		return state == LLEXT_STORE_INSTALLED ? llext_store_commit(&world.store, "a") : 0;
	case GOAL_START:
	case GOAL_EXHAUST:
		rc = world_use(&world, "a");
		if (goal == GOAL_EXHAUST && rc == 1 &&
		    world_state(&world, "a", 2) != LLEXT_STORE_BAD)
			return -EIO; /* used rightly, though it could not be written */
		return rc == (goal == GOAL_START ? 2 : 1) ? 0 : rc < 0 ? rc : -EIO;
	case GOAL_CONFIRM:
		return state == LLEXT_STORE_TRIAL ? llext_store_confirm(&world.store, "a") : 0;
	case GOAL_UPDATE:
	case GOAL_SMALL:
		return world_update(&world, "a", 2);
	case GOAL_ROLLBACK:
		return state == LLEXT_STORE_CONFIRMED ? llext_store_rollback(&world.store, "a") : 0;
	case GOAL_REMOVE:
		rc = llext_store_remove(&world.store, "a", 1);
		return rc == -ENOENT ? 0 : rc;
	case GOAL_COLLECT:
		/* Until all that there is has been moved. */
		for (unsigned i = 0; rc >= 0 && i < 3; i++) {
			world.store.head = (uint16_t)((world.store.own[OBJECT_LOG].block +
						       world.store.own[OBJECT_LOG].blocks) %
						      world.model.flash.blocks);
			rc = llext_store_collect(&world.store, world.model.flash.block * 2);
			if (rc == 0)
				rc = llext_store_renew(&world.store);
		}
		return rc;
	default:
		return -EINVAL;
	}
}

static int llext_store_in(const char *text)
{
	for (unsigned i = 0; i < allowed_count; i++) {
		if (strcmp(allowed[i], text) == 0)
			return 1;
	}
	return 0;
}

/* May the extension a be in this version? */
static bool version_may_be(enum goal goal, int version)
{
	switch (goal) {
	case GOAL_INSTALL:
	case GOAL_EXHAUST:
	case GOAL_COLLECT:
		return version == 1;
	case GOAL_START:
	case GOAL_CONFIRM:
	case GOAL_REMOVE:
		return version == 2;
	default:
		return version == 1 || version == 2;
	}
}

static bool comes_and_goes(unsigned way)
{
	return way == CUT_WEAK || way == CUT_WEAK_BLANK;
}

/* Power has returned: does everything hold that must? */
static void verify(enum goal goal, bool returned_0)
{
	char text[256], again[256];
	enum llext_store_state state;
	int rc;

	model_restart(&world.model);
	must(llext_store_init(&world.store, &world.config), "the store is not found");
	must(llext_store_resume(&world.store), "it cannot resume");
	world_summary(&world, text, sizeof(text), false);
	if (!llext_store_in(text))
		wrong("neither old nor new", 0);
	if (returned_0 && strcmp(text, allowed[allowed_count - 1]) != 0)
		wrong("it returned 0 and is not done", 0);
	state = world_state(&world, "a", 2);
	if (world.counter != (state == LLEXT_STORE_CONFIRMED || goal == GOAL_ROLLBACK ? 2 : 1))
		wrong("the counter", (int)world.counter);
	world_summary(&world, text, sizeof(text), true);
	model_restart(&world.model);
	must(llext_store_init(&world.store, &world.config), "the store is not found again");
	must(llext_store_resume(&world.store), "it cannot resume again");
	world_summary(&world, again, sizeof(again), true);
	if (strcmp(text, again) != 0)
		wrong("another state after another reset", 0);
	/* What comes and goes may be seen at one time and not at another. */
	if (world.model.operations != 0 && !comes_and_goes(now.first_cut) &&
	    (now.second == 0 || !comes_and_goes(now.second_cut)))
		wrong("another reset writes", (int)world.model.operations);
	rc = world_use(&world, "b");
	if (rc != 1)
		wrong("the other extension", rc);
	rc = world_use(&world, "a");
	if (!version_may_be(goal, rc))
		wrong("the extension", rc);
	must(reach(goal), "it cannot be completed");
	must(reach(goal), "it cannot be completed again");
	world_summary(&world, text, sizeof(text), true);
	if (strcmp(text, allowed[allowed_count - 1]) != 0)
		wrong("it is not as if power had never failed", 0);
	if (live_blocks() != final_blocks)
		wrong("blocks", (int)live_blocks());
	/* Where a cut leaves no trace, the next record goes, and its copies go elsewhere. */
	if (world.model.gambles > 1 && now.second == 0)
		wrong("words were programmed that may have been begun", (int)world.model.gambles);
	if (world.model.violations != 0)
		wrong("words were programmed twice", (int)world.model.violations);
}

/* The goal without a cut: which states there may be, and how many operations it takes. */
static unsigned measure(enum goal goal)
{
	unsigned operations;

	model_copy(&world.model, &before);
	allowed_count = 0;
	must(world_boot(&world), "boot");
	note();
	if (goal == GOAL_UPDATE || goal == GOAL_SMALL) {
		must(world_install(&world, "a", 2, 0), "install");
		note();
		if (goal == GOAL_UPDATE) {
			must(llext_store_commit(&world.store, "a"), "commit");
			note();
		}
		model_copy(&world.model, &before);
	}
	must(reach(goal), "it does not work without a cut, either");
	note();
	operations = world.model.operations;
	final_blocks = live_blocks();
	/* A little is left to do in the second pass, such as clean away what is behind the head. */
	must(reach(goal), "it cannot be done twice");
	return operations;
}

static void cut(unsigned operation, unsigned way, unsigned prefix)
{
	model_restart(&world.model);
	world.model.cut_at = operation;
	world.model.cut = (enum cut)way;
	world.model.prefix = prefix;
}

struct effort {
	unsigned ages, age_step;
	unsigned single_step, prefixes;
	unsigned double_step, second_step;
};

static void cut_again(enum goal goal, const struct effort *effort, const struct model *first,
		      uint32_t counter)
{
	unsigned operations, start;

	/* How many operations are there to be cut at? */
	model_copy(&world.model, first);
	world.counter = counter;
	(void)reach(goal);
	operations = world.model.operations;
	start = 1 + model_random(&world.model) % effort->second_step;
	for (now.second = start; now.second <= operations + 1; now.second += effort->second_step) {
		int rc;

		model_copy(&world.model, first);
		world.counter = counter;
		now.second_cut = model_random(&world.model) % CUTS;
		cut(now.second, now.second_cut, model_random(&world.model) % 97);
		rc = reach(goal);
		verify(goal, rc == 0);
		doubles++;
	}
	now.second = 0;
}

static void cut_everywhere(const struct effort *effort)
{
	static struct model first;
	const struct geometry *geometry = &geometries[now.geometry];
	enum goal goal = (enum goal)now.goal;
	unsigned operations, tried = 0;

	prepare(goal, now.age);
	model_copy(&before, &world.model);
	uint32_t counter = world.counter;

	operations = measure(goal);
	model_make(&first, geometry->unit, geometry->block, geometry->blocks, geometry->erased);
	for (now.first = 1; now.first <= operations; now.first += effort->single_step) {
		for (now.first_cut = 0; now.first_cut < CUTS; now.first_cut++) {
			unsigned prefixes =
				now.first_cut < CUT_PREFIX || now.first_cut == CUT_SILENT
					? 1
					: effort->prefixes;

			for (unsigned i = 0; i < prefixes; i++) {
				int rc;

				now.first_prefix = prefixes >= 96 / geometry->unit
							   ? i
							   : model_random(&world.model) % 97;
				if (prefixes >= 96 / geometry->unit && i >= 96 / geometry->unit)
					break;
				model_copy(&world.model, &before);
				world.counter = counter;
				cut(now.first, now.first_cut, now.first_prefix);
				rc = reach(goal);
				if (effort->double_step != 0 &&
				    tried++ % effort->double_step == 0) {
					uint32_t counter_then = world.counter;

					model_copy(&first, &world.model);
					first.random = model_random(&world.model) | 1;
					cut_again(goal, effort, &first, counter_then);
					model_copy(&world.model, &first);
					world.counter = counter_then;
				}
				verify(goal, rc == 0);
				singles++;
			}
		}
	}
	model_free(&first);
}

static void cut_geometry(const struct effort *effort, const struct geometry *geometry,
			 bool levelled)
{
	world_make(&world, geometry->unit, geometry->block, geometry->blocks, geometry->erased);
	model_make(&before, geometry->unit, geometry->block, geometry->blocks, geometry->erased);
	if (!levelled)
		world.config.levelling = NULL;
	for (now.goal = 0; now.goal < GOALS; now.goal++)
		cut_everywhere(effort);
	model_free(&before);
	world_free(&world);
}

int main(int argc, char **argv)
{
	static const struct effort quick = {4, 7, 7, 2, 41, 7};
	static const struct effort soak = {6, 5, 1, 4, 2, 3};
	const struct effort *effort = argc > 1 && strcmp(argv[1], "soak") == 0 ? &soak : &quick;

	/* `soak FIRST END`: some of the geometries, for several processes side by side. */
	unsigned first = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
	unsigned end = argc > 3 ? (unsigned)atoi(argv[3]) : GEOMETRIES;

	for (now.geometry = first; now.geometry < end && now.geometry < GEOMETRIES;
	     now.geometry++) {
		const struct geometry *geometry = &geometries[now.geometry];

		/* Large blocks take long to copy, and have their operations in fewer of them. */
		for (now.age = 0;
		     now.age < (geometry->block > 16384 ? 2 : effort->ages) * effort->age_step;
		     now.age += effort->age_step) {
			progress(singles + doubles, 0, "cuts");
			cut_geometry(effort, geometry, true);
			/* Every other one without levelling, too: then nothing moves by itself. */
			if (now.age / effort->age_step % 2 != 0)
				cut_geometry(effort, geometry, false);
		}
	}
	progress(1, 1, "");
	printf("%lu single cuts, %lu double cuts\n", singles, doubles);
	return 0;
}
