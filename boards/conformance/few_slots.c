/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With constants in one block with the code, each extension takes one slot: seven beside the heap
 * on a unit of eight. The plan says so beforehand, and the failure of the eighth says what it
 * lacked.
 */
#include <stdio.h>
#include "board.h"
#include "conformance.h"
#include "llext_mcu.h"
#include "mpu.h"

#define HEAP_BYTES ((size_t)64 * 1024)
#define MOST       16

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

static int load(unsigned number, struct llext **ext, struct llext_plan *plan)
{
	const struct fixture fixture = FIXTURE(guarded);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	char name[8] = {'e', (char)('a' + number), '\0'};
	int rc = llext_plan(&loader.loader, NULL, plan);

	return rc != 0 ? rc : llext_load(&loader.loader, name, ext, NULL);
}

static bool works(const struct llext *ext)
{
	int (*call)(void) = (int (*)(void))(uintptr_t)llext_find_sym(&ext->exp_tab, "guarded_call");
	const int *zero = llext_find_sym(&ext->exp_tab, "guarded_zero");

	return call() == 1 + zero[0] + 3;
}

static void store(void *word)
{
	*(volatile uint32_t *)word = 0;
}

int main(void)
{
	struct llext *loaded[MOST] = {NULL};
	unsigned count = 0, expected, each = llext_mpu()->overlap == 0 ? 2 : 1;
	struct llext_plan plan;
	struct board_fault fault;
	int rc = llext_mcu_protect_heap((uintptr_t)board_heap_start, HEAP_BYTES);

	check("protection", rc == 0 && llext_heap_init(board_heap_start, HEAP_BYTES) == 0);
	llext_mcu_log_level = LLEXT_LOG_NONE;
	expected = (llext_mpu()->slots - 1) / each;
	while (count < MOST && (rc = load(count, &loaded[count], &plan)) == 0) {
		if (plan.slots != each || plan.slots_left != llext_mpu()->slots - 1 - each * count)
			break;
		count++;
	}
	printf("%u slots: %u extensions\n", llext_mpu()->slots, count);
	check("as many as there are slots", rc == -ENOSPC && count == expected);
	check("the plan said how many are left", plan.slots == each && plan.slots_left < each);
	check("so does the failure", llext_last_diag()->expected == (int64_t)plan.slots &&
					     llext_last_diag()->found == (int64_t)plan.slots_left);
	for (unsigned i = 0; i < count; i++) {
		if (!works(loaded[i]))
			check("a loaded one works", false);
	}
	check("constants cannot be written",
	      board_fault_caught(
		      store,
		      (void *)(uintptr_t)llext_find_sym(&loaded[0]->exp_tab, "guarded_constants"),
		      &fault));
	check("unload one, load another",
	      llext_unload(&loaded[2]) == 0 && load(2, &loaded[2], &plan) == 0 && works(loaded[2]));
	for (unsigned i = 0; i < count; i++) {
		if (llext_unload(&loaded[i]) != 0)
			check("unload", false);
	}
	puts(failures ? "FAILED" : "all is well");
	return failures;
}
