/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two threads where the timer's interrupt saves all registers on the stack of what it interrupted,
 * and goes on with those of the other thread: RISC-V and AArch64, whose entry.S does so.
 */
#include "../board.h"
#include "frames.h"
#include "threads.h"

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
	uintptr_t top = ((uintptr_t)stack + stack_bytes) & ~(uintptr_t)15;
	uintptr_t *frame = (uintptr_t *)(top - board_thread_frame_bytes);

	for (uint8_t *byte = (uint8_t *)frame - board_thread_bytes_below; byte < (uint8_t *)top;
	     byte++)
		*byte = 0;
	board_thread_frame(frame, function, argument);
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
	*start = (uintptr_t)other - board_thread_bytes_below;
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
