/* SPDX-License-Identifier: Apache-2.0 */
/* A clock for budgets on AArch64, and registers. */
#define TICK 16 /* instructions */
#include "clock.h"
#include "../../ports/aarch64/system.h"

/* An interrupt has the firmware's modes and thread pointer, whatever the domain has made of them.
 */
uintptr_t sandbox_interrupt_state;

static uint64_t thread_pointer;

static void sandbox_look(void)
{
	sandbox_interrupt_state |= SYSTEM_READ(fpcr) | SYSTEM_READ(fpsr) |
				   (SYSTEM_READ(tpidr_el0) ^ thread_pointer) |
				   (SYSTEM_READ(tpidrro_el0) ^ SANDBOX_READ_ONLY_THREAD) |
				   SYSTEM_READ(ttbr0_el1) >> 48;
}

/* What the port has to close: interrupt masks, caches, DC ZVA, WFI, WFE; counters, timers, events.
 */
#define SCTLR_OPEN     (1u << 9 | 1u << 14 | 1u << 15 | 1u << 16 | 1u << 18 | 1u << 26)
#define CNTKCTL_OPEN   0x303u
#define PMUSERENR_OPEN 0xfu

void sandbox_start(void)
{
	SYSTEM_WRITE(sctlr_el1, SYSTEM_READ(sctlr_el1) | SCTLR_OPEN);
	SYSTEM_WRITE(cntkctl_el1, CNTKCTL_OPEN);
	SYSTEM_WRITE(pmuserenr_el0, PMUSERENR_OPEN);
	thread_pointer = SYSTEM_READ(tpidr_el0);
	SYSTEM_WRITE(tpidrro_el0, SANDBOX_READ_ONLY_THREAD);
	__asm__ volatile("msr daifclr, #2" ::: "memory");
}

/* clang-format off */
__asm__(
	"	.section .text.sandbox_registers, \"ax\", %progbits\n"
	"	.globl sandbox_pass, leave_registers, registers_survive\n"
	"sandbox_pass:\n"
	"	tbz w0, #0, 1f\n"
	"	nop\n"
	"1:	subs w0, w0, #2\n"
	"	b.ge 1b\n"
	"	ret\n"

	"leave_registers:\n"
	"	.irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17\n"
	"	mov x\\n, #-1\n"
	"	.endr\n"
	"	.irp n, 0,1,2,3,4,5,6,7,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
	"	movi v\\n\\().16b, #0xff\n"
	"	.endr\n"
	"	.irp n, 8,9,10,11,12,13,14,15\n"
	"	ins v\\n\\().d[1], x1\n"
	"	.endr\n"
	"	msr nzcv, x1\n"
	"	ret\n"

	/* Patterns in x18 to x28 and d8 to d15 before, compared after; and modes as they were. */
	"registers_survive:\n"
	"	sub sp, sp, #192\n"
	"	stp x19, x20, [sp]\n"
	"	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n"
	"	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	str x18, [sp, #160]\n"
	"	.irp n, 18,19,20,21,22,23,24,25,26,27,28\n"
	"	mov x\\n, #0x40+\\n\n"
	"	.endr\n"
	"	.irp n, 0,1,2,3,4,5,6,7,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
	"	movi v\\n\\().16b, #0xff\n"
	"	.endr\n"
	"	.irp n, 8,9,10,11,12,13,14,15\n"
	"	dup v\\n\\().2d, x28\n"
	"	.endr\n"
	"	mov x2, #0\n"
	"	mov x3, #0\n"
	"	mov x4, #0\n"
	"	bl llext_domain_call\n"
	"	mov x0, #0\n"
	"	.irp n, 18,19,20,21,22,23,24,25,26,27,28\n"
	"	sub x1, x\\n, #0x40+\\n\n"
	"	orr x0, x0, x1\n"
	"	.endr\n"
	"	.irp n, 8,9,10,11,12,13,14,15\n"
	"	fmov x1, d\\n\n"
	"	sub x1, x1, #0x40+28\n"
	"	orr x0, x0, x1\n"
	"	.endr\n"
	"	mrs x1, fpcr\n"
	"	orr x0, x0, x1\n"
	"	mrs x1, fpsr\n"
	"	orr x0, x0, x1\n"
	"	adrp x2, thread_pointer\n"
	"	ldr x2, [x2, :lo12:thread_pointer]\n"
	"	mrs x1, tpidr_el0\n"
	"	eor x1, x1, x2\n"
	"	orr x0, x0, x1\n"
	"	mrs x1, tpidrro_el0\n"
	"	sub x1, x1, #0x77\n"
	"	orr x0, x0, x1\n"
	"	ldp x19, x20, [sp]\n"
	"	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n"
	"	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	ldr x18, [sp, #160]\n"
	"	add sp, sp, #192\n"
	"	cmp x0, #0\n"
	"	cset w0, eq\n"
	"	ret\n"
	"	.text\n");
