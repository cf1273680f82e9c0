/* SPDX-License-Identifier: Apache-2.0 */
/* What frames.c asks of a machine whose entry.S saves all registers in a frame on the stack. */
#ifndef BOARD_FRAMES_H
#define BOARD_FRAMES_H

#include <stddef.h>
#include <stdint.h>

/* Of a frame, from its place on, and what belongs to it below that. */
extern const size_t board_thread_frame_bytes, board_thread_bytes_below;

/* A frame of zeros becomes that of a thread that is about to call function(argument). */
void board_thread_frame(uintptr_t *frame, void (*function)(void *argument), void *argument);

#endif /* BOARD_FRAMES_H */
