/* SPDX-License-Identifier: Apache-2.0 */
/* Swaps of an extension that a load in steps has begun to use. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/steps.h>
#include <llext_posix.h>
#include "alive.h"
#include "program.h"

#define HEAP_BYTES ((size_t)256 * 1024)
#define QUANTUM    4

FIXTURE(one);
FIXTURE(two);
FIXTURE(user);

LLEXT_SLOT(voices, effect, .version = no_version, .add = no_add, .count = no_count,
	   .twice = no_twice);

static const struct llext_swap_param without_state = {.flags = LLEXT_SWAP_NO_STATE};
static const struct llext_swap_param trial = {.flags = LLEXT_SWAP_NO_STATE | LLEXT_SWAP_TRIAL};

/*
 * A load that imports from the extension is left after each number of steps. What is in the slot
 * then stays, or goes altogether: it is never torn down and still loaded.
 */
static bool one_load(int steps_before, bool on_trial)
{
	static uint64_t stack[4096];
	struct llext_buf_loader loader =
		LLEXT_TEMPORARY_BUF_LOADER(fixture_user, (size_t)(fixture_user_end - fixture_user));
	struct llext_load_steps steps;
	struct llext *user = NULL;
	int rc = -EAGAIN, swapped;

	CHECK(SWAP(voices, one, "one", &without_state) == 0 && alive == 1);
	if (on_trial)
		CHECK(SWAP(voices, two, "two", &trial) == 0 && alive == 2);
	CHECK(llext_load_begin(&steps, &loader.loader, "user", NULL, stack, sizeof(stack),
			       QUANTUM) == 0);
	for (int i = 0; i < steps_before && rc == -EAGAIN; i++)
		rc = llext_load_step(&steps);
	swapped = on_trial ? llext_swap_confirm(LLEXT_SLOT_OF(voices))
			   : SWAP(voices, two, "two", &without_state);
	if (on_trial && swapped != 0)
		CHECK(llext_swap_back(LLEXT_SLOT_OF(voices)) == 0);
	CHECK(swapped == 0 || swapped == -EBUSY);
	CHECK(alive == 1 && (llext_by_name("one") == NULL) == (swapped == 0));
	CHECK((llext_by_name("two") != NULL) == (swapped == 0));
	CHECK(LLEXT_CALL(voices, version) == (swapped == 0 ? 2 : 1));
	CHECK(llext_load_finish(&steps, &user) == 0);
	if (user != NULL)
		CHECK(llext_unload(&user) == 0);
	CHECK(llext_swap_out(LLEXT_SLOT_OF(voices), 0) == 0 && alive == 0);
	CHECK(llext_by_name("one") == NULL && llext_by_name("two") == NULL);
	return rc != -EAGAIN;
}

int main(void)
{
	void *heap = llext_posix_map(HEAP_BYTES);
	struct llext_heap_stats stats;

	llext_posix_log_level = LLEXT_LOG_NONE;
	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 2;
	for (int on_trial = 0; on_trial < 2; on_trial++) {
		int before = 0;

		while (!one_load(before, on_trial != 0) && failures == 0)
			before++;
		CHECK(before > 10);
	}
	CHECK(llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0 && stats.used == 0);
	printf("%u checks, %u failed\n", checks, failures);
	return failures != 0;
}
