/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads, unloads, bring-ups, look-ups and faults at once, by many threads, as often as the argument
 * says: what is loaded is brought up once, however many use it; what readers find is whole; calls
 * that a load must not hold up take no lock, and the guard is held where it may be only. Also built
 * for the thread sanitizer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext_posix.h>
#include "../common/progress.h"
#include "port.h"

#define LOADERS    4
#define READERS    2
#define NAMES      5 /* and one more for each thread that loads */
#define HEAP_BYTES ((size_t)4 << 20)

extern const uint8_t fixture_stressed[], fixture_stressed_end[];

int firmware_add(int a, int b)
{
	return a + b;
}
EXPORT_SYMBOL(firmware_add);

static unsigned long most;
static atomic_ulong operations, loads, faults, found, waited;
static atomic_uint loading; /* threads that load and unload */
static atomic_int failures;
static _Atomic uintptr_t places[NAMES + LOADERS]; /* of state() in what was loaded last */

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__,           \
				      #condition);                                                 \
			atomic_fetch_add(&failures, 1);                                            \
		}                                                                                  \
	} while (0)

/* Of the operations, so many are of a kind. */
static bool go_on(atomic_ulong *kind, unsigned long share)
{
	atomic_fetch_add(&operations, 1);
	return atomic_fetch_add(kind, 1) < most / share && atomic_load(&failures) < 20;
}

/* The others are look-ups, as long as anything is loaded. */
static bool look_on(void)
{
	return (atomic_fetch_add(&operations, 1) < most || atomic_load(&loading) > 0) &&
	       atomic_load(&failures) < 20;
}

static unsigned int next_random(unsigned int *seed, unsigned int below)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % below;
}

static int read_unguarded(struct llext_loader *loader, void *out, size_t bytes)
{
	port_expect_no_guard("read");
	return llext_buf_read(loader, out, bytes);
}

static void import_unguarded(void *unused, const struct llext_import *import)
{
	(void)unused;
	port_expect_no_guard("on_import");
	EXPECT(import->found);
}

static int load(const char *name, struct llext **ext, bool no_wait)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_stressed, (size_t)(fixture_stressed_end - fixture_stressed));

	loader.loader.read = read_unguarded;
	loader.loader.peek = NULL;
	param.on_import = import_unguarded;
	param.no_wait = no_wait;
	return llext_load(&loader.loader, name, ext, &param);
}

static int call(const struct llext *ext, const char *name, const int *argument)
{
	const void *function = llext_find_sym(&ext->exp_tab, name);

	return function != NULL ? ((int (*)(const int *))(uintptr_t)function)(argument) : -1;
}

static void name_of(unsigned int number, char name[8])
{
	(void)snprintf(name, 8, "ext %u", number);
}

/* ---- a place ---- */

/* @return whether an export of an extension lies there. */
static bool look(uintptr_t place)
{
	struct llext_address info;
	unsigned int pin = llext_pin();
	bool exported = false;

	if (llext_by_address((const void *)place, &info) == 0) {
		EXPECT(info.ext->name == info.name);
		EXPECT(strncmp(info.name, "ext ", 4) == 0 || strcmp(info.name, "faulty") == 0);
		exported = info.region == LLEXT_MEM_TEXT && info.symbol != NULL;
		if (exported) {
			EXPECT(llext_find_sym(&info.ext->exp_tab, info.symbol) ==
			       (const void *)(place - info.symbol_offset));
			atomic_fetch_add(&found, 1);
		}
	}
	llext_unpin(pin);
	return exported;
}

/* ---- loads, of names that others load as well, and of one of its own ---- */

static void use(struct llext *ext, unsigned int number, unsigned int *seed)
{
	EXPECT(llext_bringup(ext) == 0);
	EXPECT(call(ext, "state", NULL) == 11);
	atomic_store(&places[number], (uintptr_t)llext_find_sym(&ext->exp_tab, "state"));
	/* Here it must be found; others may come too late each time. */
	EXPECT(look(atomic_load(&places[number])));
	if (next_random(seed, 4) == 0) { /* a second user in the same thread */
		EXPECT(llext_bringup(ext) == 0 && llext_teardown(ext) == 0);
		EXPECT(call(ext, "state", NULL) == 11);
	}
	EXPECT(llext_teardown(ext) == 0);
}

static void *load_often(void *argument)
{
	unsigned int own = *(unsigned int *)argument, seed = own;

	while (go_on(&loads, 10)) {
		unsigned int number = next_random(&seed, NAMES + 1);
		bool no_wait = next_random(&seed, 2) != 0;
		struct llext *ext, *same;
		char name[8];
		int rc;

		if (number == NAMES)
			number += own;
		name_of(number, name);
		rc = load(name, &ext, no_wait);
		EXPECT(rc >= 0 || (rc == -EALREADY && no_wait && number < NAMES));
		EXPECT((rc >= 0) == (ext != NULL));
		atomic_fetch_add(&waited, rc == -EALREADY);
		if (rc < 0)
			continue;
		same = llext_by_name(name);
		EXPECT(same == ext);
		use(ext, number, &seed);
		EXPECT(llext_unload(&ext) >= 0);
	}
	atomic_fetch_sub(&loading, 1);
	return NULL;
}

/* ---- look-ups, which no load holds up ---- */

static void *look_often(void *argument)
{
	unsigned int seed = *(unsigned int *)argument;

	while (look_on()) {
		unsigned int locks = port_locks(), guards;
		char name[8];

		name_of(next_random(&seed, NAMES), name);
		(void)llext_by_name(name);
		EXPECT(port_locks() == locks);
		guards = port_guards();
		EXPECT(llext_find_sym(NULL, "firmware_add") == (const void *)&firmware_add);
		(void)look(atomic_load(&places[next_random(&seed, NAMES + LOADERS)]));
		EXPECT(port_locks() == locks && port_guards() == guards);
	}
	return NULL;
}

/* ---- faults, whose handler asks what lies there ---- */

static _Thread_local sigjmp_buf after_fault;

static void on_fault(int number, siginfo_t *info, void *context)
{
	const ucontext_t *state = context;
	uintptr_t pc = (uintptr_t)state->uc_mcontext.gregs[REG_RIP];
	struct llext_address place;
	unsigned int pin = llext_pin();
	bool known = llext_by_address((const void *)pc, &place) == 0;

	(void)number;
	if (!known || info->si_addr != NULL)
		abort(); /* a fault of the test itself */
	EXPECT(strcmp(place.name, "faulty") == 0);
	EXPECT(place.symbol != NULL && strcmp(place.symbol, "read_from") == 0);
	llext_unpin(pin);
	siglongjmp(after_fault, 1);
}

static void *fault_often(void *unused)
{
	(void)unused;
	while (go_on(&faults, 50)) {
		struct llext *ext;
		volatile int ways = 0;

		EXPECT(load("faulty", &ext, false) == 0);
		if (sigsetjmp(after_fault, 1) == 0) {
			ways = 1;
			(void)call(ext, "read_from", NULL);
			ways = 2;
		}
		EXPECT(ways == 1);
		EXPECT(llext_unload(&ext) == 0);
	}
	atomic_fetch_sub(&loading, 1);
	return NULL;
}

static void run(void)
{
	static unsigned int numbers[LOADERS + READERS];
	pthread_t threads[LOADERS + READERS + 1];

	atomic_store(&loading, LOADERS + 1);
	for (unsigned int i = 0; i < LOADERS + READERS; i++) {
		numbers[i] = i;
		EXPECT(pthread_create(&threads[i], NULL, i < LOADERS ? load_often : look_often,
				      &numbers[i]) == 0);
	}
	EXPECT(pthread_create(&threads[LOADERS + READERS], NULL, fault_often, NULL) == 0);
	while (isatty(STDERR_FILENO) && atomic_load(&operations) < most) {
		progress(atomic_load(&operations), most, "operations");
		(void)sleep(1);
	}
	progress(1, 1, "");
	for (unsigned int i = 0; i < LOADERS + READERS + 1; i++)
		EXPECT(pthread_join(threads[i], NULL) == 0);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
	struct llext_heap_stats stats;
	void *heap = llext_posix_map(HEAP_BYTES);

	most = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
	llext_posix_log_level = LLEXT_LOG_NONE;
	EXPECT(heap != NULL && llext_heap_init(heap, HEAP_BYTES) == 0);
	EXPECT(sigaction(SIGSEGV, &action, NULL) == 0);
	run();
	EXPECT(llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0 && stats.used == 0);
	EXPECT(atomic_load(&port_violations) == 0);
	EXPECT(atomic_load(&found) > 0);
	printf("%lu operations: %lu loads and %lu faults, %lu places found, %lu did not wait\n",
	       atomic_load(&operations), atomic_load(&loads), atomic_load(&faults),
	       atomic_load(&found), atomic_load(&waited));
	puts(atomic_load(&failures) != 0 ? "FAILED" : "all is well");
	return atomic_load(&failures) != 0;
}
