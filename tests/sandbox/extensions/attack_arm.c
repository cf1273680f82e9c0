/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks in instructions of Cortex-M that no compiler makes. */
#include <llext/symbol.h>
#include "../api.h"

#define NAKED __attribute__((naked, noinline))

#ifdef __ARM_FP
#define FP(text) text
#else
#define FP(text)
#endif
#ifdef __ARM_FEATURE_MVE
#define MVE(text) text
#else
#define MVE(text)
#endif

/* clang-format off */
/* What the registers hold at the start: r0 to r12, then s0 to s31. 1: something is there. */
NAKED int entry_registers(void)
{
	__asm__ volatile(
		"	orr r0, r0, r1\n"
		"	orr r0, r0, r2\n"
		"	orr r0, r0, r3\n"
		"	orr r0, r0, r4\n"
		"	orr r0, r0, r5\n"
		"	orr r0, r0, r6\n"
		"	orr r0, r0, r7\n"
		"	orr r0, r0, r8\n"
		"	orr r0, r0, r9\n"
		"	orr r0, r0, r11\n"
		"	orr r0, r0, r12\n"
		"	ldr r1, 1f\n" /* r10 has its own address */
		"	eor r1, r1, r10\n"
		"	orr r0, r0, r1\n"
		FP("	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
		   "	vmov r1, s\\n\n"
		   "	orr r0, r0, r1\n"
		   "	.endr\n"
		   "	.irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
		   "	vmov r1, s\\n\n"
		   "	orr r0, r0, r1\n"
		   "	.endr\n")
		"	bx lr\n"
		"	.balign 4\n"
		"1:	.word entry_registers\n");
}

/* Where something is, it does not come back. */
NAKED void clean_or_fault(void)
{
	__asm__ volatile("	push {r4, lr}\n"
			 "	ldr r4, 3f\n"
			 "	cmp r4, r10\n"
			 "	bne 2f\n"
			 "	ldr r10, 4f\n"
			 "	movs r4, #0\n"
			 "	bl entry_registers\n"
			 "	cbz r0, 1f\n"
			 "2:	udf #0\n"
			 "1:	pop {r4, pc}\n"
			 "	.balign 4\n"
			 "3:	.word clean_or_fault\n"
			 "4:	.word entry_registers\n");
}

/* Likewise after a gate whose function has left something in all it may: r1, r2, r3, r12, flags. */
NAKED int gate_registers(void)
{
	__asm__ volatile(
		"	push {r4, lr}\n"
		"	movs r1, #0\n"
		"	movs r2, #0\n"
		"	movs r3, #0\n"
		"	mov r12, #0\n"
		"	bl fw_leave_registers\n"
		"	mrs r0, apsr\n"
		"	lsrs r0, r0, #27\n"
		"	orr r0, r0, r1\n"
		"	orr r0, r0, r2\n"
		"	orr r0, r0, r3\n"
		"	orr r0, r0, r12\n"
		FP("	.irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
		   "	vmov r1, s\\n\n"
		   "	orr r0, r0, r1\n"
		   "	.endr\n")
		"	pop {r4, pc}\n");
}

/* Likewise, where the gate's function uses no floating point: it comes back another way. */
NAKED int gate_core_registers(void)
{
	__asm__ volatile(
		"	push {r4, lr}\n"
		"	movs r1, #0\n"
		"	movs r2, #0\n"
		"	movs r3, #0\n"
		"	mov r12, #0\n"
		"	bl fw_leave_core_registers\n"
		"	mrs r0, apsr\n"
		"	lsrs r0, r0, #27\n"
		"	bic r0, r0, #8\n" /* Z */
		"	orr r0, r0, r1\n"
		"	orr r0, r0, r2\n"
		"	orr r0, r0, r3\n"
		"	orr r0, r0, r12\n"
		"	pop {r4, pc}\n");
}

#ifdef __ARM_FP
/*
 * Numbers in all floating-point registers, and other modes, over gates whose functions leave
 * something in all they may. The modes stay, and what a function must preserve; the rest is the
 * domain's own. Returns bits of what is not.
 */
NAKED int floats_stay(uint32_t seed)
{
	__asm__ volatile(
		"	push {r4-r8, lr}\n"
		"	vpush {s16-s31}\n"
		"	mov r4, r0\n"
		"	vmrs r6, fpscr\n"
		"	mov r5, #0x00c00000\n" /* rounding towards zero */
		"	vmsr fpscr, r5\n"
		"	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
		"	add r0, r4, #\\n\n"
		"	vmov s\\n, r0\n"
		"	.endr\n"
		MVE("	movw r0, #0x1248\n"
		    "	vmsr p0, r0\n")
		"	mov r0, #1\n"
		"	bl fw_leave_registers\n"
		"	eor r7, r0, #1\n"
		"	orr r7, r7, r1\n"
		"	orr r7, r7, r2\n"
		"	orr r7, r7, r3\n"
		"	orr r7, r7, r12\n"
		"	bl fw_float_modes\n" /* the firmware's own */
		"	orr r7, r7, r0\n"
		"	movs r0, #1\n"
		"	movs r1, #2\n"
		"	bl fw_leave_two_words\n"
		"	subs r0, r0, #1\n"
		"	subs r1, r1, #2\n"
		"	orr r7, r7, r0\n"
		"	orr r7, r7, r1\n"
		"	movs r0, #0\n"
		"	bl fw_optional\n" /* which takes a closer look */
		"	adds r0, r0, #1\n"
		"	orr r7, r7, r0\n"
		"	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
		"	vmov r0, s\\n\n"
		"	subs r0, r0, #\\n\n"
		"	eor r0, r0, r4\n"
		"	orr r7, r7, r0\n"
		"	.endr\n"
		MVE("	vmrs r0, p0\n"
		    "	movw r1, #0x1248\n"
		    "	eor r0, r0, r1\n"
		    "	orr r7, r7, r0\n")
		"	vmrs r0, fpscr\n"
		"	eor r0, r0, r5\n"
		"	bic r0, r0, #0xf0000000\n" /* conditions */
		"	bic r0, r0, #0x0000009f\n"
		"	orr r7, r7, r0\n"
		"	vmsr fpscr, r6\n"
		"	mov r0, r7\n"
		"	vpop {s16-s31}\n"
		"	pop {r4-r8, pc}\n");
}
EXPORT_SYMBOL(floats_stay);
#endif

/* With floating point in use. */
NAKED int take_one_with_fp(uintptr_t pointer)
{
	__asm__ volatile(FP("	vmov s0, r0\n") "	movs r1, #1\n"
						"	movs r2, #0\n"
						"	b fw_take_one\n");
}
EXPORT_SYMBOL(take_one_with_fp);

/* Two words come back, and nothing else. */
NAKED int two_words_registers(void)
{
	__asm__ volatile(
		"	push {r4, lr}\n"
		"	movs r0, #5\n"
		"	movs r1, #6\n"
		"	movs r2, #0\n"
		"	movs r3, #0\n"
		"	mov r12, #0\n"
		"	bl fw_leave_two_words\n"
		"	eor r0, r0, #5\n"
		"	eor r1, r1, #6\n"
		"	orr r0, r0, r1\n"
		"	orr r0, r0, r2\n"
		"	orr r0, r0, r3\n"
		"	orr r0, r0, r12\n"
		FP("	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
		   "	vmov r1, s\\n\n"
		   "	orr r0, r0, r1\n"
		   "	.endr\n")
		"	pop {r4, pc}\n");
}
EXPORT_SYMBOL(two_words_registers);

/* A float comes back in s0: what is in s1 is the domain's own. */
NAKED int beside_a_float(void)
{
	__asm__ volatile("	push {r4, lr}\n"
			 "	mov r4, #0x40000000\n" /* 2 */
			 FP("	vmov s0, r4\n"
			    "	vmov s1, r4\n")
			 "	mov r0, r4\n"
			 "	bl fw_half\n"
			 FP("	vmov r0, s1\n"
			    "	eor r4, r4, r0\n"
			    "	vmov r0, s0\n")
			 "	eor r0, r0, #0x3f800000\n" /* 1 */
			 FP("	orr r0, r0, r4\n")
			 "	pop {r4, pc}\n");
}
EXPORT_SYMBOL(beside_a_float);

/* Leave other values in all that a function must preserve, and other modes. */
NAKED void spoil(void)
{
	__asm__ volatile(
		"	mov r12, lr\n"
		"	mov r4, #-1\n"
		"	mov r5, r4\n"
		"	mov r6, r4\n"
		"	mov r7, r4\n"
		"	mov r8, r4\n"
		"	mov r9, r4\n"
		"	mov r10, r4\n"
		"	mov r11, r4\n"
		FP("	.irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
		   "	vmov s\\n, r4\n"
		   "	.endr\n"
		   "	mov r0, #0x03c00000\n" /* flush to zero, default NaN, rounding */
		   "	vmsr fpscr, r0\n")
		"	bx r12\n");
}

/* It returns to where nothing is. */
NAKED void spoil_and_fault(void)
{
	__asm__ volatile("	mov lr, #0\n"
			 "	b spoil\n");
}

/* A gate called with another stack pointer, with and without floating-point state. */
NAKED int gate_with_sp(uintptr_t sp)
{
	__asm__ volatile("	mov sp, r0\n"
			 "	b fw_nothing\n");
}

NAKED int gate_with_sp_and_fp(uintptr_t sp)
{
	__asm__ volatile("	mov sp, r0\n" FP("	vmov s0, r0\n") "	b fw_nothing\n");
}

/* Likewise gates whose functions use floating point, when the domain does not. */
NAKED int float_with_sp(uintptr_t sp)
{
	__asm__ volatile("	mov sp, r0\n"
			 "	b fw_leave_registers\n");
}

NAKED int scale_with_sp(uintptr_t sp)
{
	__asm__ volatile("	mov sp, r0\n"
			 "	b fw_scale\n");
}
EXPORT_SYMBOL(float_with_sp);
EXPORT_SYMBOL(scale_with_sp);

/* A gate that comes back to an address of the domain's choice. */
NAKED int gate_with_lr(uintptr_t lr)
{
	__asm__ volatile("	mov lr, r0\n"
			 "	b fw_nothing\n");
}

/* Wait for interrupts with a stack that is not there. */
NAKED void wait_with_sp(uintptr_t sp)
{
	__asm__ volatile("	mov sp, r0\n" FP("	vmov s0, r0\n") "1:	b 1b\n");
}

NAKED void fault_with_sp(uintptr_t sp)
{
	__asm__ volatile("	mov sp, r0\n"
			 "	udf #0\n");
}

NAKED void wait_for_interrupt(void)
{
	__asm__ volatile("1:	wfi\n"
			 "	b 1b\n");
}

/* Privileged writes are ignored: then it goes on as if nothing had been. */
NAKED int write_special(uintptr_t value)
{
	__asm__ volatile(
		"	msr control, r0\n"
		"	isb\n"
		"	msr primask, r0\n"
		"	msr basepri, r0\n"
		"	msr faultmask, r0\n"
		"	msr msp, r0\n"
		"	msr psp, r0\n"
		"	cpsid i\n"
		"	cpsid f\n"
		"	mrs r0, control\n"
		"	bx lr\n");
}

NAKED void break_point(void)
{
	__asm__ volatile("	bkpt #0\n"
			 "	bx lr\n");
}

NAKED void undefined(void)
{
	__asm__ volatile("	udf #0\n");
}

NAKED void own_svc(void)
{
	__asm__ volatile("	svc #0\n"
			 "	bx lr\n");
}

NAKED void svc_in_it_block(void)
{
	__asm__ volatile(
		"	cmp r0, r0\n"
		"	itttt eq\n"
		"	svceq #0\n"
		"	moveq r1, #1\n"
		"	moveq r2, #1\n"
		"	moveq r3, #1\n"
		"	bx lr\n");
}

NAKED void clear_thumb(uintptr_t address)
{
	__asm__ volatile("	bic r0, r0, #1\n"
			 "	bx r0\n");
}

/* An exception's return, without an exception. */
NAKED void branch_to(uintptr_t address)
{
	__asm__ volatile("	bx r0\n");
}

#if __ARM_ARCH >= 8
/* To where code without security runs. */
NAKED void branch_nonsecure(uintptr_t address)
{
	__asm__ volatile("	bic r0, r0, #1\n"
			 "	bxns r0\n");
}

NAKED void call_nonsecure(uintptr_t address)
{
	__asm__ volatile("	bic r0, r0, #1\n"
			 "	blxns r0\n");
}
EXPORT_SYMBOL(branch_nonsecure);
EXPORT_SYMBOL(call_nonsecure);
#endif

#if __ARM_ARCH >= 8 && defined(__ARM_FP)
/*
 * VLSTM: floating-point registers are to be saved there, by whoever uses such registers next. Then
 * a gate, the end, or nothing at all.
 */
NAKED int save_later_and_gate(uintptr_t place)
{
	__asm__ volatile("	vmov s0, r0\n"
			 "	.inst.w 0xec200a00\n" /* vlstm r0 */
			 "	b fw_leave_registers\n");
}

NAKED int save_later_and_gate_masked(uintptr_t place)
{
	__asm__ volatile("	vmov s0, r0\n"
			 "	.inst.w 0xec200a00\n" /* vlstm r0 */
			 "	b fw_float_masked\n");
}
EXPORT_SYMBOL(save_later_and_gate_masked);

NAKED int save_later(uintptr_t place)
{
	__asm__ volatile("	vmov s0, r0\n"
			 "	.inst.w 0xec200a00\n"
			 "	bx lr\n");
}

NAKED int save_later_and_wait(uintptr_t place)
{
	__asm__ volatile("	vmov s0, r0\n"
			 "	.inst.w 0xec200a00\n"
			 "1:	b 1b\n");
}
EXPORT_SYMBOL(save_later_and_gate);
EXPORT_SYMBOL(save_later);
EXPORT_SYMBOL(save_later_and_wait);
#endif

/* A slot of its own making, with a gate of its own making behind it. */
struct forged {
	const char *name;
	uintptr_t function, way;
	const void *checks;
	uint32_t narrow;
	uint8_t words, flags;
} forged = {"forged", 0, 0, NULL, 0, 0, 0x11};

__attribute__((naked, noinline, aligned(8))) static int forged_slot(void)
{
	__asm__ volatile("	svc #0\n"
			 "	nop\n"
			 "	.word forged\n");
}

int call_forged(uintptr_t function)
{
	forged.function = forged.way = function;
	return forged_slot();
}

NAKED int call_forged_with_fp(uintptr_t function)
{
	__asm__ volatile(FP("	vmov s0, r0\n") "	b call_forged\n");
}
EXPORT_SYMBOL(call_forged_with_fp);

/* Where its slots are: behind them it can only guess. */
uintptr_t slot_of_nothing(void)
{
	return (uintptr_t)&fw_nothing;
}

int touch_leave(void)
{
	return fw_leave_registers(1);
}

int weigh(int x)
{
	return fw_weigh(1.5f, 2.5, x) + fw_weigh(0.5f, 0.5, x);
}

EXPORT_SYMBOL(weigh);
EXPORT_SYMBOL(entry_registers);
EXPORT_SYMBOL(gate_registers);
EXPORT_SYMBOL(gate_core_registers);
EXPORT_SYMBOL(clean_or_fault);
EXPORT_SYMBOL(spoil);
EXPORT_SYMBOL(spoil_and_fault);
EXPORT_SYMBOL(gate_with_sp);
EXPORT_SYMBOL(gate_with_sp_and_fp);
EXPORT_SYMBOL(gate_with_lr);
EXPORT_SYMBOL(wait_with_sp);
EXPORT_SYMBOL(fault_with_sp);
EXPORT_SYMBOL(wait_for_interrupt);
EXPORT_SYMBOL(write_special);
EXPORT_SYMBOL(break_point);
EXPORT_SYMBOL(undefined);
EXPORT_SYMBOL(own_svc);
EXPORT_SYMBOL(svc_in_it_block);
EXPORT_SYMBOL(clear_thumb);
EXPORT_SYMBOL(branch_to);
EXPORT_SYMBOL(slot_of_nothing);
EXPORT_SYMBOL(touch_leave);
EXPORT_SYMBOL(call_forged);
