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

static int load_file(struct fixture fixture, unsigned number, struct llext **ext,
		     struct llext_plan *plan)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	char name[8] = {'e', (char)('a' + number), '\0'};
	int rc = llext_plan(&loader.loader, NULL, plan);

	return rc != 0 ? rc : llext_load(&loader.loader, name, ext, NULL);
}

static int load(unsigned number, struct llext **ext, struct llext_plan *plan)
{
	return load_file(FIXTURE(guarded), number, ext, plan);
}

static bool works(const struct llext *ext)
{
	int (*call)(void) = (int (*)(void))(uintptr_t)llext_find_sym(&ext->exp_tab, "guarded_call");
	const int *zero = llext_find_sym(&ext->exp_tab, "guarded_zero");

	return call() == 1 + zero[0] + 3;
}

/*
 * Room that was kept for a veneer goes back to the heap if nothing needs that veneer, but not the
 * constants behind it.
 */
static void keep_constants(void)
{
	struct llext *pointing = NULL, *behind = NULL;
	struct llext_plan plan;
	const int *constants;
	int (*const *add)(int, int);

	check("load one without a veneer", load_file(FIXTURE(pointing), 0, &pointing, &plan) == 0);
	check("load one behind it", load(1, &behind, &plan) == 0);
	if (pointing == NULL || behind == NULL)
		return;
	constants = llext_find_sym(&pointing->exp_tab, "pointing_constants");
	add = llext_find_sym(&pointing->exp_tab, "pointing_add");
	check("the first one's constants are as before", constants[0] == 5 && constants[62] == 0 &&
								 constants[63] == 6 &&
								 *add == firmware_add);
	check("both go", llext_unload(&behind) == 0 && llext_unload(&pointing) == 0);
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
	keep_constants();
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
