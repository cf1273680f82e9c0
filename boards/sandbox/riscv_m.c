/* SPDX-License-Identifier: Apache-2.0 */
/* A clock for budgets on RISC-V. */
#define TICK 100 /* instructions */
#include "clock.h"

/* An interrupt has the firmware's thread pointer, and its rounding mode, whatever the domain has
 * made of them. */
uintptr_t sandbox_interrupt_state;

static uintptr_t thread_pointer;

static void sandbox_look(void)
{
	sandbox_interrupt_state |= (uintptr_t)__builtin_thread_pointer() ^ thread_pointer;
#ifdef __riscv_flen
	uintptr_t mode;

	__asm__ volatile("frrm %0" : "=r"(mode));
	sandbox_interrupt_state |= mode;
#endif
}

void sandbox_start(void)
{
	thread_pointer = (uintptr_t)__builtin_thread_pointer();
}

/* clang-format off */
#if __riscv_xlen == 64
#define LOAD     "ld "
#define STORE    "sd "
#define TO_FLOAT "fmv.d.x "
#define FROM_FLOAT "fmv.x.d "
#else
#define LOAD     "lw "
#define STORE    "sw "
#define TO_FLOAT "fmv.w.x "
#define FROM_FLOAT "fmv.x.w "
#endif

__attribute__((naked)) void sandbox_pass(unsigned int instructions)
{
	__asm__ volatile("	andi t0, a0, 1\n"
			 "	beqz t0, 1f\n"
			 "	nop\n"
			 "1:	addi a0, a0, -2\n"
			 "	bgez a0, 1b\n"
			 "	ret\n");
}

__attribute__((naked)) void leave_registers(void)
{
	__asm__ volatile("	.irp n, 5,6,7,11,12,13,14,15,16,17,28,29,30,31\n"
			 "	li x\\n, -1\n"
			 "	.endr\n"
#ifdef __riscv_flen
			 "	.irp n, 0,1,2,3,4,5,6,7,10,11,12,13,14,15,16,17,28,29,30,31\n"
			 "	" TO_FLOAT "f\\n, t0\n"
			 "	.endr\n"
#endif
			 "	ret\n");
}

#ifdef __riscv_flen
#define FP(text) text
#else
#define FP(text)
#endif

/* Patterns in s0 to s11, and in such registers for floating point, before, compared after; gp and tp,
 * and modes of floating point, as they were. */
__attribute__((naked)) bool registers_survive(struct k_mem_domain *domain, const void *function)
{
	__asm__ volatile(
		FP("	addi sp, sp, -112\n"
		   "	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
		   "	fsd fs\\n, 8*\\n(sp)\n"
		   "	.endr\n"
		   "	li t0, 0x21\n" /* round towards zero; a flag */
		   "	fscsr t0, t0\n"
		   "	" STORE "t0, 96(sp)\n")
		"	addi sp, sp, -128\n"
		"	" STORE "ra, 0(sp)\n"
		"	" STORE "gp, 8(sp)\n"
		"	" STORE "tp, 16(sp)\n"
		"	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
		"	" STORE "s\\n, 24+8*\\n(sp)\n"
		"	li s\\n, 0x40+\\n\n"
		FP("	" TO_FLOAT "fs\\n, s\\n\n")
		"	.endr\n"
		"	li a2, 0\n"
		"	li a3, 0\n"
		"	li a4, 0\n"
		"	call llext_domain_call\n"
		"	li a0, 0\n"
		"	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
		"	addi t0, s\\n, -(0x40+\\n)\n"
		"	or a0, a0, t0\n"
		FP("	" FROM_FLOAT "t0, fs\\n\n"
		   "	addi t0, t0, -(0x40+\\n)\n"
		   "	or a0, a0, t0\n")
		"	" LOAD "s\\n, 24+8*\\n(sp)\n"
		"	.endr\n"
		"	" LOAD "t0, 8(sp)\n"
		"	xor t0, t0, gp\n"
		"	or a0, a0, t0\n"
		"	" LOAD "t0, 16(sp)\n"
		"	xor t0, t0, tp\n"
		"	or a0, a0, t0\n"
		"	" LOAD "ra, 0(sp)\n"
		"	addi sp, sp, 128\n"
		FP("	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n"
		   "	fld fs\\n, 8*\\n(sp)\n"
		   "	.endr\n"
		   "	" LOAD "t0, 96(sp)\n"
		   "	fscsr t0, t0\n"
		   "	addi t0, t0, -0x21\n"
		   "	or a0, a0, t0\n"
		   "	addi sp, sp, 112\n")
		"	seqz a0, a0\n"
		"	ret\n");
}
