/* SPDX-License-Identifier: Apache-2.0 */
/* Reset and exception vectors of an Xtensa core with the call0 ABI (ISA reference, sections 4.4, 8.1). */

/*
 * Level 1, that of all interrupts here, and EXCM 0, so that an exception is not a double one. From level 2
 * on BREAK would do nothing, and that is what compilers make of __builtin_trap().
 */
#define PS_INTERRUPTS_OFF 1
#define PS_EXCM	0x10
#define CAUSE_ILLEGAL 0

	/* Where the core starts; nothing else is in this memory. */
	.section .board.reset, "ax"
	.globl board_reset
board_reset:
	j	1f
	.literal_position
1:	movi	a0, begin
	jx	a0

	/* Offsets from VECBASE: debug exception 0x10, kernel exception 0x30, user exception 0x50, double
	 * exception 0x70. */
	.section .board.vectors, "ax"
	.globl board_vectors
board_vectors:
	.org	board_vectors + 0x10
	j	debug_exception
	.org	board_vectors + 0x30
	j	exception
	.org	board_vectors + 0x50
	j	exception
	.org	board_vectors + 0x70
	j	double_exception
	.org	board_vectors + 0x80

	.literal_position
	.balign	4
begin:
	movi	a0, board_vectors
	wsr.vecbase a0
	movi	a0, PS_INTERRUPTS_OFF
	wsr.ps	a0
	rsync
	movi	a1, board_stack_top
	movi	a0, 0
	call0	board_start

#define FRAME 96
#define STACK_RESERVE 1024 /* what a report takes */
#define FRAME_SAR 64
#define FRAME_PC  68

	/* Saves a0 to a15, SAR and the address, in this order, and passes their place to board_trap. */
	.balign	4
exception:
	wsr.excsave1 a0
save:
	movi	a0, board_stack_bottom + STACK_RESERVE
	bltu	a1, a0, stack_is_full
push:
	addi	a0, a1, -FRAME
	s32i	a1, a0, 4
	mov	a1, a0
	.irp	n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15
	s32i	a\n, a1, \n * 4
	.endr
	rsr.excsave1 a2
	s32i	a2, a1, 0
	rsr.sar	a2
	s32i	a2, a1, FRAME_SAR
	rsr.epc1 a2
	s32i	a2, a1, FRAME_PC
	/* Out of exception mode, so that an exception in the handler is reported and not a double one. */
	movi	a2, PS_INTERRUPTS_OFF
	xsr.ps	a2
	rsync
	mov	a12, a2
	mov	a2, a1
	call0	board_trap
	wsr.ps	a12
	rsync
	l32i	a2, a1, FRAME_PC
	wsr.epc1 a2
	l32i	a2, a1, FRAME_SAR
	wsr.sar	a2
	.irp	n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15
	l32i	a\n, a1, \n * 4
	.endr
	l32i	a0, a1, 0
	l32i	a1, a1, 4
	rfe

	/* BREAK: made an illegal instruction, as it is elsewhere. Level 2 is the processor's for debugging. */
	.balign	4
debug_exception:
	wsr.excsave1 a0
	rsr.epc2 a0
	wsr.epc1 a0
	movi	a0, CAUSE_ILLEGAL
	wsr.exccause a0
	rsr.eps2 a0
	addi	a0, a0, PS_EXCM
	wsr.ps	a0
	rsync
	j	save

	/*
	 * The stack has run over, or is no memory at all. The report needs another one, and nobody comes back
	 * from it. The exception's address and a0 are kept.
	 */
	.balign	4
	.literal_position
double_exception:
stack_is_full:
	movi	a1, spare_stack_top
	j	push

	.section .bss.spare_stack, "aw", @nobits
	.balign	16
	.space	STACK_RESERVE
spare_stack_top:
