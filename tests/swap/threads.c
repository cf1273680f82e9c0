/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads call through a slot while another one swaps what is in it: swap_threads CALLS SWAPS. Also
 * built for the thread sanitizer.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <llext_posix.h>
#include "../common/progress.h"
#include "suite.h"

#define CALLERS    3
#define HEAP_BYTES ((size_t)1 << 20)

FIXTURE(one);
FIXTURE(two);
FIXTURE(three);

static int no_version(void)
{
	return 0;
}

static int no_add(int a, int b)
{
	return a + b;
}

static unsigned int no_count(void)
{
	return 0;
}

static int no_twice(int a)
{
	return a + a;
}

LLEXT_SLOT_DEFINE(effects, effect, .version = no_version, .add = no_add, .count = no_count,
		  .twice = no_twice);

static unsigned long calls_wanted, calls_made, wrong;
static bool stop;

int swap_test_alive(int change)
{
	static int alive;

	return __atomic_add_fetch(&alive, change, __ATOMIC_RELAXED);
}
EXPORT_SYMBOL(swap_test_alive);

static void *call_often(void *unused)
{
	unsigned long calls = 0, bad = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		struct llext_caller caller;
		const struct effect *functions = LLEXT_ENTER(effects, &caller);
		int version = functions->version();

		for (int i = 0; i < 20; i++)
			bad += functions->add(i, 3) != i + 3 || functions->twice(i) != 2 * i ||
			       functions->version() != version;
		LLEXT_LEAVE(&caller);
		calls += 60;
		bad += LLEXT_CALL(effects, add, 1, 2) != 3;
		if (calls > 6000) {
			__atomic_add_fetch(&calls_made, calls, __ATOMIC_RELAXED);
			calls = 0;
			(void)sched_yield();
		}
	}
	__atomic_add_fetch(&wrong, bad, __ATOMIC_RELAXED);
	return unused;
}

static void yield(void)
{
	(void)sched_yield();
}

static const struct llext_swap_port port = {.pause = yield};

static int swap_often(unsigned long swaps)
{
	static uint64_t blob[4];
	struct llext_swap_param param = {
		.timeout = LLEXT_SWAP_FOREVER, .state = blob, .state_bytes = sizeof(blob)};
	int rc = 0;

	for (unsigned long i = 0; rc == 0; i++) {
		progress(i < swaps ? i : swaps, swaps, "swaps");
		if (i >= swaps && __atomic_load_n(&calls_made, __ATOMIC_RELAXED) >= calls_wanted)
			break;
		if (i >= swaps) {
			(void)sched_yield();
			continue;
		}
		rc = i % 3 == 0   ? SWAP(effects, one, "one", &param)
		     : i % 3 == 1 ? SWAP(effects, two, "two", &param)
				  : SWAP(effects, three, "three", &param);
		if (rc != 0)
			printf("swap %lu: %d\n", i, rc);
	}
	return rc;
}

int main(int argc, char **argv)
{
	pthread_t threads[CALLERS];
	void *heap = llext_posix_map(HEAP_BYTES);
	struct llext_heap_stats stats;
	unsigned long swaps;
	int rc;

	if (argc != 3 || heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 2;
	calls_wanted = strtoul(argv[1], NULL, 10);
	swaps = strtoul(argv[2], NULL, 10);
	llext_swap_use(&port);
	for (int i = 0; i < CALLERS; i++) {
		if (pthread_create(&threads[i], NULL, call_often, NULL) != 0)
			return 2;
	}
	rc = swap_often(swaps);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < CALLERS; i++)
		(void)pthread_join(threads[i], NULL);
	if (rc == 0)
		rc = llext_swap_out(LLEXT_SLOT_OF(effects), 0);
	(void)llext_heap_stats(LLEXT_HEAP_DATA, &stats);
	printf("%lu calls, %lu wrong, during %lu swaps; %zu bytes left\n", calls_made, wrong, swaps,
	       stats.used);
	return rc == 0 && wrong == 0 && stats.used == 0 && swap_test_alive(0) == 0 ? 0 : 1;
}
