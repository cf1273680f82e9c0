/* SPDX-License-Identifier: Apache-2.0 */
/* Reset and trap entry of RISC-V in machine mode (privileged specification, chapter 3). */

#if __riscv_xlen == 64
#define STORE sd
#define LOAD  ld
#define SIZE  8
#else
#define STORE sw
#define LOAD  lw
#define SIZE  4
#endif

#define MSTATUS_FS_INITIAL (1 << 13)
#define MSTATUS_FS_DIRTY   (3 << 13)
#define MSTATUS_VS_INITIAL (1 << 9)

	.option arch, +zicsr

	.section .board.start, "ax"
	.globl board_reset
board_reset:
	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	la	sp, board_stack_top
	la	t0, board_trap_entry
	csrw	mtvec, t0
#ifdef __riscv_flen
	/* Vector registers, too: without them the bits have no effect. */
	li	t0, MSTATUS_FS_INITIAL | MSTATUS_VS_INITIAL
	csrs	mstatus, t0
#endif
	j	board_start

/*
 * Saves all registers, and gives the place where x1 to x31 were saved (as an array from x0 on, with mepc
 * in the place of x0 and mstatus in that of x2; the floating-point registers are below it) to board_trap, which returns the place to
 * restore them from: where there are two threads, it may be the other one's. The handler runs on the stack of what it interrupted; if
 * that has run over, on one of its own, where also the function runs that catches such a fault.
 */
#define FRAME	    (32 * SIZE)
#define FLOAT_FRAME (32 * 8)

	.text
	.balign 4
	.globl board_trap_entry
board_trap_entry:
	csrw	mscratch, t0
	.option push
	.option norelax
	la	t0, board_stack_bottom
	addi	t0, t0, 1024 /* what a handler takes */
	bgeu	sp, t0, 1f
	la	sp, trap_stack_top
	.option pop
1:	csrr	t0, mscratch
	addi	sp, sp, -FRAME
	.irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	STORE	x\n, \n * SIZE(sp)
	.endr
	csrr	t0, mepc
	STORE	t0, 0(sp)
	csrr	t0, mstatus
	STORE	t0, 2 * SIZE(sp)
#ifdef __riscv_flen
	addi	sp, sp, -FLOAT_FRAME
	/* Those of who has written to any; some kernels do no more. */
	li	t1, MSTATUS_FS_DIRTY
	and	t0, t0, t1
	bne	t0, t1, 1f
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	fsd	f\n, \n * 8(sp)
	.endr
1:	addi	a0, sp, FLOAT_FRAME
#else
	mv	a0, sp
#endif
	call	board_trap
	mv	sp, a0
#ifdef __riscv_flen
	LOAD	t0, 2 * SIZE(sp)
	li	t1, MSTATUS_FS_DIRTY
	and	t0, t0, t1
	bne	t0, t1, 1f
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	fld	f\n, \n * 8 - FLOAT_FRAME(sp)
	.endr
1:
#endif
	LOAD	t0, 0(sp)
	csrw	mepc, t0
	LOAD	t0, 2 * SIZE(sp)
	csrw	mstatus, t0
	.irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	LOAD	x\n, \n * SIZE(sp)
	.endr
	addi	sp, sp, FRAME
	mret

	.section .bss.board_trap_stack, "aw", @nobits
	.balign 16
	.skip	4096
trap_stack_top:
