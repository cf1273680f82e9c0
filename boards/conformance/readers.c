/* SPDX-License-Identifier: Apache-2.0 */
/*
 * While extensions are loaded and unloaded, a timer interrupt at changing moments calls another
 * one, looks symbols up, and asks what lies at addresses in what comes and goes. Then a thread does
 * the same, which is interrupted in the middle of it: what it holds a pin on must not change.
 */
#include <stdio.h>
#include <string.h>
#include "board.h"
#include "conformance.h"
#include "threads/threads.h"

#define HEAP_BYTES   ((size_t)24 * 1024)
#define SPOILT_BYTES ((size_t)4096)
#define LOADS        3000
#define THREAD_LOADS 500
#define TICKS_MOST   67
#define SLICE        7

int firmware_add(int a, int b)
{
	return a + b;
}
EXPORT_SYMBOL(firmware_add);

static int failures;

static void check(const char *what, bool ok)
{
	printf("%s: %s\n", ok ? "ok" : "FAILED", what);
	failures += !ok;
}

static struct llext *resident;
static const char *const names[] = {"one", "another"};
static const void *volatile places[2]; /* of their functions, when they were loaded last */

static volatile unsigned calls, found, gone, wrong, next_ticks;

static void expect(bool ok)
{
	wrong += !ok;
}

static bool is_a_name(const char *name)
{
	return strcmp(name, names[0]) == 0 || strcmp(name, names[1]) == 0 ||
	       strcmp(name, "resident") == 0;
}

static void call_resident(void)
{
	static int before;
	const void *function = llext_find_sym(&resident->exp_tab, "guarded_call");
	struct llext_address info;
	int result;

	expect(function != NULL);
	result = ((int (*)(void))(uintptr_t)function)();
	expect(before == 0 || result == before + 1);
	before = result;
	expect(llext_by_address(function, &info) == 0 && info.ext == resident &&
	       info.region == LLEXT_MEM_TEXT && strcmp(info.name, "resident") == 0);
	expect(llext_find_sym(NULL, "firmware_add") != NULL);
}

/* An extension that is in the list runs, be it that an unload waits for the pin on it. */
static void use(const struct llext_address *info)
{
	const void *function = llext_find_sym(&info->ext->exp_tab, "guarded_call");

	expect(info->ext->name == info->name && is_a_name(info->name));
	expect(function != NULL);
	if (function != NULL)
		expect(((int (*)(void))(uintptr_t)function)() > 3);
	found++;
}

/* What is there now, or nothing. */
static void look(const void *place, unsigned delay)
{
	struct llext_address info;
	unsigned pin = llext_pin();

	if (place == NULL || llext_by_address(place, &info) != 0) {
		gone++;
	} else {
		for (volatile unsigned i = 0; i < delay; i++)
			;
		use(&info);
	}
	llext_unpin(pin);
}

static void tick(void)
{
	board_timer(0, NULL); /* or it is due again before this has ended */
	calls++;
	call_resident();
	look(places[0], 0);
	look(places[1], 0);
	next_ticks = next_ticks % TICKS_MOST + 1;
	board_timer(next_ticks + 9, tick);
}

static volatile bool done, ended;

/* Now and then for longer than its slice. */
static void run_reader(void *unused)
{
	(void)unused;
	for (unsigned i = 0; !done; i++) {
		calls++;
		look(places[i & 1], i % 16 == 0 ? 2000 : 0);
	}
	ended = true;
	for (;;)
		;
}

static bool load(const char *name, struct llext **ext)
{
	const struct fixture fixture = FIXTURE(guarded);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);

	return llext_load(&loader.loader, name, ext, NULL) == 0;
}

/* Nothing but the resident is loaded: behind it is what was freed, and now something else. */
static void spoil(void)
{
	struct llext_heap_stats stats;
	uint32_t *word;

	(void)llext_heap_stats(LLEXT_HEAP_DATA, &stats);
	word = (uint32_t *)(void *)(board_heap_start + HEAP_BYTES - stats.largest_free);
	for (size_t i = 0; i < SPOILT_BYTES / sizeof(*word); i++)
		word[i] = 0xa5a5a5a5;
}

static bool load_and_unload(unsigned times)
{
	struct llext *loaded[2] = {NULL, NULL};
	bool ok = true;

	for (unsigned i = 0; ok && i < times; i++) {
		unsigned which = (i ^ i >> 2) & 1;

		if (loaded[which] != NULL)
			ok = llext_unload(&loaded[which]) == 0;
		else
			ok = load(names[which], &loaded[which]);
		if (loaded[0] == NULL && loaded[1] == NULL)
			spoil();
		if (ok && loaded[which] != NULL)
			places[which] = llext_find_sym(&loaded[which]->exp_tab, "guarded_call");
	}
	for (unsigned i = 0; i < 2; i++)
		ok = ok && (loaded[i] == NULL || llext_unload(&loaded[i]) == 0);
	return ok;
}

static void report(const char *how, unsigned loads, bool loaded)
{
	char text[80];

	snprintf(text, sizeof(text), "%s: %u loads and unloads", how, loads);
	check(text, loaded);
	snprintf(text, sizeof(text), "%s: readers came often, and found this and that", how);
	check(text, calls > loads / 2 && found > loads / 4 && gone > loads / 4);
	snprintf(text, sizeof(text), "%s: what they found was whole", how);
	check(text, wrong == 0);
	printf("%u calls, %u found, %u gone, %u wrong\n", calls, found, gone, wrong);
	calls = found = gone = wrong = 0;
}

int main(void)
{
	static uint64_t stack[512];
	struct llext_heap_stats stats;
	bool ok;

	check("heap", llext_heap_init(board_heap_start, HEAP_BYTES) == 0);
	if (!load("resident", &resident))
		return 1;
	board_timer(5, tick);
	ok = load_and_unload(LOADS);
	board_timer(0, NULL);
	report("interrupts", LOADS, ok);

	board_threads_start(run_reader, NULL, stack, sizeof(stack), SLICE);
	ok = load_and_unload(THREAD_LOADS);
	done = true;
	while (!ended) /* a thread that is stopped with a pin would keep what is loaded */
		;
	board_threads_stop();
	report("threads", THREAD_LOADS, ok && board_threads_switches() > THREAD_LOADS);

	check("nothing is left", llext_unload(&resident) == 0 &&
					 llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0 &&
					 stats.used == 0);
	puts(failures ? "FAILED" : "all is well");
	return failures;
}
