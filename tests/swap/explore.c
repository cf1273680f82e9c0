/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All interleavings of three threads, up to a number of choices: the threads are coroutines, the
 * library's own code is compiled with points at which another one may go on (explore.h), and a
 * depth-first search goes through all answers to "who goes on?". There are two searches: of all
 * answers at the first so many points, after which the threads take turns; and of all runs, however
 * long, in which a thread is interrupted at most so many times.
 *
 * At every moment: who is inside an extension has not seen it torn down. At the end: nobody is
 * inside, one extension or none is left, and the heap is as before.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <llext/unload.h>
#include <llext_posix.h>
#include "suite.h"

#define THREADS     3
#define STACK_BYTES ((size_t)64 * 1024)
#define HEAP_BYTES  ((size_t)128 * 1024)
#define MOST_DEPTH  1000
#define MOST_POINTS 5000

extern const uint8_t fixture_x1[], fixture_x1_end[], fixture_x2[], fixture_x2_end[];

static int no_version(void)
{
	return 0;
}

static int no_add(int a, int b)
{
	return a * b;
}

static unsigned int no_count(void)
{
	return 0;
}

static int no_twice(int a)
{
	return a;
}

LLEXT_SLOT_DEFINE(effects, effect, .version = no_version, .add = no_add, .count = no_count,
		  .twice = no_twice);

/* ---- threads, and who goes on ---- */

struct thread {
	ucontext_t context;
	void (*body)(void);
	bool ended;
};

static struct thread threads[THREADS];
static ucontext_t explorer;
static int running = -1;
static bool held; /* the running thread has everything for itself */
static uint8_t choices[MOST_DEPTH], alternatives[MOST_DEPTH];
static unsigned int depth, interruptions = MOST_DEPTH; /* at most */
static unsigned int made, points, interrupted;
static const char *wrong;

static unsigned int others_alive(int *list)
{
	unsigned int count = 0;

	/* Who runs comes first: choice 0 is to go on. */
	for (int i = 0; i < THREADS; i++) {
		int which = (running + i) % THREADS;

		if (!threads[which].ended)
			list[count++] = which;
	}
	return count;
}

/* @return who goes on */
static int choose(bool waits)
{
	int list[THREADS];
	unsigned int count = others_alive(list), choice;

	if (count <= 1)
		return count == 0 ? -1 : list[0];
	if (made >= depth) /* in turns, so that all come to an end */
		return list[1];
	if (interrupted >= interruptions)
		return list[waits];
	choice = choices[made];
	alternatives[made++] = (uint8_t)count;
	interrupted += choice != 0 && !threads[running].ended;
	return list[waits && choice == 0 && interruptions < MOST_DEPTH ? 1 : choice];
}

static void switch_to(int next)
{
	int before = running;

	if (next == before)
		return;
	running = next;
	if (next < 0)
		setcontext(&explorer);
	if (before >= 0 && !threads[before].ended)
		swapcontext(&threads[before].context, &threads[next].context);
	else
		setcontext(&threads[next].context);
}

static void point(bool waits)
{
	if (running < 0 || held || wrong != NULL)
		return;
	if (++points > MOST_POINTS) {
		wrong = "it does not end";
		return;
	}
	switch_to(choose(waits));
}

void explore_point(void)
{
	point(false);
}

static void run_thread(int which)
{
	threads[which].body();
	threads[which].ended = true;
	switch_to(choose(false));
}

/* ---- what threads do ---- */

#define VERSIONS 3
static int inside[VERSIONS], up[VERSIONS];

/* From constructors and destructors. */
int explore_alive(int version, int change);
int explore_alive(int version, int change)
{
	up[version] += change;
	if (up[version] < 0 || up[version] > 1)
		wrong = "brought up or torn down twice";
	if (change < 0 && inside[version] != 0)
		wrong = "torn down while somebody is inside";
	return 0;
}
EXPORT_SYMBOL(explore_alive);

static void call_once(unsigned int stays)
{
	struct llext_caller caller;
	const struct effect *functions = LLEXT_ENTER(effects, &caller);
	int version = functions->version();

	if (version < 0 || version >= VERSIONS || (version != 0 && up[version] != 1)) {
		wrong = "a call to what is not there";
		version = 0;
	}
	inside[version]++;
	for (unsigned int i = 0; i < stays; i++)
		explore_point();
	if (wrong == NULL &&
	    (functions->version() != version || functions->add(2, 3) != (version != 0 ? 5 : 6)))
		wrong = "not one extension for the whole time";
	inside[version]--;
	LLEXT_LEAVE(&caller);
}

static void call_twice(void)
{
	call_once(1);
	call_once(0);
}

static void call_long(void)
{
	call_once(4);
}

/* It faults inside, and a handler leaves for it. */
static void call_and_fault(void)
{
	struct llext_caller caller;

	(void)LLEXT_ENTER(effects, &caller);
	explore_point();
	LLEXT_LEAVE(&caller);
}

static struct llext_swap_param param;
static int result_of_swap;

static int swap_to_two(void)
{
	return suite_swap(LLEXT_SLOT_OF(effects), fixture_x2, fixture_x2_end, "two", &param);
}

static void swap(void)
{
	result_of_swap = swap_to_two();
	if (result_of_swap != 0 && result_of_swap != -ETIMEDOUT && result_of_swap != -EBUSY &&
	    result_of_swap != -EEXIST)
		wrong = "a swap failed in another way";
}

/* Who was interrupted on its way in is counted where the second one looks. */
static void swap_twice(void)
{
	swap();
	if (result_of_swap == 0 &&
	    suite_swap(LLEXT_SLOT_OF(effects), fixture_x1, fixture_x1_end, "one", &param) != 0)
		wrong = "the second swap failed";
}

static void swap_and_back(void)
{
	param.flags = LLEXT_SWAP_TRIAL;
	swap();
	if (result_of_swap == 0 && llext_swap_back(LLEXT_SLOT_OF(effects)) == -ENOENT)
		wrong = "no trial";
}

static void swap_and_confirm(void)
{
	param.flags = LLEXT_SWAP_TRIAL;
	swap();
	if (result_of_swap == 0 && llext_swap_confirm(LLEXT_SLOT_OF(effects)) != 0)
		wrong = "not confirmed";
}

static struct llext_buf_loader again;

static void swap_in_place(void)
{
	again = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(
		fixture_x1, (size_t)(fixture_x1_end - fixture_x1));
	param.flags = LLEXT_SWAP_IN_PLACE;
	param.again = &again.loader;
	swap();
}

static void out(void)
{
	int rc = llext_swap_out(LLEXT_SLOT_OF(effects), param.timeout);

	if (rc != 0 && rc != -ETIMEDOUT && rc != -EBUSY && rc != -ENOENT)
		wrong = "it cannot be taken out";
}

static void unload_forced(void)
{
	struct llext *ext = llext_by_name("one");
	struct llext_unload_report report = {.flags = LLEXT_UNLOAD_FORCE, .timeout = param.timeout};
	int rc;

	if (ext == NULL)
		return;
	/* Its destructors run when it is out of the slot. */
	rc = llext_unload_checked(&ext, &report);
	if (rc == 0)
		up[1] = 0;
	else if (rc != -EBUSY)
		wrong = "it cannot be unloaded";
	if (rc == 0 && inside[1] != 0)
		wrong = "unloaded while somebody is inside";
}

/* ---- one run ---- */

static void port_pause(void)
{
	point(true);
}

static uintptr_t hold(void)
{
	explore_point();
	held = true;
	return 0;
}

static void go_on(uintptr_t unused)
{
	(void)unused;
	held = false;
	explore_point();
}

static const struct llext_swap_port without = {.pause = port_pause};
static const struct llext_swap_port with_hold = {.pause = port_pause, .hold = hold, .go_on = go_on};

struct scenario {
	const char *name;
	void (*bodies[THREADS])(void);
	uint32_t timeout;
	const struct llext_swap_port *port;
};

static const struct scenario scenarios[] = {
	{"swap, calls", {swap, call_twice, call_long}, LLEXT_SWAP_FOREVER, &without},
	{"two in a row", {swap_twice, call_twice, call_long}, LLEXT_SWAP_FOREVER, &without},
	{"swap with a limit", {swap, call_twice, call_long}, 1, &without},
	{"swap, held", {swap, call_twice, call_long}, LLEXT_SWAP_FOREVER, &with_hold},
	{"swap with a limit, held", {swap, call_twice, call_long}, 1, &with_hold},
	{"trial and back", {swap_and_back, call_twice, call_long}, 2, &without},
	{"trial and back, held", {swap_and_back, call_twice, call_long}, 2, &with_hold},
	{"trial and confirm", {swap_and_confirm, call_twice, call_and_fault}, 9, &without},
	{"in place", {swap_in_place, call_twice, call_long}, 3, &without},
	{"two swaps", {swap, swap, call_twice}, 2, &without},
	{"swap and out", {swap, out, call_twice}, 2, &without},
	{"forced unload", {unload_forced, call_twice, call_and_fault}, 2, &without},
	{"forced unload and swap", {unload_forced, swap, call_twice}, 2, &without},
};

static char stacks[THREADS][STACK_BYTES] __attribute__((aligned(16)));

static void start(const struct scenario *scenario)
{
	param = (struct llext_swap_param){.timeout = LLEXT_SWAP_FOREVER};
	if (suite_swap(LLEXT_SLOT_OF(effects), fixture_x1, fixture_x1_end, "one", &param) != 0)
		wrong = "the first one is not loaded";
	param.timeout = scenario->timeout;
	llext_swap_use(scenario->port);
	for (int i = 0; i < THREADS; i++) {
		threads[i].body = scenario->bodies[i];
		threads[i].ended = false;
		(void)getcontext(&threads[i].context);
		threads[i].context.uc_stack.ss_sp = stacks[i];
		threads[i].context.uc_stack.ss_size = STACK_BYTES;
		makecontext(&threads[i].context, (void (*)(void))run_thread, 1, i);
	}
}

static void end(void)
{
	llext_swap_use(NULL);
	if (llext_slot_callers(LLEXT_SLOT_OF(effects)) != 0)
		wrong = "callers are left";
	if (llext_swap_collect(LLEXT_SLOT_OF(effects)) != 0)
		wrong = "not collected";
	if (up[1] + up[2] > 1)
		wrong = "two are left";
	(void)llext_swap_out(LLEXT_SLOT_OF(effects), 0);
	if (suite_heap_used() != 0 || up[1] + up[2] != 0)
		wrong = "something is left";
}

static void run_once(const struct scenario *scenario)
{
	made = points = interrupted = 0;
	start(scenario);
	running = 0;
	(void)swapcontext(&explorer, &threads[0].context);
	running = -1;
	held = false;
	if (wrong == NULL)
		end();
}

static unsigned long explore(const struct scenario *scenario)
{
	unsigned long runs = 0;

	memset(choices, 0, sizeof(choices));
	for (;;) {
		unsigned int last;

		run_once(scenario);
		runs++;
		if (wrong != NULL) {
			printf("%s: %s; choices:", scenario->name, wrong);
			for (unsigned int i = 0; i < made; i++)
				printf(" %u", choices[i]);
			puts("");
			exit(1);
		}
		/* The next answers: the last one that has an alternative left. */
		last = made;
		while (last > 0 && choices[last - 1] + 1u >= alternatives[last - 1])
			last--;
		if (last == 0)
			return runs;
		choices[last - 1]++;
		memset(choices + last, 0, sizeof(choices) - last);
	}
}

static void explore_all(const char *what)
{
	unsigned long runs = 0;

	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		runs += explore(&scenarios[i]);
	printf("%lu interleavings, %s\n", runs, what);
}

int main(int argc, char **argv)
{
	void *heap = llext_posix_map(HEAP_BYTES);
	char what[80];

	llext_posix_log_level = LLEXT_LOG_NONE;
	if (argc != 3 || heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 2;
	depth = (unsigned int)strtoul(argv[1], NULL, 10);
	(void)snprintf(what, sizeof(what), "all to a depth of %u", depth);
	explore_all(what);
	depth = MOST_DEPTH;
	interruptions = (unsigned int)strtoul(argv[2], NULL, 10);
	(void)snprintf(what, sizeof(what), "all with up to %u interruptions", interruptions);
	explore_all(what);
	return 0;
}

size_t suite_heap_used(void)
{
	struct llext_heap_stats stats;

	return llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0 ? stats.used : 0;
}

int suite_swap(struct llext_slot *slot, const uint8_t *bytes, const uint8_t *bytes_end,
	       const char *name, const struct llext_swap_param *how)
{
	struct llext_buf_loader loader =
		LLEXT_TEMPORARY_BUF_LOADER(bytes, (size_t)(bytes_end - bytes));

	return llext_swap(slot, &loader.loader, name, how);
}
