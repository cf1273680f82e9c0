/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two threads that a timer switches between, for tests: main() and one more. A program links
 * ${BOARD_THREADS_SOURCE}. Cortex-M from Armv7-M on, RISC-V and AArch64; it takes the timer for
 * itself.
 */
#ifndef BOARD_THREADS_H
#define BOARD_THREADS_H

#include <stddef.h>
#include <stdint.h>

/* From now on main() and function(argument) have the processor for @ticks of the timer each. */
void board_threads_start(void (*function)(void *argument), void *argument, void *stack,
			 size_t stack_bytes, uint32_t ticks);

/* In main(): the other thread does not run any more, wherever it is. */
void board_threads_stop(void);

/* In main(), after that: it goes on. */
void board_threads_go_on(uint32_t ticks);

/*
 * In main(): what the other thread has on its stack, its saved registers among it: from @start to
 * @end. Both are 0 where there is no other thread.
 */
void board_threads_stack(uintptr_t *start, uintptr_t *end);

/*
 * Called at each switch, in the handler: thread 0, which is main(), or 1 goes, the other one comes.
 * NULL: nobody wants to know.
 */
extern void (*board_threads_hook)(unsigned int from);

/* How often the processor has changed hands. */
uint32_t board_threads_switches(void);

#endif /* BOARD_THREADS_H */
