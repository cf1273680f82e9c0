/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extensions in slots: what fits and what does not, state, trials, time limits, swaps in place.
 * After each failure the old one answers as before, and the heap is as before.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/plan.h>
#if LLEXT_ON(CONFIG_USERSPACE)
#include <llext/gate.h>
#include "domains.h"
#endif
#include "suite.h"

FIXTURE(one);
FIXTURE(two);
FIXTURE(three);
FIXTURE(newer);
FIXTURE(other_major);
FIXTURE(other_prototype);
FIXTURE(other_name);
FIXTURE(missing);
FIXTURE(none);
FIXTURE(bad_table);
FIXTURE(bad_pointer);
FIXTURE(bad_pointer_high);
FIXTURE(bad_signatures);
FIXTURE(bad_count);
FIXTURE(bad_format);
FIXTURE(bad_state);
FIXTURE(unsigned);
FIXTURE(save_fails);
FIXTURE(save_too_much);
FIXTURE(no_restore);
FIXTURE(cannot);
FIXTURE(restore_fails);
FIXTURE(restore_odd);

static int failures, checks, alive;

void suite_check(bool ok, const char *file, int line, const char *what)
{
	checks++;
	if (ok)
		return;
	failures++;
	printf("%s:%d: FAILED: %s\n", file, line, what);
}

int swap_test_alive(int change)
{
	alive += change;
	return alive;
}
#if LLEXT_ON(CONFIG_USERSPACE)
EXPORT_GATE(swap_test_alive, VALUE(int, change));
#else
EXPORT_SYMBOL(swap_test_alive);
#endif

int suite_alive(void)
{
	return alive;
}

/* ---- slots ---- */

static int no_version(void)
{
	return 0;
}

static int no_add(int a, int b)
{
	(void)a;
	return b;
}

static unsigned int no_count(void)
{
	return 1000;
}

static int no_twice(int a)
{
	return a + a + 1;
}

LLEXT_SLOT_DEFINE(effects, effect, .version = no_version, .add = no_add, .count = no_count,
		  .twice = no_twice);
/* What has no default must be there. */
LLEXT_SLOT(strict, effect, .version = no_version, .twice = no_twice);
LLEXT_FIXED_SLOT(fixed, effect, .version = no_version, .twice = no_twice);

size_t suite_heap_used(void)
{
	struct llext_heap_stats stats;

	return llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0 ? stats.used : 0;
}

static int swap_out(void)
{
	return llext_swap_out(LLEXT_SLOT_OF(effects), LLEXT_SWAP_FOREVER);
}

static int version(void)
{
	return LLEXT_CALL(effects, version);
}

static unsigned int count(void)
{
	return LLEXT_CALL(effects, count);
}

static uint64_t blob[8];
static struct llext_swap_result result;
static const struct llext_swap_param with_state = {
	.state = blob, .state_bytes = sizeof(blob), .result = &result};

/* ---- tests ---- */

static void test_in_and_out(void)
{
	size_t used = suite_heap_used();

	CHECK(version() == 0 && LLEXT_CALL(effects, add, 2, 3) == 3);
	CHECK(llext_slot_extension(LLEXT_SLOT_OF(effects)) == NULL);
	CHECK(strcmp(llext_slot_name(LLEXT_SLOT_OF(effects)), "effects") == 0);
	CHECK(SWAP(effects, one, "one", &with_state) == 0 && alive == 1);
	CHECK(version() == 1 && LLEXT_CALL(effects, add, 2, 3) == 5);
	CHECK(LLEXT_CALL(effects, twice, 4) == 8);
	CHECK(llext_slot_extension(LLEXT_SLOT_OF(effects)) == llext_by_name("one"));
	CHECK(count() == 1 && count() == 2);
	CHECK(SWAP(effects, two, "two", &with_state) == 0 && alive == 1);
	CHECK(result.stage == LLEXT_SWAP_STAGE_DONE && result.left == 0);
	CHECK(result.state_bytes == sizeof(struct effect_state));
	CHECK(version() == 2 && count() == 3 && llext_by_name("one") == NULL);
	CHECK(llext_slot_callers(LLEXT_SLOT_OF(effects)) == 0);
	CHECK(swap_out() == 0 && alive == 0 && version() == 0 && count() == 1000);
	CHECK(swap_out() == -ENOENT);
	CHECK(suite_heap_used() == used);
}

static void test_versions(void)
{
	CHECK(SWAP(effects, three, "three", &with_state) == 0 && version() == 3);
	CHECK(LLEXT_CALL(effects, twice, 4) == 9); /* 1.1 has none */
	CHECK(SWAP(effects, newer, "newer", &with_state) == 0 && version() == 4);
	CHECK(LLEXT_CALL(effects, twice, 4) == 8);
	CHECK(SWAP(effects, missing, "missing", NULL) == -E2BIG); /* the state has no memory */
	CHECK(SWAP(effects, missing, "missing", &with_state) == -ENOTSUP);
	CHECK(result.stage == LLEXT_SWAP_STAGE_RESTORE && version() == 4);
	CHECK(SWAP(effects, unsigned, "unsigned",
		   &(struct llext_swap_param){.flags = LLEXT_SWAP_NO_STATE}) == 0);
	CHECK(version() == 1 && LLEXT_CALL(effects, add, 2, 3) == 5);
	CHECK(SWAP(effects, missing, "missing", NULL) == 0); /* there is no state any more */
	CHECK(LLEXT_CALL(effects, add, 2, 3) == 3);
	CHECK(swap_out() == 0 && alive == 0);
}

/* Each of these fails at this stage, with this error, and changes nothing. */
#define REFUSED(fixture, error, at)                                                                \
	{                                                                                          \
#fixture, fixture_##fixture, fixture_##fixture##_end, error, LLEXT_SWAP_STAGE_##at \
	}

static void test_refused(void)
{
	const struct {
		const char *name;
		const uint8_t *bytes, *end;
		int error;
		enum llext_swap_stage stage;
	} refused[] = {
		REFUSED(other_major, -EPROTO, INTERFACE),
		REFUSED(other_prototype, -EPROTO, INTERFACE),
		REFUSED(other_name, -EPROTO, INTERFACE),
		REFUSED(none, -ENOENT, INTERFACE),
		REFUSED(bad_table, -EPROTO, INTERFACE),
		REFUSED(bad_pointer, -EPROTO, INTERFACE),
		REFUSED(bad_pointer_high, -EPROTO, INTERFACE),
		REFUSED(bad_signatures, -EPROTO, INTERFACE),
		REFUSED(bad_count, -EPROTO, INTERFACE),
		REFUSED(bad_format, -EPROTO, INTERFACE),
		REFUSED(bad_state, -EPROTO, INTERFACE),
		REFUSED(cannot, -ENOTSUP, RESTORE),
		REFUSED(restore_fails, -9, RESTORE),
		REFUSED(restore_odd, -EIO, RESTORE),
	};
	unsigned int counted = 0;
	size_t used;

	CHECK(SWAP(effects, one, "one", &with_state) == 0);
	used = suite_heap_used();
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		int rc = suite_swap(LLEXT_SLOT_OF(effects), refused[i].bytes, refused[i].end,
				    refused[i].name, &with_state);

		if (rc != refused[i].error || result.stage != refused[i].stage)
			printf("%s: %d, stage %d\n", refused[i].name, rc, result.stage);
		CHECK(rc == refused[i].error && result.stage == refused[i].stage);
		CHECK(alive == 1 && version() == 1 && count() == ++counted);
		CHECK(suite_heap_used() == used && llext_by_name(refused[i].name) == NULL);
	}
	CHECK(SWAP(effects, two, "one", &with_state) == -EEXIST && version() == 1);
	CHECK(llext_by_name("one")->use_count == 1);
	CHECK(SWAP(effects, two, "", &with_state) == -EINVAL);
	CHECK(suite_swap(LLEXT_SLOT_OF(effects), fixture_one, fixture_one, "empty", &with_state) ==
	      -ENOEXEC);
	CHECK(suite_heap_used() == used && count() == ++counted);
	CHECK(SWAP(effects, cannot, "cannot",
		   &(struct llext_swap_param){.state = blob,
					      .state_bytes = sizeof(blob),
					      .flags = LLEXT_SWAP_STATE_OPTIONAL}) == 0);
	CHECK(count() == 1 && swap_out() == 0);
}

static void test_state_that_cannot_be_saved(void)
{
	CHECK(SWAP(effects, save_fails, "old", &with_state) == 0);
	CHECK(SWAP(effects, one, "one", &with_state) == -5 && count() == 1);
	CHECK(result.stage == LLEXT_SWAP_STAGE_SAVE);
	CHECK(swap_out() == 0 && SWAP(effects, save_too_much, "old", &with_state) == 0);
	CHECK(SWAP(effects, one, "one", &with_state) == -E2BIG && count() == 1 && alive == 1);
	CHECK(swap_out() == 0 && SWAP(effects, one, "old", &with_state) == 0);
	CHECK(SWAP(effects, two, "two",
		   &(struct llext_swap_param){.state = blob, .state_bytes = 4}) == -E2BIG);
	CHECK(version() == 1 && swap_out() == 0 && alive == 0);
}

static void test_needs_all(void)
{
	CHECK(SWAP(strict, missing, "missing", NULL) == -EPROTO && alive == 0);
	CHECK(SWAP(strict, one, "one", NULL) == 0 && LLEXT_CALL(strict, add, 1, 2) == 3);
	CHECK(llext_swap_out(LLEXT_SLOT_OF(strict), 0) == -ENOTSUP);
	CHECK(SWAP(strict, missing, "missing",
		   &(struct llext_swap_param){.flags = LLEXT_SWAP_NO_STATE}) == -EPROTO);
	CHECK(SWAP(strict, three, "three",
		   &(struct llext_swap_param){.flags = LLEXT_SWAP_NO_STATE}) == 0);
	CHECK(LLEXT_CALL(strict, twice, 4) == 9 && alive == 1);
}

static void test_fixed(void)
{
	CHECK(SWAP(fixed, one, "always", NULL) == 0 && LLEXT_CALL(fixed, version) == 1);
	CHECK(SWAP(fixed, two, "two", NULL) == -ENOTSUP && LLEXT_CALL(fixed, version) == 1);
	CHECK(llext_slot_callers(LLEXT_SLOT_OF(fixed)) == 0);
}

/* ---- somebody is inside ---- */

static uint32_t clock_now, clock_step;
static struct llext_caller inside;
static uint32_t leaves_at;

static uint32_t now(void)
{
	return clock_now;
}

static void pause(void)
{
	clock_now += clock_step;
	if (leaves_at != 0 && clock_now >= leaves_at) {
		LLEXT_LEAVE(&inside);
		leaves_at = 0;
	}
}

static int holds;

static uintptr_t hold(void)
{
	holds++;
	return 7;
}

static void go_on(uintptr_t held)
{
	CHECK(held == 7);
	holds--;
}

static const struct llext_swap_port running = {.now = now, .pause = pause};
static const struct llext_swap_port held = {
	.now = now, .pause = pause, .hold = hold, .go_on = go_on};

static void test_callers(const struct llext_swap_port *port)
{
	struct llext_swap_param param = with_state;
	const struct effect *functions;
	size_t used;

	llext_swap_use(port);
	clock_now = UINT32_MAX - 20; /* it wraps */
	clock_step = 3;
	param.timeout = 100;
	CHECK(SWAP(effects, one, "one", &param) == 0);
	used = suite_heap_used();
	functions = LLEXT_ENTER(effects, &inside);
	CHECK(llext_slot_callers(LLEXT_SLOT_OF(effects)) == 1);
	CHECK(SWAP(effects, two, "two", &param) == -ETIMEDOUT);
	CHECK(result.stage == LLEXT_SWAP_STAGE_QUIET && result.looks == 34);
	CHECK(functions->version() == 1 && version() == 1 && count() == 1);
	CHECK(llext_swap_collect(LLEXT_SLOT_OF(effects)) ==
	      (port->hold != NULL || alive == 1 ? 0 : -ETIMEDOUT));
	LLEXT_LEAVE(&inside);
	CHECK(llext_swap_collect(LLEXT_SLOT_OF(effects)) == 0);
	CHECK(alive == 1 && suite_heap_used() == used && holds == 0);

	/* In time. */
	functions = LLEXT_ENTER(effects, &inside);
	clock_now = 10;
	leaves_at = 40;
	CHECK(SWAP(effects, two, "two", &param) == 0 && leaves_at == 0 && result.looks == 10);
	CHECK(version() == 2 && count() == 2 && alive == 1);
	CHECK(llext_swap_out(LLEXT_SLOT_OF(effects), 0) == 0 && holds == 0);

	/* A time limit of nothing is one look. */
	CHECK(SWAP(effects, one, "one", &param) == 0);
	functions = LLEXT_ENTER(effects, &inside);
	CHECK(llext_swap_out(LLEXT_SLOT_OF(effects), 0) == -ETIMEDOUT && version() == 1);
	LLEXT_LEAVE(&inside);
	CHECK(llext_swap_out(LLEXT_SLOT_OF(effects), 0) == 0 && version() == 0 && alive == 0);
	llext_swap_use(NULL);
}

/* ---- trials ---- */

static int health_is, decided;

static int health(struct llext_slot *slot, void *user_data)
{
	CHECK(slot == LLEXT_SLOT_OF(effects) && user_data == &health_is);
	return health_is;
}

static void on_decided(struct llext_slot *slot, bool good, void *user_data)
{
	CHECK(slot == LLEXT_SLOT_OF(effects) && user_data == &health_is);
	decided = good ? 1 : -1;
}

static const struct llext_swap_param trial = {
	.flags = LLEXT_SWAP_TRIAL,
	.state = blob,
	.state_bytes = sizeof(blob),
	.health = health,
	.decided = on_decided,
	.user_data = &health_is,
};

static void test_trials(void)
{
	struct llext_slot *slot = LLEXT_SLOT_OF(effects);
	size_t used;

	llext_swap_use(&held);
	CHECK(llext_swap_confirm(slot) == -ENOENT && llext_swap_back(slot) == -ENOENT);
	CHECK(llext_swap_check(slot) == -ENOENT);
	CHECK(SWAP(effects, one, "one", &with_state) == 0 && count() == 1);
	used = suite_heap_used();

	/* Back, with the state. */
	CHECK(SWAP(effects, two, "two", &trial) == 0 && version() == 2 && count() == 2);
	CHECK(alive == 2 && SWAP(effects, three, "three", &trial) == -EBUSY);
	CHECK(llext_swap_out(slot, 0) == -EBUSY);
	health_is = -EAGAIN;
	CHECK(llext_swap_check(slot) == -EAGAIN && version() == 2 && decided == 0);
	health_is = -EIO;
	CHECK(llext_swap_check(slot) == -ECANCELED && version() == 1 && decided == -1);
	CHECK(count() == 3 && alive == 1 && suite_heap_used() == used);

	/* Confirmed. */
	CHECK(SWAP(effects, two, "two", &trial) == 0);
	health_is = 0;
	CHECK(llext_swap_check(slot) == 0 && version() == 2 && decided == 1 && alive == 1);
	CHECK(count() == 4 && llext_swap_check(slot) == -ENOENT);

	/* Back, while somebody is inside for good: the state is the old one's. */
	CHECK(SWAP(effects, one, "one", &trial) == 0);
	(void)LLEXT_ENTER(effects, &inside);
	CHECK(count() == 5 && llext_swap_back(slot) == -ETIMEDOUT && version() == 2);
	CHECK(alive == 2 && count() == 5 && decided == -1);
	CHECK(SWAP(effects, three, "three", &trial) == -EBUSY);
	CHECK(llext_swap_collect(slot) == -ETIMEDOUT);
	LLEXT_LEAVE(&inside);
	CHECK(llext_swap_collect(slot) == 0 && alive == 1 && llext_by_name("one") == NULL);
	CHECK(swap_out() == 0 && alive == 0);
	llext_swap_use(NULL);
}

/* ---- in place ---- */

static void test_in_place(void)
{
	struct llext_buf_loader again =
		LLEXT_TEMPORARY_BUF_LOADER(fixture_one, (size_t)(fixture_one_end - fixture_one));
	struct llext_buf_loader nothing = LLEXT_TEMPORARY_BUF_LOADER(fixture_one, 16);
	struct llext_swap_param param = with_state;
	size_t used = suite_heap_used();

	llext_swap_use(&running);
	param.flags = LLEXT_SWAP_IN_PLACE;
	CHECK(SWAP(effects, one, "one", &param) == 0 && count() == 1);
	CHECK(SWAP(effects, two, "two", &param) == -EINVAL && count() == 2); /* no way back */
	param.again = &again.loader;
	/* It may have the name of the old one. */
	CHECK(SWAP(effects, two, "one", &param) == 0 && version() == 2 && count() == 3);
	CHECK(swap_out() == 0 && SWAP(effects, one, "one", &param) == 0 && count() == 1);
	CHECK(SWAP(effects, other_major, "two", &param) == -EPROTO && result.again == 0);
	CHECK(version() == 1 && count() == 2 && alive == 1);
	CHECK(SWAP(effects, restore_fails, "two", &param) == -9 && result.again == 0);
	CHECK(version() == 1 && count() == 3 && alive == 1);
	(void)LLEXT_ENTER(effects, &inside);
	CHECK(SWAP(effects, two, "two", &param) == -ETIMEDOUT && version() == 1 && count() == 4);
	LLEXT_LEAVE(&inside);
	/* Nor can the old one be loaded again. */
	param.again = &nothing.loader;
	CHECK(SWAP(effects, other_major, "two", &param) == -EPROTO && result.again == -ENOEXEC);
	CHECK(version() == 0 && alive == 0);
	CHECK(suite_heap_used() == used);
	llext_swap_use(NULL);
}

static void test_fits(void)
{
	struct llext_buf_loader loader =
		LLEXT_TEMPORARY_BUF_LOADER(fixture_one, (size_t)(fixture_one_end - fixture_one));
	struct llext_plan plan;
	struct llext_heap_stats stats;
	struct llext *ext;
	char names[40][8];
	size_t used = suite_heap_used(), loaded = 0;

	/* As long as it says so, a load succeeds. */
	for (; loaded < 40; loaded++) {
		int fits = llext_swap_fits(&loader.loader, NULL, &plan);

		(void)snprintf(names[loaded], sizeof(names[loaded]), "n%u", (unsigned)loaded);
		if (fits == -ENOMEM || fits == -ENOSPC)
			break;
		CHECK(fits == 0 && plan.instr_bytes != 0);
		CHECK(llext_load(&loader.loader, names[loaded], &ext, NULL) == 0);
		CHECK(llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0);
	}
	CHECK(loaded > 2);
	while (loaded-- > 0) {
		ext = llext_by_name(names[loaded]);
		CHECK(llext_unload(&ext) == 0);
	}
	CHECK(suite_heap_used() == used);
}

int suite_run(void)
{
	test_in_and_out();
	test_versions();
	test_refused();
	test_state_that_cannot_be_saved();
	test_callers(&running);
	test_callers(&held);
	test_trials();
	test_in_place();
	test_fits();
	unload_test();
	test_needs_all();
	test_fixed();
#if LLEXT_ON(CONFIG_USERSPACE)
	domains_test();
#endif
	printf("%d checks, %d failed\n", checks, failures);
	return failures;
}
