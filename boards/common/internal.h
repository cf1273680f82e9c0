/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the board support. A firmware uses board.h. */
#ifndef BOARD_INTERNAL_H
#define BOARD_INTERNAL_H

#include "board.h"

/* What the emulator does for us: semihost.c, or xtensa/simcall.c. */
void host_write(const char *text, size_t length);
BOARD_NORETURN void host_exit(int status);

/* From the reset code, which has set up the stack, the FPU, the vectors and the clock. */
BOARD_NORETURN void board_start(void);

/* The wait for the next tick of a clock that is coarser than an instruction. */
struct board_tick {
	uint64_t tick;   /* that was seen to begin */
	unsigned waited; /* instructions from the call until it was seen, but for a constant */
	unsigned late;   /* instructions from its beginning until it was seen, as far as known */
};

struct board_tick board_tick_edge(void);

/* Common end of all fault handlers. Returns if execution goes on at fault->pc. */
void board_fault(struct board_fault *fault);

void board_puts(const char *text);
void board_put_hex(uintptr_t value);

#endif /* BOARD_INTERNAL_H */
