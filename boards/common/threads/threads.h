/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two threads that a timer switches between, for tests: main() and one more. A program links
 * ${BOARD_THREADS_SOURCE}. Cortex-M from Armv7-M on, and RISC-V; it takes the timer for itself.
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

/* How often the processor has changed hands. */
uint32_t board_threads_switches(void);

#endif /* BOARD_THREADS_H */
