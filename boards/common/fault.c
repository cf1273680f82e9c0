/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a fault, whatever the architecture. */
#include <setjmp.h>
#include "internal.h"

bool (*board_fault_hook)(struct board_fault *fault);

static jmp_buf catch_point;
static struct board_fault *catch_record;

static void print_fault(const struct board_fault *fault)
{
	static const char *const names[] = {
		[BOARD_FAULT_OTHER] = "fault",
		[BOARD_FAULT_EXECUTE] = "execution not allowed",
		[BOARD_FAULT_DATA] = "data access not allowed",
		[BOARD_FAULT_INSTRUCTION] = "undefined instruction",
		[BOARD_FAULT_ALIGNMENT] = "misaligned access",
		[BOARD_FAULT_DIVISION] = "division by zero",
	};

	board_puts("\nboard: ");
	board_puts(names[fault->kind]);
	if (fault->write >= 0)
		board_puts(fault->write ? " (store)" : " (load)");
	board_puts(", pc ");
	board_put_hex(fault->pc);
	board_puts(", lr ");
	board_put_hex(fault->lr);
	if (fault->has_address) {
		board_puts(", address ");
		board_put_hex(fault->address);
	}
	board_puts(", cause ");
	board_put_hex(fault->cause);
	board_putc('\n');
}

void board_fault(struct board_fault *fault)
{
	if (board_fault_hook && board_fault_hook(fault))
		return;
	board_fault_hook = NULL;
	print_fault(fault);
	board_exit(BOARD_EXIT_FAULT);
}

static void land(void)
{
	longjmp(catch_point, 1);
}

/*
 * Runs in the fault handler. A jump from here would leave the core in the handler's mode, so the
 * handler returns to land(), which jumps from where the fault was.
 */
static bool catch_fault(struct board_fault *fault)
{
	*catch_record = *fault;
	fault->pc = (uintptr_t)land;
	return true;
}

bool board_fault_caught(void (*function)(void *argument), void *argument, struct board_fault *fault)
{
	bool (*volatile hook)(struct board_fault *) = board_fault_hook;
	bool faulted = true;

	catch_record = fault;
	board_fault_hook = catch_fault;
	if (setjmp(catch_point) == 0) {
		function(argument);
		faulted = false;
	}
	board_fault_hook = hook;
	return faulted;
}
