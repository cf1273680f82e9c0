/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways into a domain and out of it, on Cortex-M: one SVCall handler and one for faults.
 *
 * A domain runs in thread mode, unprivileged, on the process stack. Whoever called it waits on its
 * own stack, the main one or that of an RTOS's task, with the frame of the SVC that led in on top.
 *
 *   call:    SVC in llext_cortex_m_enter(): from that frame to the one that was made on the
 *            domain's stack
 *   gate:    SVC in a slot: to a frame made on the caller's stack, which runs the function
 *   return:  SVC behind that function: back to the frame of the slot's SVC, whose pc becomes its
 * lr; from most functions without that, by llext_cortex_m_tail() end:     SVC in slot 0, or a
 * fault: back to the frame of the first SVC
 *
 * Frames: Arm DDI 0403, B1.5.6; EXC_RETURN: B1.5.8; floating point: B1.5.7. What the domain can
 * write (its process stack pointer, its frames) is checked before it is read.
 */
#include <llext/domain_port.h>
#include "domain_m.h"

#if LLEXT_ON(CONFIG_USERSPACE) && __ARM_ARCH >= 7

#define LEVEL(field)  offsetof(struct llext_domain_level, field)
#define DOMAIN(field) offsetof(struct k_mem_domain, field)
#define GATE(field)   offsetof(struct llext_gate, field)

_Static_assert(LEVEL(kernel_state) == LEVEL(kernel_sp) + 4, "loaded as a pair");
_Static_assert(LEVEL(user_state) == LEVEL(user_sp) + 4, "stored as a pair");

#ifdef __ARM_FEATURE_DSP
#define APSR "apsr_nzcvqg"
#else
#define APSR "apsr_nzcvq"
#endif

#ifdef __ARM_FP
#define FP(text) text
#else
#define FP(text)
#endif

/* What registers hold that are none of the domain's business. */
static const uint32_t zeros[16] __attribute__((aligned(8), used));

int llext_cortex_m_enter(struct llext_domain_level *level);
struct llext_domain_level *llext_cortex_m_abandon(uint32_t exc_return);
uint32_t *llext_cortex_m_gate(struct llext_domain_level *level, const struct llext_gate *gate,
			      uint32_t *frame, uint32_t exc_return);
const struct llext_gate *llext_cortex_m_gate_at(struct llext_domain_level *level, uint32_t slot,
						uint32_t *frame);
void llext_cortex_m_bad_stack(struct llext_domain_level *level, uint32_t sp);
void llext_cortex_m_return_fp(struct llext_domain_level *level, uint32_t exc_return);
void llext_cortex_m_entered(void);
void llext_cortex_m_trampoline_start(void);
void llext_cortex_m_tail_checked(void);

/* clang-format off */
/*
 * Save what a function must preserve and the domain will not, clear it, and go in. Comes back here
 * whatever happens. A floating-point unit's other registers and FPSCR are in the frame of the SVC.
 */
__attribute__((naked, noinline)) int llext_cortex_m_enter(struct llext_domain_level *level)
{
	(void)level;
	__asm__ volatile(
		".syntax unified\n"
		"	push {r3-r11, lr}\n" /* r3: to a multiple of eight */
		FP("	vpush {s16-s31}\n")
		"	movw r1, #:lower16:zeros\n"
		"	movt r1, #:upper16:zeros\n"
		"	ldmia r1, {r4-r11}\n"
		"	svc #0\n"
		"	.globl llext_cortex_m_entered\n"
		"	.thumb_func\n"
		"llext_cortex_m_entered:\n"
		FP("	vpop {s16-s31}\n")
		"	pop {r3-r11, pc}\n");
}

/* Where a gate's function returns to. */
__attribute__((naked)) void llext_cortex_m_trampoline_start(void)
{
	__asm__ volatile("	svc #0\n"
			 "	.globl llext_cortex_m_trampoline\n"
			 "	.thumb_func\n"
			 "llext_cortex_m_trampoline:\n"
			 "	nop\n");
}

/*
 * Where a function returns to that has been called from the main stack: back to the domain without
 * another SVC. In front, where the gate has been checked. What comes behind the write to CONTROL runs unprivileged, so all of it lies in the
 * text that domains may execute; one that jumps to here finds that it may not read what is read.
 */
__attribute__((naked, used)) LLEXT_USER_TEXT void llext_cortex_m_tail_checked(void)
{
	__asm__ volatile(
		".syntax unified\n"
		"	add sp, sp, #16\n" /* words of arguments on the stack */
		"	.globl llext_cortex_m_tail\n"
		"	.thumb_func\n"
		"llext_cortex_m_tail:\n"
		"	ldr r2, 20f\n"
		"	ldr r2, [r2]\n"
		FP("	mrs r3, control\n"
		   "	lsls r3, r3, #29\n" /* FPCA: the function has used floating point */
		   "	bmi 1f\n")
		"	ldr r3, [r2, %[domain]]\n"
		"	ldr r3, [r3, %[stopped]]\n"
		"	cbnz r3, 1f\n"
		"	movs r1, #0\n"
		"	str r1, [r2, %[gate]]\n"
		"	ldr r3, [r2, %[user_sp]]\n"
		"	ldr lr, [r3, #20]\n" /* the slot's lr, wherever that leads */
		"	ldr r12, [r3, #28]\n"
		"	adds r3, #32\n"
		"	and r12, r12, #0x200\n" /* that the core has aligned its stack */
		"	add r3, r3, r12, lsr #7\n"
		"	msr psp, r3\n"
		"	mrs r3, control\n"
		"	orr r3, r3, #3\n"
		"	msr control, r3\n"
		"	isb\n"
		"	movs r2, #0\n"
		"	movs r3, #0\n"
		"	mov r12, r2\n"
		"	msr " APSR ", r2\n"
		"	bx lr\n"
		"1:	ldr r2, 21f\n" /* as from any other gate */
		"	bx r2\n"
		"	.balign 4\n"
		"20:	.word llext_domain_running\n"
		"21:	.word llext_cortex_m_trampoline_start\n" ::[domain] "i"(LEVEL(domain)),
		[stopped] "i"(DOMAIN(stopped)), [gate] "i"(LEVEL(gate)), [user_sp] "i"(LEVEL(user_sp)));
}

__attribute__((naked)) void llext_cortex_m_svc(void)
{
	__asm__ volatile(
		".syntax unified\n"
		"	mrs r0, control\n"
		"	ldr r2, 20f\n"
		"	ldr r2, [r2]\n"
		"	lsls r0, r0, #31\n" /* nPRIV */
		"	beq 5f\n"

		/* ---- from a domain: r0 frame, r2 level ---- */
		"	cmp r2, #0\n" /* some other unprivileged code */
		"	beq llext_cortex_m_next_svc\n"
		"	and r1, lr, #0x1f\n"
		"	cmp r1, #0x1d\n" /* from a thread, whose frame is a basic one */
		"	bne 14f\n"
		"	mrs r0, psp\n"
		"	ldrd r3, r12, [r2, %[port]]\n" /* the stack; less than that by the frame */
		"	sub r3, r0, r3\n"
		"	cmp r3, r12\n"
		"	bhi 3f\n"
		"15:	ldr r3, [r0, #24]\n"
		"	ldrd r1, r12, [r2, %[port]+8]\n" /* behind the SVC of the first slot */
		"	sub r1, r3, r1\n"
		"	cmp r1, r12\n"
		"	bhs 2f\n"
		"	lsls r1, r1, #29\n" /* slots are of 8 bytes */
		"	bne 2f\n"
		"	ldr r1, [r3, #2]\n"
		"	cmp r1, #0\n"
		"	beq 4f\n"

		/* ---- a gate: r1 gate ---- */
		"	ldrb r3, [r1, %[flags]]\n"
		"	ldrb r12, [r2, %[port_flags]]\n"
		"	cmp r3, r12\n"
		"	bne 1f\n"

		/* It checks nothing and returns a word, to code that waits on the main stack: this one. */
		"	str r1, [r2, %[gate]]\n"
		"	strd r0, lr, [r2, %[user_sp]]\n"
		"	ldr r12, [r1, %[function]]\n"
		"	bic r12, r12, #1\n"
		"	ldr r3, 21f\n"
		"	mov lr, #0x01000000\n" /* Thumb state, and nothing of the domain's */
		"	movs r1, #0\n"
		"	stmdb sp!, {r1, r3, r12, lr}\n"
		"	ldmia r0, {r0, r1, r3, r12}\n"
		"	stmdb sp!, {r0, r1, r3, r12}\n"
		"	mrs r3, control\n"
		"	bic r3, r3, #1\n"
		"	msr control, r3\n"
		"	ldr lr, [r2, %[kernel_state]]\n"
		FP("	orr lr, lr, #16\n")
		"	bx lr\n"
		"	.balign 4\n"
		"20:	.word llext_domain_running\n"
		"21:	.word llext_cortex_m_tail\n"

		"1:	ldrb r3, [r1, %[flags]]\n"
		"	lsls r3, r3, #27\n" /* LLEXT_GATE_PLAIN */
		"	bpl 9f\n"
		"	str r1, [r2, %[gate]]\n"
		"	strd r0, lr, [r2, %[user_sp]]\n"
		"	ldr r12, [r1, %[function]]\n"
		"	ldr r3, [r2, %[kernel_sp]]\n"
		"	bic r12, r12, #1\n"
		"	mov lr, #0x01000000\n" /* Thumb state, and nothing of the domain's */
		"	strd r12, lr, [r3, #-8]!\n"
		"	movw lr, #:lower16:llext_cortex_m_trampoline_start\n"
		"	movt lr, #:upper16:llext_cortex_m_trampoline_start\n"
		"	movs r1, #0\n"
		"	strd r1, lr, [r3, #-8]!\n"
		"	ldrd r1, r12, [r0, #8]\n"
		"	strd r1, r12, [r3, #-8]!\n"
		"	ldrd r1, r12, [r0]\n"
		"	strd r1, r12, [r3, #-8]!\n"

		/* ---- to the frame r3 on the caller's stack, privileged ---- */
		"8:	ldr lr, [r2, %[kernel_state]]\n"
		"	orr lr, lr, #16\n" /* no floating-point state in it */
		"	tst lr, #4\n"
		"	ite eq\n"
		"	moveq sp, r3\n"
		"	msrne psp, r3\n"
		"	mrs r1, control\n"
		"	bic r1, r1, #1\n"
		"	msr control, r1\n"
		"	bx lr\n"

		/* A frame with floating point: 104 bytes, with s0 to s15 and FPSCR. Or a handler's SVC. */
		"14:	lsls r1, lr, #28\n"
		"	bpl llext_cortex_m_next_svc\n"
		"	mrs r0, psp\n"
		"	ldrd r3, r12, [r2, %[port]]\n"
		"	sub r3, r0, r3\n"
		FP("	subs r12, r12, #72\n")
		"	cmp r3, r12\n"
		"	bhi 3f\n"
		FP("	vmov.f32 s0, s0\n") /* save them there: FPSCR is then the firmware's */
		FP("	ldr r3, [r0, #24]\n"
		   "	ldrd r1, r12, [r2, %[port]+8]\n"
		   "	sub r1, r3, r1\n"
		   "	cmp r1, r12\n"
		   "	bhs 2f\n"
		   "	lsls r1, r1, #29\n"
		   "	bne 2f\n"
		   "	ldr r1, [r3, #2]\n"
		   "	cmp r1, #0\n"
		   "	bne 1b\n"
		   "	b 4f\n")

		/* Not a slot of the first extension's; perhaps of another's, perhaps none. */
		"2:	push {r0, r2, r3, lr}\n"
		"	subs r1, r3, #2\n"
		"	mov r3, r0\n"
		"	mov r0, r2\n"
		"	mov r2, r3\n"
		"	bl llext_cortex_m_gate_at\n"
		"	mov r1, r0\n"
		"	pop {r0, r2, r3, lr}\n"
		"	cmp r1, #1\n"
		"	beq 4f\n"
		"	bhi 1b\n"
		"	b 7f\n"
		"3:	mov r1, r0\n"
		"	mov r0, r2\n"
		"	push {r2, lr}\n"
		"	bl llext_cortex_m_bad_stack\n"
		"	pop {r2, lr}\n"
		"	b 7f\n"

		/* ---- the end of a call: the result, and back ---- */
		"4:	ldrd r1, r3, [r0]\n"
		"	strd r1, r3, [r2, %[result]]\n"
		FP("	vstr d0, [r2, %[fp_result]]\n")
		"	movs r3, #0\n"
		"	b 6f\n"

		/* ---- from privileged code: a call, or behind a gate's function ---- */
		"5:	tst lr, #4\n"
		"	ite eq\n"
		"	moveq r0, sp\n"
		"	mrsne r0, psp\n"
		"	ldr r3, [r0, #24]\n"
		"	movw r1, #:lower16:llext_cortex_m_trampoline\n"
		"	movt r1, #:upper16:llext_cortex_m_trampoline\n"
		"	bic r1, r1, #1\n"
		"	cmp r1, r3\n"
		"	beq 10f\n"
		"	movw r1, #:lower16:llext_cortex_m_entered\n"
		"	movt r1, #:upper16:llext_cortex_m_entered\n"
		"	bic r1, r1, #1\n"
		"	cmp r1, r3\n"
		"	bne llext_cortex_m_next_svc\n"

		/* The call. */
		"	ldr r2, [r0]\n"
		"	strd r0, lr, [r2, %[kernel_sp]]\n"
		"	ldrd r1, r3, [r2, %[user_sp]]\n"
		FP("	vldmia r3, {s0-s15}\n" /* arguments, or zeros; saves the caller's first */
		   "	movw r3, #:lower16:zeros\n"
		   "	movt r3, #:upper16:zeros\n"
		   "	vldmia r3, {s16-s31}\n")
		"	orr lr, lr, #0x14\n" /* process stack, no floating-point state in the frame */
		"	msr psp, r1\n"
		"	mrs r1, control\n"
		"	orr r1, r1, #1\n"
		"	msr control, r1\n"
		"	bx lr\n"

		/* ---- back to whoever called the domain: r2 level, r3 what it is told ---- */
		"7:	ldr r3, [r2, %[rc]]\n"
		"6:	ldrd r0, lr, [r2, %[kernel_sp]]\n"
		"	str r3, [r0]\n"
		"	tst lr, #4\n"
		"	ite eq\n"
		"	moveq sp, r0\n"
		"	msrne psp, r0\n"
		"	mrs r1, control\n"
		"	bic r1, r1, #1\n"
		"	msr control, r1\n"
		"	bx lr\n"

		/* A gate with something to be checked, or with arguments on the stack. */
		"9:	sub sp, #48\n" /* where the frame may be made */
		"	push {r2, lr}\n"
		"	mov r3, lr\n"
		"	mov r12, r0\n"
		"	mov r0, r2\n"
		"	mov r2, r12\n"
		"	bl llext_cortex_m_gate\n"
		"	pop {r2, lr}\n"
		"	add sp, #48\n"
		"	movs r3, r0\n"
		"	bne 8b\n"
		"	b 7b\n"

		/* ---- behind a gate's function: r0 its frame, r2 level ---- */
		"10:\n"
		FP("	tst lr, #16\n" /* it has used floating point */
		   "	bne 11f\n"
		   "	push {r0, r2, r3, lr}\n"
		   "	mov r0, r2\n"
		   "	mov r1, lr\n"
		   "	bl llext_cortex_m_return_fp\n"
		   "	pop {r0, r2, r3, lr}\n"
		   "11:\n")
		"	ldr r3, [r2, %[gate]]\n"
		"	ldrd r12, r1, [r0]\n"
		"	ldrb r3, [r3, %[flags]]\n"
		"	ldr r0, [r2, %[user_sp]]\n"
		"	lsls r3, r3, #30\n" /* words of the result; the rest is none of the domain's */
		"	it eq\n"
		"	moveq r12, #0\n"
		"	it pl\n"
		"	movpl r1, #0\n"
		"	strd r12, r1, [r0]\n"
		"	ldrd r1, r12, [r0, #20]\n" /* its lr */
		"	ldr r3, [r0, #28]\n"
		"	bic r1, r1, #1\n"
		"	and r3, r3, #0x200\n" /* that its stack was aligned; no flags, no IT state */
		"	orr r3, r3, #0x01000000\n"
		"	strd r1, r3, [r0, #24]\n"
		"	ldr r1, [r2, %[domain]]\n"
		"	ldr r1, [r1, %[stopped]]\n"
		"	cbnz r1, 12f\n"
		"	str r1, [r2, %[gate]]\n"
		"	ldrd r1, r3, [r2, %[kernel_sp]]\n"
		"	ldr lr, [r2, %[user_state]]\n"
		"	lsls r3, r3, #29\n"
		"	it pl\n"
		"	movpl sp, r1\n"
		"	msr psp, r0\n"
		"	mrs r1, control\n"
		"	orr r1, r1, #1\n"
		"	msr control, r1\n"
		"	bx lr\n"
		"12:	str r1, [r2, %[rc]]\n"
		"	b 7b\n"::
															[domain] "i"(LEVEL(
																domain)),
		[gate] "i"(LEVEL(gate)), [rc] "i"(LEVEL(rc)),
		[kernel_sp] "i"(LEVEL(kernel_sp)), [kernel_state] "i"(LEVEL(kernel_state)),
		[user_sp] "i"(LEVEL(user_sp)), [user_state] "i"(LEVEL(user_state)),
		[result] "i"(LEVEL(result)), [fp_result] "i"(LEVEL(fp_result)),
		[port] "i"(LEVEL(port)), [port_flags] "i"(LEVEL(port_flags)),
		[stopped] "i"(DOMAIN(stopped)), [function] "i"(GATE(function)),
		[flags] "i"(GATE(flags)));
}

/*
 * A fault. llext_cortex_m_abandon() says whose: NULL, the firmware's own; 1: the domain's, but seen
 * by an interrupt handler, which goes on; else the level to be left.
 */
__attribute__((naked)) void llext_cortex_m_fault(void)
{
	__asm__ volatile(
		".syntax unified\n"
		"	mov r0, lr\n"
		"	push {r3, lr}\n"
		"	bl llext_cortex_m_abandon\n"
		"	pop {r3, lr}\n"
		"	cmp r0, #1\n"
		"	blo llext_cortex_m_next_fault\n"
		"	it eq\n"
		"	bxeq lr\n"
		"	mov r2, r0\n"
		"	ldr r3, [r2, %[rc]]\n"
		"	ldrd r0, lr, [r2, %[kernel_sp]]\n"
		"	str r3, [r0]\n"
		"	tst lr, #4\n"
		"	ite eq\n"
		"	moveq sp, r0\n"
		"	msrne psp, r0\n"
		"	mrs r1, control\n"
		"	bic r1, r1, #1\n"
		"	msr control, r1\n"
		"	bx lr\n"::[rc] "i"(LEVEL(rc)),
			 [kernel_sp] "i"(LEVEL(kernel_sp)));
}

__attribute__((weak, naked)) void llext_cortex_m_next_svc(void)
{
	__asm__ volatile("	b .\n");
}

__attribute__((weak, naked)) void llext_cortex_m_next_fault(void)
{
	__asm__ volatile("	b .\n");
}

/* clang-format on */

#endif
