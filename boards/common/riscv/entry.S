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
 * Saves what C code may change, and gives the place where x1 to x31 were saved (as an array from x0 on,
 * with mepc in the place of x0) to board_trap. The handler runs on the stack of what it interrupted; if
 * that has run over, on one of its own, where also the function runs that catches such a fault.
 */
#define FRAME	    (32 * SIZE)
#define FLOAT_FRAME (20 * 8)

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
	mv	a0, sp
#ifdef __riscv_flen
	/* ft0-ft7, fa0-fa7, ft8-ft11: the others are kept by what is called. */
	addi	sp, sp, -FLOAT_FRAME
	.irp n, 0,1,2,3,4,5,6,7
	fsd	f\n, \n * 8(sp)
	fsd	fa\n, (\n + 8) * 8(sp)
	.endr
	fsd	ft8, 16 * 8(sp)
	fsd	ft9, 17 * 8(sp)
	fsd	ft10, 18 * 8(sp)
	fsd	ft11, 19 * 8(sp)
#endif
	call	board_trap
#ifdef __riscv_flen
	.irp n, 0,1,2,3,4,5,6,7
	fld	f\n, \n * 8(sp)
	fld	fa\n, (\n + 8) * 8(sp)
	.endr
	fld	ft8, 16 * 8(sp)
	fld	ft9, 17 * 8(sp)
	fld	ft10, 18 * 8(sp)
	fld	ft11, 19 * 8(sp)
	addi	sp, sp, FLOAT_FRAME
#endif
	LOAD	t0, 0(sp)
	csrw	mepc, t0
	.irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	LOAD	x\n, \n * SIZE(sp)
	.endr
	addi	sp, sp, FRAME
	mret

	.section .bss.board_trap_stack, "aw", @nobits
	.balign 16
	.skip	4096
trap_stack_top:
