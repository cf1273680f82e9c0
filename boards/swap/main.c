/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The suite of swaps on a board; what a call through a slot costs; then swaps while a timer
 * interrupt calls the extension at changing moments: each of its calls finds one extension, whole,
 * and with state handed over, none of them is lost to the count.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/unload.h>
#include "board.h"
#include "cost.h"
#include "llext_mcu.h"
#include "mpu.h"
#include "suite.h"
#include "threads/threads.h"

FIXTURE(holder);
FIXTURE(one);
FIXTURE(two);

#define HEAP_BYTES ((size_t)64 * 1024)
#define SWAPS      60
#define TICKS_MOST 61
#define MOMENTS    3000

static uint64_t blob[8];

/* ---- cost ---- */

static unsigned cost_of(void (*loop)(void))
{
	uint64_t before = board_instructions();

	loop();
	return (unsigned)((board_instructions() - before + COST_ROUNDS / 2) / COST_ROUNDS);
}

static void costs(void)
{
	unsigned empty = cost_of(cost_loop), direct = cost_of(cost_direct) - empty;
	unsigned fixed = cost_of(cost_fixed) - empty, counted = cost_of(cost_counted) - empty;
	unsigned enter = cost_of(cost_enter_leave) - empty;

	printf("a direct call %u, through a fixed slot %u, counted %u; in and out %u\n", direct,
	       fixed, counted, enter);
	/* The load of the table and of the function. */
	CHECK(fixed <= direct + 2);
	CHECK(counted - fixed <= 12 && enter <= 12 + 1); /* with the load of the table */
}

/* ---- interrupts ---- */

static volatile unsigned moments, wrong, next_ticks, last_count, jumps;

static void tick(void)
{
	struct llext_caller caller;
	const struct effect *functions = LLEXT_ENTER(effects, &caller);
	int version = functions->version();
	unsigned count = functions->count();

	if (version < 1 || version > 2 || functions->add(version, 3) != version + 3 ||
	    functions->version() != version)
		wrong++;
	LLEXT_LEAVE(&caller);
	if (count != last_count + 1)
		jumps++;
	last_count = count;
	moments++;
	next_ticks = next_ticks % TICKS_MOST + 1;
	board_timer(next_ticks + 4, tick);
}

static const struct llext_swap_port held = {.hold = llext_mpu_hold, .go_on = llext_mpu_go_on};

static bool swap_often(void)
{
	static const char *const names[] = {"even", "odd"};
	const struct llext_swap_param param = {
		.timeout = LLEXT_SWAP_FOREVER, .state = blob, .state_bytes = sizeof(blob)};

	for (unsigned i = 1; i <= SWAPS; i++) {
		int rc = i % 2 ? SWAP(effects, two, names[1], &param)
			       : SWAP(effects, one, names[0], &param);

		if (rc != 0) {
			printf("swap %u: %d\n", i, rc);
			return false;
		}
	}
	return true;
}

static void swaps_under_interrupts(const struct llext_swap_port *port, bool exact)
{
	const struct llext_swap_param param = {.state = blob, .state_bytes = sizeof(blob)};
	bool ok;

	llext_swap_use(port);
	CHECK(SWAP(effects, one, "even", &param) == 0);
	moments = wrong = jumps = last_count = 0;
	board_timer(5, tick);
	ok = swap_often();
	while (moments < MOMENTS) /* as many at a multiple of that many places */
		ok = ok && swap_often();
	board_timer(0, NULL);
	CHECK(ok && wrong == 0);
	CHECK(!exact || jumps == 0);
	CHECK(suite_alive() == 1 && llext_slot_callers(LLEXT_SLOT_OF(effects)) == 0);
	printf("%s: interrupts at %u moments, %u wrong, state lost %u times\n",
	       exact ? "held" : "running", moments, wrong, jumps);
	CHECK(llext_swap_out(LLEXT_SLOT_OF(effects), 0) == 0);
	llext_swap_use(NULL);
}

/* ---- a thread that was preempted inside ---- */

static int (*holder_loop)(volatile int *flag);
static volatile int go_round = 1, gone_round;

static void second_thread(void *unused)
{
	(void)unused;
	(void)holder_loop(&go_round);
	gone_round = 1;
	for (;;)
		;
}

static int both_threads(int (*each)(const struct llext_thread_stack *stack, void *arg), void *arg)
{
	struct llext_thread_stack stack = {.name = "second"};
	int rc;

	board_threads_stack(&stack.start, &stack.end);
	rc = each(&stack, arg);
	stack = (struct llext_thread_stack){"main", (uintptr_t)__builtin_frame_address(0),
					    (uintptr_t)__builtin_frame_address(0) + 64, true};
	return rc != 0 ? rc : each(&stack, arg);
}

static const struct llext_swap_port scheduler = {.threads = both_threads};

static void preempted_thread(void)
{
	static uint64_t stack[256];
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_holder, (size_t)(fixture_holder_end - fixture_holder));
	struct llext_reference references[8];
	struct llext_unload_report report = {.references = references, .room = 8};
	struct llext *ext;

	CHECK(llext_load(&loader.loader, "holder", &ext, NULL) == 0);
	holder_loop =
		(int (*)(volatile int *))(uintptr_t)llext_find_sym(&ext->exp_tab, "holder_loop");
	llext_swap_use(&scheduler);
	board_threads_start(second_thread, NULL, stack, sizeof(stack), 7);
	while (board_threads_switches() < 20)
		;
	board_threads_stop();
	CHECK(llext_unload_checked(&ext, &report) == -EBUSY && report.count > 0);
	CHECK(references[0].kind == LLEXT_REFERENCE_THREAD);
	CHECK(strcmp(references[0].name, "second") == 0);
	/* When it has left, nothing of it is there any more. */
	go_round = 0;
	board_threads_go_on(7);
	while (!gone_round)
		;
	board_threads_stop();
	CHECK(llext_unload_checked(&ext, &report) == 0 && ext == NULL);
	llext_swap_use(NULL);
}

int main(void)
{
	if (llext_mcu_protect_heap((uintptr_t)board_heap_start, HEAP_BYTES) != 0 ||
	    llext_heap_init(board_heap_start, HEAP_BYTES) != 0)
		return 2;
	costs();
	swaps_under_interrupts(&held, true);
	swaps_under_interrupts(NULL, false);
	preempted_thread();
	return suite_run() == 0 ? 0 : 1;
}
