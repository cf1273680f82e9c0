/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From one stack to another: the registers that a function must preserve, by each machine's calling
 * convention, stay on the stack that is left. Assembly outside of functions, since not every
 * compiler has functions without a prologue.
 */
#include "../internal.h"

#if LLEXT_ON(CONFIG_LLEXT_STEPS)
#include "switch.h"

/* What is on a stack that is left: so many words, and among them where it goes on. */
#if defined(__arm__)
#ifdef __ARM_FP
#define FLOAT_WORDS 16
#define SAVE_FLOAT  "	vpush {d8-d15}\n"
#define LOAD_FLOAT  "	vpop {d8-d15}\n"
#else
#define FLOAT_WORDS 0
#define SAVE_FLOAT
#define LOAD_FLOAT
#endif
#define WORDS (FLOAT_WORDS + 9)
#define PLACE (FLOAT_WORDS + 8)
#define CODE                                                                                       \
	"	.syntax unified\n"                                                                       \
	"	.thumb\n"                                                                                \
	"	.thumb_func\n"                                                                           \
	"llext_stack_switch:\n"                                                                    \
	"	push {r4-r7, lr}\n"                                                                      \
	"	mov r4, r8\n"                                                                            \
	"	mov r5, r9\n"                                                                            \
	"	mov r6, r10\n"                                                                           \
	"	mov r7, r11\n"                                                                           \
	"	push {r4-r7}\n" SAVE_FLOAT "	mov r2, sp\n"                                         \
	"	str r2, [r0]\n"                                                                          \
	"	mov sp, r1\n" LOAD_FLOAT "	pop {r4-r7}\n"                                          \
	"	mov r8, r4\n"                                                                            \
	"	mov r9, r5\n"                                                                            \
	"	mov r10, r6\n"                                                                           \
	"	mov r11, r7\n"                                                                           \
	"	pop {r4-r7, pc}\n"
#elif defined(__riscv)
#if __riscv_xlen == 32
#define STORE "sw"
#define LOAD  "lw"
#define W(n)  #n "*4(sp)"
#define ROOM  "16*4"
#else
#define STORE "sd"
#define LOAD  "ld"
#define W(n)  #n "*8(sp)"
#define ROOM  "16*8"
#endif
#if defined(__riscv_flen) && __riscv_flen == 64
#define FLOAT_WORDS (96 / (__riscv_xlen / 8))
#define SAVE_FLOAT                                                                                 \
	"	addi sp, sp, -96\n"                                                                      \
	"	fsd fs0, 0(sp)\n	fsd fs1, 8(sp)\n	fsd fs2, 16(sp)\n	fsd fs3, "                           \
	"24(sp)\n	fsd fs4, 32(sp)\n	fsd fs5, 40(sp)\n	fsd fs6, 48(sp)\n	"                          \
	"fsd fs7, 56(sp)\n	fsd fs8, 64(sp)\n	fsd fs9, 72(sp)\n	fsd fs10, "                         \
	"80(sp)\n	fsd fs11, 88(sp)\n"
#define LOAD_FLOAT                                                                                 \
	"	fld fs0, 0(sp)\n	fld fs1, 8(sp)\n	fld fs2, 16(sp)\n	fld fs3, "                           \
	"24(sp)\n	fld fs4, 32(sp)\n	fld fs5, 40(sp)\n	fld fs6, 48(sp)\n	"                          \
	"fld fs7, 56(sp)\n	fld fs8, 64(sp)\n	fld fs9, 72(sp)\n	fld fs10, "                         \
	"80(sp)\n	fld fs11, 88(sp)\n"                                                              \
	"	addi sp, sp, 96\n"
#elif defined(__riscv_flen)
#error "CONFIG_LLEXT_STEPS: registers of 32 bits for floating-point numbers are not saved yet"
#else
#define FLOAT_WORDS 0
#define SAVE_FLOAT
#define LOAD_FLOAT
#endif
#define WORDS (16 + FLOAT_WORDS)
#define PLACE FLOAT_WORDS
#define ALL(op)                                                                                    \
	"	" op                                                                               \
	" ra, " W(0) "\n	" op " s0, " W(1) "\n	" op " s1, " W(2) "\n	" op " s2, " W(    \
		3) "\n	" op                                                                       \
		   " s3, " W(4) "\n	" op " s4, " W(5) "\n	" op " s5, " W(                    \
			   6) "\n	" op                                                       \
			      " s6, " W(7) "\n	" op " s7, " W(8) "\n	" op " s8, " W(            \
				      9) "\n	" op                                               \
					 " s9, " W(10) "\n	" op                               \
						       " s10, " W(11) "\n	" op               \
								      " s11, " W(12) "\n"
#define CODE                                                                                       \
	"llext_stack_switch:\n"                                                                    \
	"	addi sp, sp, -" ROOM "\n" ALL(STORE) SAVE_FLOAT                                    \
		"	" STORE " sp, 0(a0)\n"                                                     \
		"	mv sp, a1\n" LOAD_FLOAT                                                    \
		ALL(LOAD) "	addi sp, sp, " ROOM "\n"                                           \
			  "	ret\n"
#elif defined(__aarch64__)
#define WORDS 20
#define PLACE 11
#define CODE                                                                                       \
	"llext_stack_switch:\n"                                                                    \
	"	sub sp, sp, #160\n"                                                                      \
	"	stp x19, x20, [sp]\n	stp x21, x22, [sp, #16]\n	stp x23, x24, [sp, #32]\n"                \
	"	stp x25, x26, [sp, #48]\n	stp x27, x28, [sp, #64]\n"                                     \
	"	stp x29, x30, [sp, #80]\n	stp d8, d9, [sp, #96]\n"                                       \
	"	stp d10, d11, [sp, #112]\n	stp d12, d13, [sp, #128]\n"                                   \
	"	stp d14, d15, [sp, #144]\n"                                                              \
	"	mov x2, sp\n	str x2, [x0]\n	mov sp, x1\n"                                                \
	"	ldp x19, x20, [sp]\n	ldp x21, x22, [sp, #16]\n	ldp x23, x24, [sp, #32]\n"                \
	"	ldp x25, x26, [sp, #48]\n	ldp x27, x28, [sp, #64]\n"                                     \
	"	ldp x29, x30, [sp, #80]\n	ldp d8, d9, [sp, #96]\n"                                       \
	"	ldp d10, d11, [sp, #112]\n	ldp d12, d13, [sp, #128]\n"                                   \
	"	ldp d14, d15, [sp, #144]\n"                                                              \
	"	add sp, sp, #160\n	ret\n"
#elif defined(__x86_64__)
#define WORDS 8 /* one of them above, so that the stack is aligned as after a call */
#define PLACE 6
#define CODE                                                                                       \
	"llext_stack_switch:\n"                                                                    \
	"	push %rbp\n	push %rbx\n	push %r12\n	push %r13\n	push %r14\n	"                            \
	"push %r15\n"                                                                              \
	"	mov %rsp, (%rdi)\n	mov %rsi, %rsp\n"                                                     \
	"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbx\n	"                                 \
	"pop %rbp\n"                                                                               \
	"	ret\n"
#else
#error "CONFIG_LLEXT_STEPS: this machine has no way from one stack to another yet"
#endif

__asm__("	.text\n"
	"	.balign 4\n"
	"	.globl llext_stack_switch\n"
#if defined(__ELF__)
	"	.type llext_stack_switch, %function\n"
#endif
	CODE);

void *llext_stack_new(void *stack, size_t bytes, void (*function)(void))
{
	uintptr_t *top = (uintptr_t *)(((uintptr_t)stack + bytes) & ~(uintptr_t)15);
	uintptr_t *sp = top - WORDS;

	memset(sp, 0, (size_t)WORDS * sizeof(*sp));
	sp[PLACE] = (uintptr_t)function;
	return sp;
}

#endif /* CONFIG_LLEXT_STEPS */
