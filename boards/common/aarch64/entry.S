/* SPDX-License-Identifier: Apache-2.0 */
/* Reset and exception vectors of AArch64 at EL1 (Arm ARM, DDI 0487, sections D1.10 and D19). */

#define CPACR_FPEN  (3 << 20)
#define PMCR_ENABLE ((1 << 6) | 1) /* 64-bit cycle counter, enabled */
#define PMCNT_CYCLE (1 << 31)

	.section .board.start, "ax"
	.globl board_reset
board_reset:
	adrp	x0, board_stack_top
	add	x0, x0, :lo12:board_stack_top
	mov	sp, x0
	adrp	x0, board_vectors
	add	x0, x0, :lo12:board_vectors
	msr	vbar_el1, x0
	mov	x0, CPACR_FPEN
	msr	cpacr_el1, x0
	mov	x0, PMCR_ENABLE
	msr	pmcr_el0, x0
	msr	pmccfiltr_el0, xzr
	mov	w0, PMCNT_CYCLE
	msr	pmcntenset_el0, x0
	isb
	mov	x29, xzr
	mov	x30, xzr
	b	board_start

/*
 * Interrupts lead to board_interrupt(), all else to board_trap(), which has ESR_EL1 to tell them apart. Both get the place
 * where the registers were saved, and return the one to restore them from: where there are two threads, it may be the
 * other one's. Exceptions are taken on the stack of what they interrupt; if that has run over, on one of their own,
 * where also the function runs that catches such a fault.
 */
#define GENERAL (34 * 8)
#define FRAME	(GENERAL + 32 * 16)

	/* x0 to x30, the return address and SPSR_EL1, as an array; then the vector registers. */
	.macro	save_and_call handler
	msr	tpidr_el1, x0
	adrp	x0, board_stack_bottom
	add	x0, x0, :lo12:board_stack_bottom
	add	x0, x0, 2048 /* what a handler takes */
	cmp	sp, x0
	b.hs	1f
	adrp	x0, trap_stack_top
	add	x0, x0, :lo12:trap_stack_top
	mov	sp, x0
1:	mrs	x0, tpidr_el1
	sub	sp, sp, FRAME
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	str	x\n, [sp, \n * 8]
	.endr
	mrs	x0, elr_el1
	str	x0, [sp, 31 * 8]
	mrs	x0, spsr_el1
	str	x0, [sp, 32 * 8]
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	str	q\n, [sp, GENERAL + \n * 16]
	.endr
	mov	x0, sp
	bl	\handler
	b	restore
	.endm

	.text
	.balign 2048
	.globl board_vectors
board_vectors:
	.rept 4
	.balign 128
	b	save
	.balign 128
	b	save_interrupt
	.balign 128
	b	save
	.balign 128
	b	save
	.endr

save:
	save_and_call board_trap
save_interrupt:
	save_and_call board_interrupt

restore:
	mov	sp, x0
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	ldr	q\n, [sp, GENERAL + \n * 16]
	.endr
	ldr	x0, [sp, 31 * 8]
	msr	elr_el1, x0
	ldr	x0, [sp, 32 * 8]
	msr	spsr_el1, x0
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	ldr	x\n, [sp, \n * 8]
	.endr
	add	sp, sp, FRAME
	eret

	.section .bss.board_trap_stack, "aw", %nobits
	.balign 16
	.skip	4096
trap_stack_top:

	.section .note.GNU-stack, "", %progbits
