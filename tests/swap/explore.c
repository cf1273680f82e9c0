/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All interleavings of three threads: the threads are coroutines, the library's own code is
 * compiled with points at which another one may go on (explore.h), and a depth-first search goes
 * through all answers to "who goes on?". There are three searches:
 *
 * - of all states that can be reached, however many choices lead there: a run that comes to a
 *   state in which another one was before is not followed further (states.c);
 * - of all answers at the first so many points, after which the threads take turns;
 * - of all runs, however long, in which a thread is interrupted at most so many times.
 *
 * The last two do not depend on what is recognised as the same state.
 *
 * At every moment: who is inside an extension has not seen it torn down. At the end: nobody is
 * inside, one extension or none is left, and the heap is as before.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/unload.h>
#include <llext_posix.h>
#include "../../src/steps/switch.h"
#include "../common/progress.h"
#include "states.h"
#include "suite.h"

#define THREADS      3
#define STACK_BYTES  ((size_t)64 * 1024)
#define HEAP_BYTES   ((size_t)128 * 1024)
#define MOST_CHOICES 5000
#define MOST_POINTS  5000
#define MOST_PRINTED 200

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

static struct llext_swap_param param;

/* ---- threads, and who goes on ---- */

struct thread {
	void *sp; /* of its stack, while another one runs */
	void (*body)(void);
	bool ended;
	char stack[STACK_BYTES] __attribute__((aligned(16)));
};

/* Allocated, so that it is no variable of the program, which is what is searched. */
static struct search {
	struct thread threads[THREADS];
	void *sp;
	enum { ALL_STATES, TO_A_DEPTH, INTERRUPTIONS } kind;
	unsigned int most; /* choices, or interruptions */
	uint8_t choices[MOST_CHOICES], alternatives[MOST_CHOICES];
	unsigned int known; /* choices that lead to where something new begins */
	unsigned int made, points, interrupted;
	bool decided; /* the rest of the run has been seen: it only has to end */
	unsigned long runs, states;
	const char *wrong;
} * search;

static struct {
	int running; /* -1: the search */
	bool held;   /* by the running thread, which has everything for itself */
	bool waits;  /* it has found that it cannot go on */
} now = {.running = -1};

/* Who runs comes first: choice 0 is to go on. */
static unsigned int alive(int *list)
{
	unsigned int count = 0;

	for (int i = 0; i < THREADS; i++) {
		int which = (now.running + i) % THREADS;

		if (!search->threads[which].ended)
			list[count++] = which;
	}
	/* Who waits for as long as it takes goes on when another one has done something. */
	if (search->kind == ALL_STATES && now.waits && param.timeout == LLEXT_SWAP_FOREVER &&
	    count > 1)
		memmove(list, list + 1, --count * sizeof(*list));
	return count;
}

/*
 * All that the future depends on: the threads' stacks with their registers, the library's and this
 * test's variables, and the allocated memory. Two states of one hash count as one.
 */
static uint64_t state_now(void)
{
	struct hash hash = hash_begin();

	for (int i = 0; i < THREADS; i++) {
		const struct thread *thread = &search->threads[i];

		hash_bytes(&hash, &thread->ended, sizeof(thread->ended));
		if (!thread->ended)
			hash_stack(&hash, thread->sp, thread->stack + STACK_BYTES);
	}
	hash_variables(&hash);
	hash_allocations(&hash);
	return hash.value;
}

/* May the run be left here, since all that can follow is known? */
static bool nothing_new(void)
{
	switch (search->kind) {
	case TO_A_DEPTH:
		return search->made >= search->most;
	case INTERRUPTIONS:
		return false;
	default:
		if (search->made < search->known)
			return false;
		if (!states_add(state_now()))
			return true;
		search->states++;
		return false;
	}
}

/* @return who goes on, of so many that can */
static int choose(const int *list, unsigned int count)
{
	bool others = search->kind == INTERRUPTIONS && now.waits;
	unsigned int choice;

	search->decided = search->decided || nothing_new();
	if (search->decided) /* in turns, so that all come to an end */
		return list[1];
	if (search->kind == INTERRUPTIONS && search->interrupted >= search->most)
		return list[now.waits];
	if (search->made == MOST_CHOICES) {
		search->wrong = "more choices than there is room for";
		return list[1];
	}
	choice = search->choices[search->made];
	search->alternatives[search->made++] = (uint8_t)count;
	search->interrupted += choice != 0 && !search->threads[now.running].ended;
	return list[others && choice == 0 ? 1 : choice];
}

/* Threads run until all have ended, or something is wrong. */
static void run_threads(void)
{
	int list[THREADS];
	unsigned int count;

	now.running = 0;
	while (search->wrong == NULL && (count = alive(list)) > 0) {
		if (++search->points > MOST_POINTS)
			search->wrong = "it does not end";
		now.running = count == 1 || now.held ? list[0] : choose(list, count);
		now.waits = false;
		llext_stack_switch(&search->sp, search->threads[now.running].sp);
	}
	now.running = -1;
	now.held = false;
}

static void point(bool waits)
{
	if (now.running < 0 || now.held)
		return;
	now.waits = waits;
	llext_stack_switch(&search->threads[now.running].sp, search->sp);
}

void explore_point(void)
{
	point(false);
}

/* The bottom of each thread's stack. */
static void run_thread(void)
{
	struct thread *thread = &search->threads[now.running];

	thread->body();
	thread->ended = true;
	llext_stack_switch(&thread->sp, search->sp);
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
		search->wrong = "brought up or torn down twice";
	if (change < 0 && inside[version] != 0)
		search->wrong = "torn down while somebody is inside";
	return 0;
}
EXPORT_SYMBOL(explore_alive);

static void call_once(unsigned int stays)
{
	struct llext_caller caller;
	const struct effect *functions = LLEXT_ENTER(effects, &caller);
	int version = functions->version();

	if (version < 0 || version >= VERSIONS || (version != 0 && up[version] != 1)) {
		search->wrong = "a call to what is not there";
		version = 0;
	}
	inside[version]++;
	for (unsigned int i = 0; i < stays; i++)
		explore_point();
	if (search->wrong == NULL &&
	    (functions->version() != version || functions->add(2, 3) != (version != 0 ? 5 : 6)))
		search->wrong = "not one extension for the whole time";
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
		search->wrong = "a swap failed in another way";
}

/* Who was interrupted on its way in is counted where the second one looks. */
static void swap_twice(void)
{
	swap();
	if (result_of_swap == 0 &&
	    suite_swap(LLEXT_SLOT_OF(effects), fixture_x1, fixture_x1_end, "one", &param) != 0)
		search->wrong = "the second swap failed";
}

static void swap_and_back(void)
{
	param.flags = LLEXT_SWAP_TRIAL;
	swap();
	if (result_of_swap == 0 && llext_swap_back(LLEXT_SLOT_OF(effects)) == -ENOENT)
		search->wrong = "no trial";
}

static void swap_and_confirm(void)
{
	param.flags = LLEXT_SWAP_TRIAL;
	swap();
	if (result_of_swap == 0 && llext_swap_confirm(LLEXT_SLOT_OF(effects)) != 0)
		search->wrong = "not confirmed";
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
		search->wrong = "it cannot be taken out";
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
		search->wrong = "it cannot be unloaded";
	if (rc == 0 && inside[1] != 0)
		search->wrong = "unloaded while somebody is inside";
}

/* ---- one run ---- */

static void port_pause(void)
{
	point(true);
}

static uintptr_t hold(void)
{
	explore_point();
	now.held = true;
	return 0;
}

static void go_on(uintptr_t unused)
{
	(void)unused;
	now.held = false;
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

static void start(const struct scenario *scenario)
{
	param = (struct llext_swap_param){.timeout = LLEXT_SWAP_FOREVER};
	if (suite_swap(LLEXT_SLOT_OF(effects), fixture_x1, fixture_x1_end, "one", &param) != 0)
		search->wrong = "the first one is not loaded";
	param.timeout = scenario->timeout;
	result_of_swap = 0;
	llext_swap_use(scenario->port);
	for (int i = 0; i < THREADS; i++) {
		struct thread *thread = &search->threads[i];

		thread->body = scenario->bodies[i];
		thread->ended = false;
		thread->sp = llext_stack_new(thread->stack, STACK_BYTES, run_thread);
	}
}

static void end(void)
{
	llext_swap_use(NULL);
	if (llext_slot_callers(LLEXT_SLOT_OF(effects)) != 0)
		search->wrong = "callers are left";
	if (llext_swap_collect(LLEXT_SLOT_OF(effects)) != 0)
		search->wrong = "not collected";
	if (up[1] + up[2] > 1)
		search->wrong = "two are left";
	(void)llext_swap_out(LLEXT_SLOT_OF(effects), 0);
	if (suite_heap_used() != 0 || up[1] + up[2] != 0)
		search->wrong = "something is left";
}

static void run_once(const struct scenario *scenario)
{
	search->made = search->points = search->interrupted = 0;
	search->decided = false;
	variables_reset();
	start(scenario);
	run_threads();
	if (search->wrong == NULL)
		end();
	search->runs++;
}

static void explore(const struct scenario *scenario)
{
	memset(search->choices, 0, sizeof(search->choices));
	states_forget();
	search->known = 0;
	for (;;) {
		unsigned int last;

		run_once(scenario);
		if (search->runs % 1024 == 0)
			progress(search->runs, 0, "interleavings");
		if (search->wrong != NULL) {
			printf("%s: %s; choices:", scenario->name, search->wrong);
			for (unsigned int i = 0; i < search->made && i < MOST_PRINTED; i++)
				printf(" %u", search->choices[i]);
			puts("");
			exit(1);
		}
		/* The next answers: the last one that has an alternative left. */
		last = search->made;
		while (last > 0 && search->choices[last - 1] + 1u >= search->alternatives[last - 1])
			last--;
		if (last == 0)
			return;
		search->choices[last - 1]++;
		memset(search->choices + last, 0, sizeof(search->choices) - last);
		search->known = last;
	}
}

/* swap_explore states | depth N | interruptions N */
int main(int argc, char **argv)
{
	static const char *const kinds[] = {"states", "depth", "interruptions"};
	void *heap = llext_posix_map(HEAP_BYTES);
	const char *kind = argc > 1 ? argv[1] : kinds[0];

	llext_posix_log_level = LLEXT_LOG_NONE;
	search = calloc(1, sizeof(*search));
	if (search == NULL || !states_begin())
		return 2;
	while (search->kind < INTERRUPTIONS && strcmp(kind, kinds[search->kind]) != 0)
		search->kind++;
	if (argc != (search->kind == ALL_STATES ? 2 : 3) ||
	    strcmp(kind, kinds[search->kind]) != 0 || heap == NULL ||
	    llext_heap_init(heap, HEAP_BYTES) != 0)
		return 2;
	variables_keep();
	search->most = argc == 3 ? (unsigned int)strtoul(argv[2], NULL, 10) : 0;
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		unsigned long runs = search->runs, states = search->states;

		explore(&scenarios[i]);
		progress(1, 1, "");
		printf("%s: %lu runs", scenarios[i].name, search->runs - runs);
		if (search->kind == ALL_STATES)
			printf(", %lu states", search->states - states);
		puts("");
	}
	printf("%lu interleavings", search->runs);
	if (search->kind == ALL_STATES)
		printf(" through all %lu states\n", search->states);
	else
		printf(", all %s of %u\n",
		       search->kind == TO_A_DEPTH ? "to a depth" : "with interruptions to a number",
		       search->most);
	return 0;
}

size_t suite_heap_used(void)
{
	struct llext_heap_stats stats;

	return llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0 ? stats.used : 0;
}
