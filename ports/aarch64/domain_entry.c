/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways into a domain and out of it, on AArch64 (DDI 0487, section D1.3). While a domain runs,
 * VBAR_EL1 leads to the vectors below, TTBR0_EL1 to its tables, and the stack pointer of EL1 to the
 * frame of llext_domain_port_call(), which holds what the firmware had. Each exception first gives
 * the firmware its tables and vectors back.
 *
 *   gate:       SVC in a slot; the function is called from the exception, interrupts as at the call
 *   end:        SVC in slot 0, or a fault
 *   interrupt:  goes on to where VBAR_EL1 led before, which sees EL1 interrupted at `resume`
 */
#include <errno.h>

#include "domain_aarch64.h"

#if LLEXT_ON(CONFIG_USERSPACE) && defined(__aarch64__)

/* The frame, in bytes. */
#define LEVEL_      "[sp]"
#define TTBR_VBAR   "[sp, #16]"
#define THREAD      "[sp, #32]" /* tpidr_el0, tpidrro_el0 */
#define FLOAT       "[sp, #48]" /* fpcr, fpsr */
#define USER_FLOAT  "[sp, #64]" /* the domain's, while a gate runs */
#define X18         "[sp, #80]"
#define DAIF        "[sp, #88]"
#define SAVED       "96"         /* x19 to x30 from there on, then d8 to d15 */
#define I_X16_X17   "[sp, #256]" /* the domain's while an interrupt is handled: */
#define I_ELR_SPSR  "[sp, #272]"
#define I_SP_THREAD "[sp, #288]"
#define I_FLOAT     "[sp, #304]"
#define I_X18       "[sp, #320]"
#define FRAME       "336"

#define LEVEL(field)  offsetof(struct llext_domain_level, field)
#define DOMAIN(field) offsetof(struct k_mem_domain, field)
#define GATE(field)   offsetof(struct llext_gate, field)
#define CHECK(field)  offsetof(struct llext_gate_check, field)

_Static_assert(sizeof(struct llext_gate_check) == 8, "the next one is so far away");

extern const struct llext_domain_args llext_aarch64_no_args;
const struct llext_domain_args llext_aarch64_no_args;

/* clang-format off */

/* What the firmware must find as it was: by pairs. */
#define KEPT(what) \
	"	" what " x19, x20, [sp, #" SAVED "]\n" \
	"	" what " x21, x22, [sp, #" SAVED "+16]\n" \
	"	" what " x23, x24, [sp, #" SAVED "+32]\n" \
	"	" what " x25, x26, [sp, #" SAVED "+48]\n" \
	"	" what " x27, x28, [sp, #" SAVED "+64]\n" \
	"	" what " x29, x30, [sp, #" SAVED "+80]\n" \
	"	" what " d8, d9, [sp, #" SAVED "+96]\n" \
	"	" what " d10, d11, [sp, #" SAVED "+112]\n" \
	"	" what " d12, d13, [sp, #" SAVED "+128]\n" \
	"	" what " d14, d15, [sp, #" SAVED "+144]\n"

/* The arguments of a gate, the level and the gate. */
#define ARGUMENTS(what) \
	"	" what " x0, x1, [sp]\n" \
	"	" what " x2, x3, [sp, #16]\n" \
	"	" what " x4, x5, [sp, #32]\n" \
	"	" what " x6, x7, [sp, #48]\n" \
	"	" what " x11, x12, [sp, #64]\n" \
	"	" what " q0, q1, [sp, #80]\n" \
	"	" what " q2, q3, [sp, #112]\n" \
	"	" what " q4, q5, [sp, #144]\n" \
	"	" what " q6, q7, [sp, #176]\n"
#define ARGUMENTS_BYTES "208"

#define ZERO(registers) \
	"	.irp n, " registers "\n" \
	"	mov x\\n, #0\n" \
	"	.endr\n"
#define ZERO_VECTORS(registers) \
	"	.irp n, " registers "\n" \
	"	movi v\\n\\().2d, #0\n" \
	"	.endr\n"

/* What the firmware runs with, from the frame. Two registers are free. */
#define TO_FIRMWARE(a, b) \
	"	ldp " a ", " b ", " TTBR_VBAR "\n" \
	"	msr ttbr0_el1, " a "\n" \
	"	msr vbar_el1, " b "\n" \
	"	ldp " a ", " b ", " THREAD "\n" \
	"	msr tpidr_el0, " a "\n" \
	"	msr tpidrro_el0, " b "\n" \
	"	ldp " a ", " b ", " FLOAT "\n" \
	"	msr fpcr, " a "\n" \
	"	msr fpsr, " b "\n" \
	"	ldr x18, " X18 "\n"

/* What the domain runs with, but for what it has in registers. ERET synchronizes. */
#define TO_DOMAIN(a) \
	"	msr tpidrro_el0, xzr\n" \
	"	adrp " a ", llext_aarch64_vectors\n" \
	"	add " a ", " a ", :lo12:llext_aarch64_vectors\n" \
	"	msr vbar_el1, " a "\n" \
	"	adrp " a ", llext_aarch64_ttbr\n" \
	"	ldr " a ", [" a ", :lo12:llext_aarch64_ttbr]\n" \
	"	msr ttbr0_el1, " a "\n"

/*
 * The gate x11 of the level x12 runs, with the interrupts that its caller had. What it leaves in the
 * level stays there when it has ended: while the domain runs nobody asks.
 */
#define CALL_GATE \
	"	str x11, [x12, %[gate]]\n" \
	"	ldr x13, [x11, %[function]]\n" \
	"	ldr x14, " DAIF "\n" \
	"	msr daif, x14\n" \
	"	ldr x30, [x11, %[way]]\n" \
	"	br x13\n"
#define WAY(what) \
	"	.globl llext_gate_way_" what "\n" \
	"llext_gate_way_" what ":\n"

/* One vector. What goes on to the firmware's has its offset there. */
#define VECTOR(code) \
	"	.balign 128\n" \
	code
#define INTERRUPT(offset) \
	VECTOR("	stp x16, x17, " I_X16_X17 "\n" \
	       "	mov x17, #" offset "\n" \
	       "	b 5f\n")
/* In the few instructions at EL1 that have these vectors: the firmware's matter. */
#define OWN(offset) \
	VECTOR("	ldp x16, x17, " TTBR_VBAR "\n" \
	       "	msr vbar_el1, x17\n" \
	       "	isb\n" \
	       "	add x17, x17, #" offset "\n" \
	       "	br x17\n")

/*
 * Never called: the compiler knows no function without a prologue on this machine, and offsets
 * as operands only inside a function. What it defines has a section of its own. Used, or it would
 * be gone after link-time optimisation.
 */
void llext_aarch64_domain_code(void);
__attribute__((used)) void llext_aarch64_domain_code(void)
{
	__asm__ volatile(
		"	.pushsection .text.llext_domain_port_call, \"ax\", @progbits\n"
		"	.globl llext_domain_port_call\n"
		"	.type llext_domain_port_call, %%function\n"
		"	.balign 16\n"
		"llext_domain_port_call:\n"
		"	mrs x9, daif\n"
		"	tbnz x9, #7, 3f\n"
		"	adrp x10, llext_aarch64_loaded\n"
		"	ldr x10, [x10, :lo12:llext_aarch64_loaded]\n"
		"	ldr x11, [x0, %[domain]]\n"
		"	cmp x10, x11\n"
		"	b.ne 4f\n"
		"1:	sub sp, sp, #" FRAME "\n"
		KEPT("stp")
		"	str x0, " LEVEL_ "\n"
		"	mrs x10, ttbr0_el1\n"
		"	mrs x11, vbar_el1\n"
		"	stp x10, x11, " TTBR_VBAR "\n"
		"	mrs x10, tpidr_el0\n"
		"	mrs x11, tpidrro_el0\n"
		"	stp x10, x11, " THREAD "\n"
		"	mrs x10, fpcr\n"
		"	mrs x11, fpsr\n"
		"	stp x10, x11, " FLOAT "\n"
		"	stp x18, x9, " X18 "\n"
		"	msr daifset, #15\n"
		"	msr spsr_el1, x9\n" /* EL0, with the caller's masks */
		"	ldr x10, [x0, %[pc]]\n"
		"	ldr x11, [x0, %[sp_]]\n"
		"	ldr x30, [x0, %[slots]]\n" /* slot 0: the end */
		"	ldr x12, [x0, %[domain]]\n"
		"	ldr x12, [x12, %[thread]]\n"
		"	ldr x9, [x0, %[args]]\n"
		"	msr elr_el1, x10\n"
		"	msr sp_el0, x11\n"
		"	msr tpidr_el0, x12\n"
		"	msr fpcr, xzr\n"
		"	msr fpsr, xzr\n"
		TO_DOMAIN("x10")
		"	cbz x9, 5f\n"
		"6:	ldr x10, [x9, %[fp]]\n"
		"	cbz x10, 7f\n"
		"	ldp d0, d1, [x10]\n"
		"	ldp d2, d3, [x10, #16]\n"
		"	ldp d4, d5, [x10, #32]\n"
		"	ldp d6, d7, [x10, #48]\n"
		"8:\n"
		ZERO_VECTORS("8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31")
		"	ldp x0, x1, [x9]\n"
		"	ldp x2, x3, [x9, #16]\n"
		"	ldp x4, x5, [x9, #32]\n"
		"	ldp x6, x7, [x9, #48]\n"
		ZERO("8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29")
		"	eret\n"
		"3:	mov w0, #-%c[eperm]\n"
		"	ret\n"
		"4:	stp x0, x30, [sp, #-32]!\n"
		"	str x9, [sp, #16]\n"
		"	bl llext_aarch64_switch\n"
		"	ldr x9, [sp, #16]\n"
		"	ldp x0, x30, [sp], #32\n"
		"	b 1b\n"
		"5:	adrp x9, llext_aarch64_no_args\n"
		"	add x9, x9, :lo12:llext_aarch64_no_args\n"
		"	b 6b\n"
		"7:\n"
		ZERO_VECTORS("0,1,2,3,4,5,6,7")
		"	b 8b\n"
		"	.size llext_domain_port_call, . - llext_domain_port_call\n"

		/* ---- exceptions ---- */
		"	.balign 2048\n"
		"llext_aarch64_vectors:\n"
		OWN("0") OWN("0x80") OWN("0x100") OWN("0x180")
		OWN("0x200") OWN("0x280") OWN("0x300") OWN("0x380")
		VECTOR("	b 2f\n")
		INTERRUPT("0x280")
		INTERRUPT("0x300")
		INTERRUPT("0x380")
		VECTOR("	b 2f\n") VECTOR("	b 2f\n") VECTOR("	b 2f\n") VECTOR("	b 2f\n")

		/* ---- of EL0, no interrupt: at a gate, as after a call, x9 to x17 are free ---- */
		"2:	mrs x9, esr_el1\n"
		"	ldr x12, " LEVEL_ "\n"
		"	mrs x10, elr_el1\n"
		"	mrs x13, sp_el0\n"
		"	str x13, [x12, %[user_sp]]\n"
		"	str x30, [x12, %[user_state]]\n"
		"	mrs x14, fpcr\n"
		"	mrs x15, fpsr\n"
		"	stp x14, x15, " USER_FLOAT "\n"
		TO_FIRMWARE("x14", "x15")
		"	isb\n"
		"	lsr x13, x9, #26\n"
		"	cmp x13, #0x15\n" /* SVC */
		"	b.ne 8f\n"
		"	sub x10, x10, #4\n"
		"	ldp x13, x14, [x12, %[slots]]\n"
		"	sub x13, x10, x13\n"
		"	cmp x13, x14\n"
		"	b.hs 3f\n"
		"	tst x13, #15\n"
		"	b.ne 3f\n"
		"	ldr x11, [x10, #8]\n"
		"20:	cbz x11, 4f\n"
		"	ldrb w13, [x11, %[flags]]\n"
		"	tbnz w13, #4, 21f\n" /* LLEXT_GATE_PLAIN */
		"	tbz w13, #5, 23f\n" /* LLEXT_GATE_ELEMENTS */

		/* ---- one whose elements are in the domain's data, all of them ---- */
		"	stp x0, x1, [sp, #-32]\n"
		"	stp x2, x3, [sp, #-16]\n"
		"	sub x16, sp, #32\n"
		"	ldr x13, [x11, %[checks]]\n"
		"	ldp x9, x10, [x12, %[stack]]\n"
		"24:	ldrb w14, [x13, %[length]]\n"
		"	ldrb w15, [x13, %[word]]\n"
		"	ldr w17, [x13, %[bytes]]\n"
		"	ldr x14, [x16, x14]\n"
		"	ldr x15, [x16, x15]\n"
		"	umulh x30, x14, x17\n"
		"	mul x14, x14, x17\n"
		"	cbnz x30, 23f\n"
		"	sub x15, x15, x9\n"
		"	subs x15, x10, x15\n" /* what is left; below the stack it is beyond the end */
		"	b.lo 23f\n"
		"	cmp x14, x15\n"
		"	b.hi 23f\n"
		"	ldrb w14, [x13, #8]!\n"
		"	cbnz w14, 24b\n" /* LLEXT_GATE_END */
		"21:\n"
		CALL_GATE

		/* ---- back from there: nothing of the result's registers but the result ---- */
		WAY("nothing")
		"	mov x0, #0\n"
		"	b 25f\n"
		WAY("u8")
		"	and w0, w0, #0xff\n"
		"	b 25f\n"
		WAY("s8")
		"	sxtb w0, w0\n"
		"	b 25f\n"
		WAY("u16")
		"	and w0, w0, #0xffff\n"
		"	b 25f\n"
		WAY("s16")
		"	sxth w0, w0\n"
		"	b 25f\n"
		WAY("fp32")
		"	fmov s0, s0\n"
		WAY("fp")
		"	fmov d0, d0\n"
		"	mov x0, #0\n"
		"	mov x1, #0\n"
		"	b 22f\n"
		WAY("32")
		"	mov w0, w0\n"
		WAY("word")
		"25:	mov x1, #0\n"
		"	movi v0.2d, #0\n"
		"22:	msr daifset, #15\n"
		"	ldr x12, " LEVEL_ "\n"
		"	ldr x13, [x12, %[domain]]\n"
		"	ldr x15, [x13, %[thread]]\n"
		"	ldr w13, [x13, %[stopped]]\n"
		"	cbnz w13, 9f\n"
		ZERO_VECTORS("1,2,3,4,5,6,7,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31")
		"	.irp n, 8,9,10,11,12,13,14,15\n" /* whose lower halves a function preserves */
		"	fmov d\\n, d\\n\n"
		"	.endr\n"
		"	msr tpidr_el0, x15\n"
		"	ldp x13, x14, " USER_FLOAT "\n"
		"	msr fpcr, x13\n"
		"	msr fpsr, x14\n"
		"	ldr x13, [x12, %[user_sp]]\n"
		"	ldr x30, [x12, %[user_state]]\n"
		"	ldr x14, " DAIF "\n"
		"	msr sp_el0, x13\n"
		"	msr elr_el1, x30\n"
		"	msr spsr_el1, x14\n"
		TO_DOMAIN("x13")
		ZERO("2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18")
		"	eret\n"

		/* ---- one with something else to be checked ---- */
		"23:	sub sp, sp, #" ARGUMENTS_BYTES "\n"
		ARGUMENTS("stp")
		"	mov x0, x12\n"
		"	mov x1, x11\n"
		"	mov x2, sp\n"
		"	bl llext_mcu_gate\n"
		"	mov w13, w0\n"
		ARGUMENTS("ldp")
		"	add sp, sp, #" ARGUMENTS_BYTES "\n"
		"	tbnz w13, #0, 21b\n"
		"	b 9f\n"

		/* Not a slot of the first extension's; perhaps of another's, perhaps none. */
		"3:	sub sp, sp, #" ARGUMENTS_BYTES "\n"
		ARGUMENTS("stp")
		"	mov x0, x12\n"
		"	mov x1, x10\n"
		"	mov x2, sp\n"
		"	mov x3, x9\n"
		"	bl llext_mcu_gate_at\n"
		"	mov x13, x0\n"
		ARGUMENTS("ldp")
		"	mov x11, x13\n"
		"	add sp, sp, #" ARGUMENTS_BYTES "\n"
		"	cmp x11, #1\n" /* it is where calls return to */
		"	b.hi 20b\n"
		"	b.lo 9f\n"

		/* ---- the end of a call: the result, and back ---- */
		"4:	stp x0, x1, [x12, %[result]]\n"
		"	str d0, [x12, %[fp_result]]\n"
		"	b 9f\n"

		/* ---- an interrupt: x17 is the offset of the firmware's vector ---- */
		"5:	str x18, " I_X18 "\n"
		"	mrs x16, elr_el1\n"
		"	mrs x18, spsr_el1\n"
		"	stp x16, x18, " I_ELR_SPSR "\n"
		"	mrs x16, sp_el0\n"
		"	mrs x18, tpidr_el0\n"
		"	stp x16, x18, " I_SP_THREAD "\n"
		"	mrs x16, fpcr\n"
		"	mrs x18, fpsr\n"
		"	stp x16, x18, " I_FLOAT "\n"
		TO_FIRMWARE("x16", "x18")
		"	adr x16, 7f\n"
		"	msr elr_el1, x16\n"
		"	mov x16, #0x3c5\n" /* EL1, its stack pointer, all masked: until EL0 runs again */
		"	msr spsr_el1, x16\n"
		"	mrs x16, vbar_el1\n"
		"	add x17, x17, x16\n"
		"	isb\n"
		"	br x17\n"
		"7:	ldr x16, " LEVEL_ "\n" /* resume */
		"	ldr x17, [x16, %[domain]]\n"
		"	ldr w17, [x17, %[stopped]]\n"
		"	cbnz w17, 6f\n"
		"	ldp x16, x17, " I_ELR_SPSR "\n"
		"	msr elr_el1, x16\n"
		"	msr spsr_el1, x17\n"
		"	ldp x16, x17, " I_SP_THREAD "\n"
		"	msr sp_el0, x16\n"
		"	msr tpidr_el0, x17\n"
		"	ldp x16, x17, " I_FLOAT "\n"
		"	msr fpcr, x16\n"
		"	msr fpsr, x17\n"
		TO_DOMAIN("x16")
		"	ldr x18, " I_X18 "\n"
		"	ldp x16, x17, " I_X16_X17 "\n"
		"	eret\n"
		/* Its ticks are used up: where it was, for the record. */
		"6:	ldr x12, " LEVEL_ "\n"
		"	ldp x10, x13, " I_ELR_SPSR "\n"
		"	ldr x13, " I_SP_THREAD "\n"
		"	msr elr_el1, x10\n"
		"	str x13, [x12, %[user_sp]]\n"
		"	mov x9, #0\n"

		/* The domain is given up: what it had in registers, for the record. */
		"8:	sub sp, sp, #48\n"
		"	stp x0, x1, [sp]\n"
		"	stp x2, x3, [sp, #16]\n"
		"	str x30, [sp, #32]\n"
		"	mov x0, x12\n"
		"	mov x1, sp\n"
		"	mov x2, x9\n"
		"	bl llext_aarch64_contain\n"
		"	add sp, sp, #48\n"

		/* ---- back to whoever called the domain ---- */
		"9:	ldr x12, " LEVEL_ "\n"
		"	ldr w0, [x12, %[rc]]\n"
		"	cbnz w0, 1f\n"
		"	ldr x13, [x12, %[domain]]\n"
		"	ldr w0, [x13, %[stopped]]\n"
		"1:\n"
		KEPT("ldp")
		"	ldr x9, " DAIF "\n"
		"	add sp, sp, #" FRAME "\n"
		"	msr daif, x9\n"
		"	ret\n"
		"	.popsection\n"
		::[domain] "i"(LEVEL(domain)), [pc] "i"(LEVEL(pc)), [sp_] "i"(LEVEL(way.sp)),
		[slots] "i"(LEVEL(way.slots)), [stack] "i"(LEVEL(way.stack)), [args] "i"(LEVEL(args)),
		[fp] "i"(offsetof(struct llext_domain_args, fp)), [eperm] "i"(EPERM),
		[user_sp] "i"(LEVEL(way.sp)), [user_state] "i"(LEVEL(user_state)),
		[gate] "i"(LEVEL(gate)), [rc] "i"(LEVEL(rc)), [result] "i"(LEVEL(result)),
		[fp_result] "i"(LEVEL(fp_result)), [stopped] "i"(DOMAIN(stopped)),
		[flags] "i"(GATE(flags)), [way] "i"(GATE(way)), [function] "i"(GATE(function)), [checks] "i"(GATE(checks)),
		[thread] "i"(DOMAIN(arena.mem)), [length] "i"(CHECK(length)), [word] "i"(CHECK(word)), [bytes] "i"(CHECK(bytes)));
}
/* clang-format on */

#endif
