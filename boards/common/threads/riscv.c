/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two threads on RISC-V: the machine timer's trap saves all registers on the stack of what it
 * interrupted, and goes on with those of the other thread. See ../riscv/entry.S.
 */
#include "../board.h"
#include "../../../ports/riscv_m/csr.h"
#include "threads.h"

#define MSTATUS_MIE         ((uintptr_t)1 << 3)
#define MSTATUS_MPIE        ((uintptr_t)1 << 7)
#define MSTATUS_MPP_MACHINE ((uintptr_t)3 << 11)

#ifdef __riscv_flen
#define FLOAT_BYTES (32 * 8)
#else
#define FLOAT_BYTES 0
#endif

static void *other; /* the frame of the thread that waits; NULL: there is only one */
static volatile uint32_t switches;
static uint32_t slice;
static uintptr_t stack_end;
static unsigned int current;
void (*board_threads_hook)(unsigned int from);

void *board_thread_switch(void *frame)
{
	void *next = other;

	if (next == NULL)
		return frame;
	other = frame;
	switches++;
	if (board_threads_hook != NULL)
		board_threads_hook(current);
	current = !current;
	return next;
}

static void end_slice(void)
{
	board_timer(slice, end_slice);
}

void board_threads_start(void (*function)(void *argument), void *argument, void *stack,
			 size_t stack_bytes, uint32_t ticks)
{
	uintptr_t top = ((uintptr_t)stack + stack_bytes) & ~(uintptr_t)15, gp, tp;
	uintptr_t *frame = (uintptr_t *)top - 32;

	for (uint8_t *byte = (uint8_t *)frame - FLOAT_BYTES; byte < (uint8_t *)top; byte++)
		*byte = 0;
	__asm__("mv %0, gp\n\tmv %1, tp" : "=r"(gp), "=r"(tp));
	frame[0] = (uintptr_t)function;
	frame[2] = (CSR_READ(mstatus) & ~MSTATUS_MIE) | MSTATUS_MPIE | MSTATUS_MPP_MACHINE;
	frame[3] = gp;
	frame[4] = tp;
	frame[10] = (uintptr_t)argument;
	slice = ticks;
	stack_end = top;
	other = frame;
	board_timer(slice, end_slice);
}

void board_threads_stop(void)
{
	board_timer(0, NULL);
}

/* Of what it has interrupted, a trap has all registers at the stack's lower end. */
void board_threads_stack(uintptr_t *start, uintptr_t *end)
{
	*start = (uintptr_t)other - FLOAT_BYTES;
	*end = stack_end;
	if (other == NULL)
		*start = 0;
}

void board_threads_go_on(uint32_t ticks)
{
	slice = ticks;
	board_timer(slice, end_slice);
}

uint32_t board_threads_switches(void)
{
	return switches;
}
