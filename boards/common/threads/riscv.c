/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of a new thread on RISC-V. See ../riscv/entry.S. */
#include "frames.h"
#include "../../../ports/riscv_m/csr.h"

#define MSTATUS_MIE         ((uintptr_t)1 << 3)
#define MSTATUS_MPIE        ((uintptr_t)1 << 7)
#define MSTATUS_MPP_MACHINE ((uintptr_t)3 << 11)

const size_t board_thread_frame_bytes = 32 * sizeof(uintptr_t);
#ifdef __riscv_flen
const size_t board_thread_bytes_below = (size_t)32 * 8;
#else
const size_t board_thread_bytes_below = 0;
#endif

void board_thread_frame(uintptr_t *frame, void (*function)(void *argument), void *argument)
{
	uintptr_t gp, tp;

	__asm__("mv %0, gp\n\tmv %1, tp" : "=r"(gp), "=r"(tp));
	frame[0] = (uintptr_t)function;
	frame[2] = (CSR_READ(mstatus) & ~MSTATUS_MIE) | MSTATUS_MPIE | MSTATUS_MPP_MACHINE;
	frame[3] = gp;
	frame[4] = tp;
	frame[10] = (uintptr_t)argument;
}
