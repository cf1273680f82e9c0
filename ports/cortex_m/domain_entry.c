/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways into a domain and out of it, on Cortex-M: one SVCall handler and one for faults.
 *
 * A domain runs in thread mode, unprivileged, on the process stack. Whoever called it waits on its
 * own stack, the main one or that of an RTOS's task.
 *
 *   call:    llext_domain_call() gives up its privilege and jumps
 *   gate:    SVC in a slot: to a frame made on the caller's stack, which runs the function
 *   return:  tail() gives up privilege again
 *   end:     SVC in slot 0, or a fault: to a frame made on the caller's stack
 *
 * That frame always lies right below the level. Where the caller has the main stack, the stack
 * pointer waits there while the domain runs, so nothing that a handler pushes gets in its way.
 *
 * Frames: Arm DDI 0403, B1.5.6; EXC_RETURN: B1.5.8; floating point: B1.5.7. What the domain can
 * write (its process stack pointer, its frames) is checked before it is read.
 *
 * Instructions behind a write to CONTROL that takes privilege away run without, so they lie in the
 * text that all domains may execute. A domain that jumps to what comes before finds that it may not
 * read what is read there, and that its writes to special registers have no effect.
 */
#include <errno.h>
#include "domain_cortex_m.h"

/* Clang takes nothing but assembly in a naked function, so parameters are declared unused here. */
#define UNUSED __attribute__((unused))

#if LLEXT_ON(CONFIG_USERSPACE) && __ARM_ARCH >= 7

#define LEVEL(field)  offsetof(struct llext_domain_level, field)
#define DOMAIN(field) offsetof(struct k_mem_domain, field)
#define GATE(field)   offsetof(struct llext_gate, field)

/* What llext_domain_call() pushes at once, in this order. Above it is what it has pushed before, of
 * which the room of r0 to r2 is free; then the caller's argument. */
_Static_assert(LEVEL(domain) == 16 && LEVEL(pc) == 20 && LEVEL(args) == 24, "r0 to r2");
_Static_assert(LEVEL(user_state) == 28 && LEVEL(below) == 32 && LEVEL(way) == 36, "r3 to r9");
_Static_assert(LEVEL(gate) == 56 && LEVEL(outer) == 60, "r10, r11");
_Static_assert(LEVEL(rc) == 64 && LEVEL(kept) == 68, "above r11");
_Static_assert(DOMAIN(way) == 0, "r5 to r9");
_Static_assert(DOMAIN(parts[0].start) == DOMAIN(text_bytes) + 4, "loaded as a pair");
_Static_assert(LEVEL(gate) == LEVEL(way.sp) + 4, "stored as a pair");
_Static_assert(GATE(way) == GATE(function) + 4, "loaded as a pair");
_Static_assert(offsetof(struct llext_domain_args, fp) == 32, "loaded with the words");
_Static_assert(sizeof(struct llext_gate_check) == 8, "the next one is so far away");

#ifdef __ARM_FEATURE_DSP
#define APSR "apsr_nzcvqg"
#else
#define APSR "apsr_nzcvq"
#endif

#ifdef __ARM_FP
#define FP(text) text
#define NO_FP(text)
#else
#define FP(text)
#define NO_FP(text) text
#endif
#ifdef __ARM_FEATURE_MVE
#define VPR(text) text
#else
#define VPR(text)
#endif
#define CALLER_RESULT "76" /* from the level on: r3 */
_Static_assert(LEVEL(kept[2]) == 76, "CALLER_RESULT");

/* What registers hold that are none of the domain's business, and no arguments: all of it is 0. */
#define ZEROS_WORDS FP(32) NO_FP(9)
_Static_assert(sizeof(llext_domain_nobody) >= 4 * (ZEROS_WORDS), "zeros");
_Static_assert(sizeof(struct llext_domain_args) <= 4 * 9, "no arguments");

/* clang-format off */
/* CONTROL for the domain, without floating-point state; and in a handler, for the firmware, where
 * the register is 0 before. Armv8.1-M has more in it. */
#ifdef __ARM_ARCH_8_1M_MAIN__
#define DOMAIN_CONTROL(register) \
	"	mrs " register ", control\n" \
	"	orr " register ", " register ", #3\n" \
	"	bic " register ", " register ", #12\n"
#define TAKE_PRIVILEGE(zero) \
	"	mrs " zero ", control\n" \
	"	bic " zero ", " zero ", #1\n" \
	"	msr control, " zero "\n"
#else
#define DOMAIN_CONTROL(register) \
	"	mov " register ", #3\n" /* SPSEL, nPRIV */
#define TAKE_PRIVILEGE(zero) \
	"	msr control, " zero "\n"
#endif

/* EXC_RETURN to a thread with the stack of this one: 0xfffffff9, or with CONTROL.SPSEL 0xfffffffd. */
#define THIS_STACK(register) \
	"	mrs " register ", control\n" \
	"	lsls " register ", " register ", #1\n" \
	"	orn " register ", " register ", #6\n"

/*
 * The call. On the caller's stack: what a function must preserve and the domain will not, then the
 * level, and below it room for a frame, which is the end of it while the domain runs. The level is
 * whole before anybody knows of it. The domain is taken before a look at whether the call is simple:
 * another thread may have changed that meanwhile, and a switch back to this one would then not have
 * loaded the unit. Nothing that was read before says whether the domain is stopped: another thread
 * may have reset it. The way is read inside of LDREX and STREX, between which there has been no
 * other thread where STREX succeeds.
 *
 * Registers: r0 domain, r1 function, r2 arguments, r3 how to come back to this stack, r4 none below,
 * r5 to r9 the way, r10 no gate, r11 outer level; r12 FPSCR, then the zeros; lr the running level.
 */
__attribute__((naked, noinline)) int
llext_domain_call(struct k_mem_domain *domain UNUSED, const void *fn UNUSED,
		  const struct llext_domain_args *args UNUSED,
		  struct llext_domain_result *result UNUSED, uint32_t ticks UNUSED)
{
	__asm__ volatile(
		".syntax unified\n"
		FP("	vpush {s16-s31}\n"
		   "	vmrs r12, fpscr\n")
		"	push {r0-r12, lr}\n"
		"	mrs r4, ipsr\n" /* an interrupt, or all of them masked: no SVC would be taken */
		"	mrs r5, primask\n"
		"	mrs r6, basepri\n"
		"	mrs r10, faultmask\n"
		"	orrs r4, r4, r5\n"
		"	orrs r6, r6, r10\n"
		"	orrs r4, r4, r6\n"
		"	bne 9f\n" /* now they are all 0: r10, too */
		"	cbz r0, 8f\n"
		"	ldrd lr, r12, 20f\n"
		THIS_STACK("r3")
		"	ldr r11, [lr]\n"
		"	ldrex r4, [r0, %[level]]\n"
		"	ldmia r0, {r5-r9}\n"
		"	push {r0-r11}\n"
		"	sub sp, sp, #48\n" /* words of arguments, which are the level's, and a frame */
		"	add r6, sp, #32\n"
		"	cbnz r4, 2f\n"
		"	strex r5, r6, [r0, %[level]]\n"
		"	cbnz r5, 2f\n"
		"	str r6, [lr]\n"
		"	ldrd r5, r4, [r0, %[text_bytes]]\n" /* and where that is */
		"	subs r4, r1, r4\n"
		"	cmp r4, r5\n"
		"	blo llext_cortex_m_go_in\n"
		/* Not simple, or not free. */
		"2:	mov r0, r6\n"
		"	bl llext_domain_begin\n"
		"	cbz r0, 18f\n"
		"	add sp, sp, #32\n"
		"	b 10f\n"
		"18:	add r2, r6, %[domain]\n"
		"	ldmia r2, {r0-r2}\n"
		"	ldr r7, [r6, %[slots]]\n"
		"	ldr r9, [r6, %[sp]]\n"
		"	ldr r12, 21f\n"
		"	b llext_cortex_m_go_in\n"
		"8:	mvn r0, %[einval]-1\n"
		"	b 16f\n"
		"9:	mvn r0, %[eperm]-1\n"
		"16:	add sp, sp, #12\n"
		"	b 11f\n"
		"	.balign 4\n"
		"20:	.word llext_domain_running\n"
		"21:	.word llext_domain_nobody\n"

		/* ---- the end, with the result in r0 and r1: no function, a frame's pc is even ---- */
		/* Where floating point was in use the rest of it is in the domain's frame. */
		FP("	.globl llext_cortex_m_left_fp\n"
		   "llext_cortex_m_left_fp:\n"
		   "	ldr r4, [sp, %[sp]]\n"
		   "	vldr d0, [r4, #32]\n")
		"	.globl llext_cortex_m_left\n"
		"llext_cortex_m_left:\n"
		"	ldr r4, [sp, %[domain]]\n"
		"	ldr r5, 20b\n"
		"	movs r6, #0\n"
		"	str r6, [r5]\n"
		"	ldr r7, [r4, %[text_bytes]]\n"
		"	cbz r7, 12f\n"
		"	str r6, [r4, %[level]]\n"
		"	add sp, sp, #" CALLER_RESULT "\n"
		"	pop {r3-r12, lr}\n"
		FP("	vpop {s16-s31}\n"
		   "	vmsr fpscr, r12\n")
		"	cbz r3, 13f\n"
		"	stmia r3, {r0, r1}\n"
		FP("	vstr d0, [r3, #8]\n")
		"13:	movs r0, #0\n"
		"	bx lr\n"
		/* Another call is around it, or the domain has been stopped. */
		"12:	mov r6, sp\n"
		"	str r6, [r5]\n"
		"	ldr r3, [sp, #" CALLER_RESULT "]\n"
		"	cbz r3, 14f\n"
		"	stmia r3, {r0, r1}\n"
		FP("	vstr d0, [r3, #8]\n")
		"14:	movs r1, #0\n"
		/* Why it has ended in r1. */
		"	.globl llext_cortex_m_end\n"
		"	.thumb_func\n"
		"llext_cortex_m_end:\n"
		"	mov r0, sp\n"
		"	bl llext_domain_end\n"
		"10:	add sp, sp, #" CALLER_RESULT "\n"
		"11:	pop {r3-r12, lr}\n"
		FP("	vpop {s16-s31}\n"
		   "	vmsr fpscr, r12\n")
		"	bx lr\n"
		/* The domain has been given up. */
		"	.balign 4\n"
		"	.globl llext_cortex_m_failed\n"
		"llext_cortex_m_failed:\n"
		"	ldr r1, [sp, %[rc]]\n"
		"	b llext_cortex_m_end\n"::
		[domain] "i"(LEVEL(domain)), [rc] "i"(LEVEL(rc)), [sp] "i"(LEVEL(way.sp)),
		[slots] "i"(LEVEL(way.slots)), [level] "i"(DOMAIN(level)),
		[text_bytes] "i"(DOMAIN(text_bytes)), [eperm] "i"(EPERM), [einval] "i"(EINVAL));
}

/* __aeabi_read_tp() in a domain: nothing but r0 and flags may change. */
__attribute__((naked)) LLEXT_USER_TEXT void llext_cortex_m_read_tp(void)
{
	__asm__ volatile(".syntax unified\n"
			 "	movs r0, #0\n"
			 "	bx lr\n");
}

/*
 * The end of its way in: r1 the function, r2 the arguments, r7 the slots, r9 the domain's stack
 * pointer, r12 zeros.
 *
 * A task has the domain's stack pointer before it has the domain's rights: an interrupt or a switch
 * between leaves all registers in the domain's memory, so by then they are cleared.
 */
__attribute__((naked, used)) LLEXT_USER_TEXT void llext_cortex_m_go_in(void)
{
	__asm__ volatile(
		".syntax unified\n"
		"	subs lr, r7, #1\n" /* slot 0, in Thumb state: where the function returns to */
		"	orr r10, r1, #1\n"
		"	cbz r2, 5f\n"
		"6:\n"
		FP("	ldmia r2, {r0-r8}\n")
		NO_FP("	ldmia r2, {r0-r7}\n")
		"	stmdb r9!, {r4-r7}\n" /* words that are passed on the stack */
		FP("	cmp r8, #0\n"
		   "	bne 7f\n"
		   "	vldmia r12, {s0-s31}\n")
		"	ldmia r12, {r4-r8, r11, r12}\n"
		"	msr psp, r9\n"
		DOMAIN_CONTROL("r9")
		"3:	msr control, r9\n"
		"	isb\n"
		"	mov r9, r4\n"
		"	msr " APSR ", r4\n"
		"	bx r10\n"
		"5:	mov r2, r12\n"
		"	b 6b\n"
		/* With arguments in floating-point registers CONTROL.FPCA stays set, so that interrupts
		 * preserve them. */
		FP("7:	vldmia r8, {s0-s15}\n"
		   "	movs r7, #0\n"
		   "	vmsr fpscr, r7\n"
		   "	vldmia r12, {s16-s31}\n"
		   "	ldmia r12, {r4-r8, r11, r12}\n"
		   "	msr psp, r9\n"
		   "	mrs r9, control\n"
		   "	orr r9, r9, #3\n"
		   "	b 3b\n"));
}

#ifdef __ARM_FP
/*
 * Where a gate's function starts when the domain has used floating point: with arguments in such
 * registers, perhaps. They come from its frame, at r12, now that a thread runs: from now on
 * interrupts preserve them, and a switch of threads keeps those that the function must. Until then
 * interrupts are masked, so that there is no switch.
 */
__attribute__((naked, used)) static void start_fp(void)
{
	__asm__ volatile(
		".syntax unified\n"
		"	.globl llext_cortex_m_start_fp\n"
		"llext_cortex_m_start_fp:\n"
		"	add r12, r12, #32\n"
		"	vldmia r12, {s0-s15}\n"
		"	cpsie i\n"
		"	ldr r12, [sp, %[gate]]\n" /* the stack pointer is at the level */
		"	ldr r12, [r12, %[function]]\n"
		"	ldr lr, 20f\n"
		"	bx r12\n"
		"	.balign 4\n"
		"20:	.word llext_cortex_m_tail_fp\n"::[gate] "i"(LEVEL(gate)),
		[function] "i"(GATE(function)));
}
#endif

/*
 * Where gates' functions return to, the stack pointer being at the level: after nothing, and after a
 * word. What comes back another way goes on at llext_cortex_m_tail_words, with its result in r0 and
 * r1 and CONTROL in r12, or at llext_cortex_m_tail_end, with the domain's stack pointer in r2, too,
 * and where to in lr. A domain whose stack pointer was no multiple of eight, as its ABI demands,
 * finds it four bytes too low.
 */
#define WAY(what)                                                                                  \
	"	.globl llext_gate_way_" what "\n"                                                  \
	"	.thumb_func\n"                                                                     \
	"llext_gate_way_" what ":\n"

__attribute__((naked, used)) static LLEXT_USER_TEXT void tail(void)
{
	__asm__ volatile(
		".syntax unified\n"
		WAY("nothing")
		"	movs r0, #0\n"
		WAY("word")
		"	mrs r12, control\n"
		FP("	ands r1, r12, #4\n" /* FPCA: the function has used floating point */
		   "	bne 1f\n")
		NO_FP("	movs r1, #0\n")
		"	.globl llext_cortex_m_tail_words\n"
		"	.thumb_func\n"
		"llext_cortex_m_tail_words:\n"
		"	ldr r2, [sp, %[user_sp]]\n"
		"	ldr lr, [r2, #20]\n" /* the slot's lr, wherever that leads */
		"	adds r2, r2, #32\n"
		"	.globl llext_cortex_m_tail_end\n"
		"	.thumb_func\n"
		"llext_cortex_m_tail_end:\n"
		"	ldr r3, [sp, %[domain]]\n"
		"	ldr r3, [r3, %[stopped]]\n"
		"	cbnz r3, 2f\n"
		"	str r3, [sp, %[gate]]\n"
		"	sub sp, sp, #32\n"
		"	msr psp, r2\n"
		"	orr r12, r12, #3\n"
		"	msr control, r12\n"
		"	isb\n"
		"	movs r2, #0\n"
		"	mov r12, r2\n"
		"	msr " APSR ", r2\n"
		"	bx lr\n"
		FP("1:	b llext_cortex_m_clear\n")
		"2:	b llext_cortex_m_stopped\n"::[stopped] "i"(DOMAIN(stopped)),
		[domain] "i"(LEVEL(domain)), [gate] "i"(LEVEL(gate)),
		[user_sp] "i"(LEVEL(way.sp)));
}

/*
 * Likewise, after two words, after a result in d0, and after anything where the domain has used
 * floating point. What such registers have then is the domain's, from its frame, or zeros.
 */
__attribute__((naked, used)) static void tail_two(void)
{
	__asm__ volatile(
		".syntax unified\n"
		WAY("words")
		"	mrs r12, control\n"
		FP("	lsls r3, r12, #29\n"
		   "	bmi 1f\n")
		"	b llext_cortex_m_tail_words\n"
		FP("	.globl llext_cortex_m_clear\n"
		   "	.thumb_func\n"
		   "llext_cortex_m_clear:\n"
		   "	movs r1, #0\n"
		   "1:	ldr r3, 20f\n"
		   "	vldmia r3, {s0-s15}\n"
		   /* None of them is in use: SFPA, FPCA. From now on, since what an interrupt and a switch
		    * save with them would not fit where the domain's stack pointer may be. */
		   "	bic r12, r12, #12\n"
		   "	msr control, r12\n"
		   "	b llext_cortex_m_tail_words\n"
		   WAY("fp")
		   "	ldr r2, [sp, %[user_sp]]\n"
		   "	ldr r3, 20f\n"
		   "	adds r2, r2, #32\n"
		   "	ldr lr, [r2, #-12]\n"
		   "	b 2f\n"
		   "	.globl llext_cortex_m_tail_fp\n"
		   "	.thumb_func\n"
		   "llext_cortex_m_tail_fp:\n"
		   "	ldr r3, [sp, %[user_sp]]\n"
		   "	adds r3, r3, #32\n"
		   "	ldr lr, [r3, #-12]\n"
		   "	add r2, r3, #72\n"
		   "2:	ldr r12, [sp, %[gate]]\n"
		   "	ldrb r12, [r12, %[flags]]\n"
		   "	tst r12, %[returns_fp]\n"
		   "	bne 3f\n"
		   "	vldr d0, [r3]\n"
		   "4:	lsls r12, r12, #30\n" /* words of the result */
		   "	it eq\n"
		   "	moveq r0, #0\n"
		   "	it pl\n"
		   "	movpl r1, #0\n"
		   "	adds r3, r3, #8\n"
		   "	vldmia r3!, {s2-s15}\n"
		   "	ldrd r3, r12, [r3]\n"
		   "	vmsr fpscr, r3\n"
		   VPR("	vmsr vpr, r12\n")
		   "	mrs r12, control\n"
		   "	b llext_cortex_m_tail_end\n"
		   /* A float is half of d0. */
		   "3:	ldr r12, [sp, %[gate]]\n"
		   "	ldrb r12, [r12, %[result]]\n"
		   "	cmp r12, #0\n"
		   "	it ne\n"
		   "	vldrne s1, [r3, #4]\n"
		   "	mov r12, #0\n" /* no words */
		   "	b 4b\n")
		"	.globl llext_cortex_m_stopped\n"
		"	.thumb_func\n"
		"llext_cortex_m_stopped:\n" /* that is why, in r3 */
		"	mov r1, r3\n"
		"	b llext_cortex_m_end\n"
		FP("	.balign 4\n"
		   "20:	.word llext_domain_nobody\n")::[flags] "i"(GATE(flags)), [result] "i"(GATE(result)),
		[returns_fp] "i"(LLEXT_GATE_RETURNS_FP), [gate] "i"(LEVEL(gate)),
		[user_sp] "i"(LEVEL(way.sp)));
}

#ifdef __ARM_FP
#define OTHER "16f"
#else
#define OTHER "13f"
#endif
/*
 * The frame of a gate's function, and the way back to where r2 is then: from the domain's frame r0,
 * to the function r12, which returns to r3. Thumb state, and nothing of the domain's but four words.
 */
#define MAKE_FRAME \
	"	mov lr, #0x01000000\n" \
	"	stmdb r2!, {r0, r3, r12, lr}\n"
#define COPY_WORDS \
	"	ldmia r0, {r0, r1, r3, r12}\n" \
	"	stmdb r2!, {r0, r1, r3, r12}\n"

/*
 * Registers: r0 the domain's frame, r2 the level, r3 behind the SVC, r1 its operand, then its gate.
 */
__attribute__((naked)) void llext_cortex_m_svc(void)
{
	__asm__ volatile(
		".syntax unified\n"
		"	ldr r2, 22f\n"
		"	ldr r2, [r2]\n"
		"	mrs r0, psp\n"
		"	cbz r2, 10f\n"

		/* ---- a thread with its frame in the domain's stack, in a slot: it is the domain ---- */
		"	cmn lr, #3\n" /* EXC_RETURN: a basic frame, on the process stack */
		"	bne " OTHER "\n"
		"	ldrd r3, r12, [r2, %[stack]]\n" /* and less than that by the frame */
		"	subs r3, r0, r3\n"
		"	cmp r3, r12\n"
		"	bhi 13f\n"
		"	ldr r3, [r0, #24]\n"
		"	ldrd r1, r12, [r2, %[slots]]\n" /* behind the SVC of the first one, their number */
		"	sub r1, r3, r1\n"
		"	cmp r12, r1, ror #3\n" /* slots are of 8 bytes */
		"	bls 13f\n"
		"	ldrb r1, [r3, #-2]\n" /* the SVC's operand */
		"	cbnz r1, 12f\n"
		TAKE_PRIVILEGE("r1")
		"	ldr r1, [r3, #2]\n"
		"	strd r0, r1, [r2, %[user_sp]]\n"
		"	ldrd r12, r3, [r1, %[function]]\n" /* and its way */
		"	bic r12, r12, #1\n"
		"17:\n"
		MAKE_FRAME
		"	ldr lr, [r2, %[user_state]+16]\n"
		COPY_WORDS
		"	msr psp, r2\n"
		"	bx lr\n"
		"10:	b llext_cortex_m_next_svc\n"

		/* ---- the same, where elements of the domain's data are to be checked ---- */
		"12:	lsrs r1, r1, #1\n"
		"	beq 14f\n"
		"	bcs 13f\n" /* not quick */
		"	ldr r1, [r3, #2]\n"
		"	strd r0, r1, [r2, %[user_sp]]\n"
		"	ldrd r12, r3, [r1, %[function]]\n" /* and its way */
		"	bic r12, r12, #1\n"
		"18:\n"
		MAKE_FRAME
		"	ldr lr, [r1, %[checks]]\n"
		COPY_WORDS
		"11:	ldrb r0, [lr, %[length]]\n"
		"	ldr r0, [r2, r0]\n"
		"	ldr r1, [lr, %[bytes]]\n"
		"	umull r0, r1, r0, r1\n"
		"	cbnz r1, 15f\n"
		"	ldrb r1, [lr, %[word]]\n"
		"	ldr r1, [r2, r1]\n"
		"	ldrd r3, r12, [r2, %[stack]+32]\n" /* the last bytes need a closer look */
		"	subs r1, r1, r3\n"
		"	subs r12, r12, r1\n"
		"	blo 15f\n"
		"	cmp r12, r0\n"
		"	blo 15f\n"
		"	ldrb r0, [lr, #8]!\n"
		"	cmp r0, #0\n" /* LLEXT_GATE_END */
		"	bne 11b\n"
		"	msr psp, r2\n"
		"	ldr lr, [r2, %[user_state]+32]\n"
		TAKE_PRIVILEGE("r0")
		"	bx lr\n"

		/* ---- the end of the call ---- */
		"14:\n"
		TAKE_PRIVILEGE("r1")
		"	ldrd r1, r3, [r0]\n"
		"	ldr lr, [r2, %[user_state]]\n"
		"	ldrd r0, r12, 21f\n"
		"	strd r0, r12, [r2, #-8]\n"
		"	strd r1, r3, [r2, #-32]!\n"
		"	msr psp, r2\n"
		"	bx lr\n"

		"	.balign 4\n"
		"21:	.word llext_cortex_m_left, 0x01000000\n"
		"22:	.word llext_domain_running\n"

		/* Elsewhere, perhaps: a closer look at all of them. */
		"15:	adds r2, r2, #32\n"
		FP("	ldr r1, [r2, #-8]\n"
		   "	ldr r3, 24f\n"
		   "	cmp r1, r3\n")
		"	mvn lr, #2\n"
		FP("	it eq\n"
		   "	mvneq lr, #18\n"
		   "	cpsie i\n")
		"	ldr r0, [r2, %[user_sp]]\n"
		"	b 9f\n"
		FP(
		/* ---- the same, where floating point is in use: its larger frame ---- */
		   "16:	cmn lr, #19\n"
		   "	bne 13f\n"
		   "	ldrd r3, r12, [r2, %[stack]]\n"
		   "	subs r3, r0, r3\n"
		   "	sub r12, r12, #72\n"
		   "	cmp r3, r12\n"
		   "	bhi 13f\n"
		   "	ldr r3, [r0, #24]\n"
		   "	ldrd r1, r12, [r2, %[slots]]\n"
		   "	sub r1, r3, r1\n"
		   "	cmp r12, r1, ror #3\n"
		   "	bls 13f\n"
		   "	ldrb r1, [r3, #-2]\n"
		   "	lsrs r1, r1, #1\n"
		   "	bcs 13f\n"
		   "	vmov.f32 s0, s0\n" /* they are saved there: FPSCR is then the firmware's */
		   "	cpsid i\n" /* until there is floating-point state in a thread again */
		   "	ldr r12, 24f\n"
		   "	ldr r3, [r3, #2]\n"
		   "	strd r0, r3, [r2, %[user_sp]]\n"
		   "	cbz r1, 19f\n"
		   "	mov r1, r3\n"
		   "	b 18b\n"
		   "19:\n"
		TAKE_PRIVILEGE("r1")
		   "	b 17b\n"
		   "	.balign 4\n"
		   "24:	.word llext_cortex_m_start_fp\n")

		/* ---- any other SVC: r0 process stack pointer, r2 level ---- */
		"13:	mrs r1, control\n"
		"	lsls r1, r1, #31\n" /* nPRIV */
		"	bpl llext_cortex_m_next_svc\n"
		"	lsls r1, lr, #28\n" /* a handler's */
		"	bpl llext_cortex_m_next_svc\n"
		"9:	mov r1, r0\n"
		"	mov r0, r2\n"
		"	push {r2, lr}\n"
		"	mov r2, lr\n"
		"	bl llext_cortex_m_trap\n"
		"	pop {r2, lr}\n"
		"	cbnz r0, 8f\n"

		/* ---- from a frame of the domain's to the one below the level r2, privileged ---- */
		"	.globl llext_cortex_m_leave\n"
		"	.thumb_func\n"
		"llext_cortex_m_leave:\n" /* it has failed */
		"	ldr r0, 23f\n"
		"8:	bic r0, r0, #1\n"
		"	mov r1, #0x01000000\n" /* Thumb state */
		"	strd r0, r1, [r2, #-8]\n"
		"	ldr r1, [r2, %[user_state]]\n"
		"	and lr, lr, r1\n" /* its caller's stack, */
		"	orr lr, lr, #16\n" /* no floating-point state in it */
		"	subs r2, r2, #32\n"
		"	msr psp, r2\n"
		"	movs r1, #0\n"
		TAKE_PRIVILEGE("r1")
		"	bx lr\n"
		"	.balign 4\n"
		"23:	.word llext_cortex_m_failed\n"::
		[user_sp] "i"(LEVEL(way.sp)),
		[user_state] "i"(LEVEL(user_state)), [stack] "i"(LEVEL(way.stack)),
		[slots] "i"(LEVEL(way.slots)),
		[function] "i"(GATE(function)), [checks] "i"(GATE(checks)),
		[word] "i"(offsetof(struct llext_gate_check, word)),
		[length] "i"(offsetof(struct llext_gate_check, length)),
		[bytes] "i"(offsetof(struct llext_gate_check, bytes)));
}

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
		/* Back to the security state of this handler, where the domain has left it (BXNS). */
		"	lsls r1, lr, #31\n" /* ES; always set before Armv8-M */
		"	it mi\n"
		"	orrmi lr, lr, #0x40\n"
		"	b llext_cortex_m_leave\n");
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
