/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of a new thread on AArch64. See ../aarch64/entry.S. */
#include "frames.h"

#define PC    31
#define STATE 32
#define EL1   5 /* with its stack pointer, and interrupts */

const size_t board_thread_frame_bytes = (size_t)34 * 8 + (size_t)32 * 16;
const size_t board_thread_bytes_below = 0;

void board_thread_frame(uintptr_t *frame, void (*function)(void *argument), void *argument)
{
	frame[0] = (uintptr_t)argument;
	frame[PC] = (uintptr_t)function;
	frame[STATE] = EL1;
}
