/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways into a domain and out of it, on Cortex-M: one SVCall handler and one for faults.
 *
 * A domain runs in thread mode, unprivileged, on the process stack. Whoever called it waits on its
 * own stack, the main one or that of an RTOS's task.
 *
 *   call:    llext_domain_call() gives up its privilege and jumps
 *   gate:    SVC in a slot: to a frame made on the caller's stack, which runs the function
 *   return:  llext_cortex_m_tail() gives up privilege again; where there is more to do, an SVC
 *   end:     SVC in slot 0, or a fault: to a frame made on the caller's stack
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
_Static_assert(LEVEL(domain) == 0 && LEVEL(pc) == 4 && LEVEL(args) == 8 && LEVEL(outer) == 12,
	       "r0");
_Static_assert(LEVEL(below) == 16 && LEVEL(way) == 20 && LEVEL(gate) == 40, "r4, r5 to r9, r10");
_Static_assert(LEVEL(rc) == 48 && LEVEL(kept) == 52, "above r11");
_Static_assert(DOMAIN(way) == 0, "r5 to r9");
_Static_assert(DOMAIN(parts[0].start) == DOMAIN(text_bytes) + 4, "loaded as a pair");
_Static_assert(LEVEL(gate) == LEVEL(way.sp) + 4, "stored as a pair");
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
#define ZEROS 32 /* all such registers at once */
#else
#define FP(text)
#define NO_FP(text) text
#define ZEROS       16
#endif
#define CALLER_RESULT "60" /* from the level on: r3 */
_Static_assert(LEVEL(kept[LLEXT_CORTEX_M_RESULT]) == 60, "CALLER_RESULT");

/* What registers hold that are none of the domain's business; and no arguments. */
const uint32_t llext_cortex_m_zeros[ZEROS] __attribute__((aligned(8), used));
_Static_assert(sizeof(llext_cortex_m_zeros) >= sizeof(struct llext_domain_args), "no arguments");

/* clang-format off */
/* CONTROL for the domain, without floating-point state; and in a handler, for the firmware. */
#ifdef __ARM_ARCH_8_1M_MAIN__ /* which has more in it */
#define DOMAIN_CONTROL(register) \
	"	mrs " register ", control\n" \
	"	orr " register ", " register ", #3\n" \
	"	bic " register ", " register ", #12\n"
#define TAKE_PRIVILEGE(register) \
	"	mrs " register ", control\n" \
	"	bic " register ", " register ", #1\n" \
	"	msr control, " register "\n"
#else
#define DOMAIN_CONTROL(register) \
	"	mov " register ", #3\n" /* SPSEL, nPRIV */
#define TAKE_PRIVILEGE(register) \
	"	movs " register ", #0\n" \
	"	msr control, " register "\n"
#endif

/*
 * The call. On the caller's stack: what a function must preserve and the domain will not, then the
 * level, which is the end of it while the domain runs. The level is whole before anybody knows of it.
 * The domain is taken before a look at whether the call is simple: another thread may have changed
 * that meanwhile, and a switch back to this one would then not have loaded the unit. Nothing that was
 * read before says whether the domain is stopped: another thread may have reset it. The way is read
 * inside of LDREX and STREX, between which there has been no other thread where STREX succeeds.
 *
 * Registers: r0 domain, r1 function, r2 arguments, r3 outer level, r4 none below, r5 to r9 the way,
 * r10 no gate; r12 FPSCR.
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
		"	ldr r11, 20f\n"
		"	ldr r3, [r11]\n"
		"	ldrex r4, [r0, %[level]]\n"
		"	ldmia r0, {r5-r9}\n"
		"	push {r0-r11}\n"
		"	mov r6, sp\n"
		"	cbnz r4, 2f\n"
		"	strex r5, r6, [r0, %[level]]\n"
		"	cbnz r5, 2f\n"
		"	str r6, [r11]\n"
		"	ldrd r5, r4, [r0, %[text_bytes]]\n" /* and where that is */
		"	subs r4, r1, r4\n"
		"	cmp r4, r5\n"
		"	bhs 2f\n"
		"1:	subs lr, r7, #1\n" /* slot 0, in Thumb state: where the function returns to */
		"	orr r12, r1, #1\n"
		"	cbz r2, 5f\n"
		"6:\n"
		FP("	ldmia r2, {r0-r8}\n")
		NO_FP("	ldmia r2, {r0-r7}\n")
		"	stmdb r9!, {r4-r7}\n" /* words that are passed on the stack */
		"	msr psp, r9\n"
		"	ldr r11, 21f\n"
		FP("	cmp r8, #0\n"
		   "	bne 7f\n"
		   "	vldmia r11, {s0-s31}\n")
		DOMAIN_CONTROL("r9")
		"3:	ldmia r11, {r4-r8, r10, r11}\n"
		"	b llext_cortex_m_go_in\n"
		"8:	mvn r0, %[einval]-1\n"
		"	b 16f\n"
		"5:	ldr r2, 21f\n"
		"	b 6b\n"
		/* Not simple, or not free. */
		"2:	mov r0, sp\n"
		"	bl llext_domain_begin\n"
		"	cbnz r0, 10f\n"
		"	ldmia sp, {r0-r2}\n"
		"	ldr r7, [sp, %[slots]]\n"
		"	ldr r9, [sp, %[sp]]\n"
		"	b 1b\n"
		/* With arguments in floating-point registers CONTROL.FPCA stays set, so that interrupts
		 * preserve them. */
		FP("7:	vldmia r8, {s0-s15}\n"
		   "	movs r7, #0\n"
		   "	vmsr fpscr, r7\n"
		   "	vldmia r11, {s16-s31}\n"
		   "	mrs r9, control\n"
		   "	orr r9, r9, #3\n"
		   "	b 3b\n")
		"9:	mvn r0, %[eperm]-1\n"
		"16:	add sp, sp, #12\n"
		"	b 11f\n"
		"	.balign 4\n"
		"20:	.word llext_domain_running\n"
		"21:	.word llext_cortex_m_zeros\n"

		/* ---- the end, with the result in r0 and r1: no function, a frame's pc is even ---- */
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
		FP("	ldr r3, [sp, #" CALLER_RESULT "]\n"
		   "	cbz r3, 17f\n"
		   "	vstr d0, [r3, #8]\n"
		   "17:\n"
		/* With a result in d0, which is where it belongs already: an interrupt may have used d0. */
		   "	.globl llext_cortex_m_left_fp\n"
		   "llext_cortex_m_left_fp:\n")
		"	ldr r3, [sp, #" CALLER_RESULT "]\n"
		"	cbz r3, 14f\n"
		"	stmia r3, {r0, r1}\n"
		"14:	movs r1, #0\n"
		"15:	mov r0, sp\n"
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
		"	b 15b\n"::
		[domain] "i"(LEVEL(domain)), [rc] "i"(LEVEL(rc)), [sp] "i"(LEVEL(way.sp)),
		[slots] "i"(LEVEL(way.slots)), [level] "i"(DOMAIN(level)),
		[text_bytes] "i"(DOMAIN(text_bytes)), [eperm] "i"(EPERM), [einval] "i"(EINVAL));
}

/* __aeabi_read_tp() in a domain: nothing but r0 may change. */
__attribute__((naked)) LLEXT_USER_TEXT void llext_cortex_m_read_tp(void)
{
	__asm__ volatile("	mov r0, #0\n"
			 "	bx lr\n");
}

/* The end of its way in: CONTROL in r9, the function in r12. */
__attribute__((naked, used)) LLEXT_USER_TEXT void llext_cortex_m_go_in(void)
{
	__asm__ volatile("	msr control, r9\n"
			 "	isb\n"
			 "	mov r9, r4\n"
			 "	msr " APSR ", r4\n"
			 "	bx r12\n");
}

#ifdef __ARM_FP
/*
 * Where a gate's function starts when the domain has used floating point: with arguments in such
 * registers, perhaps. They come from its frame, at r12, now that a thread runs: only then do
 * interrupts preserve them.
 */
__attribute__((naked, used)) static void start_fp(void)
{
	__asm__ volatile(
		".syntax unified\n"
		"	.globl llext_cortex_m_start_fp\n"
		"llext_cortex_m_start_fp:\n"
		"	vldmia r12, {s0-s15}\n"
		"	ldr r12, 20f\n"
		"	ldr r12, [r12]\n"
		"	ldr r12, [r12, %[gate]]\n"
		"	ldr r12, [r12, %[function]]\n"
		"	bx r12\n"
		"	.balign 4\n"
		"20:	.word llext_domain_running\n"::[gate] "i"(LEVEL(gate)),
		[function] "i"(GATE(function)));
}
#endif

/* Where a gate's function returns to that takes an SVC to go back. */
__attribute__((naked)) void llext_cortex_m_trampoline_start(void)
{
	__asm__ volatile("	svc #0\n"
			 "	.globl llext_cortex_m_trampoline\n"
			 "llext_cortex_m_trampoline:\n" /* a frame's pc is even */
			 "	nop\n");
}

/*
 * Where other functions return to, all of whose SVC's frames are without floating point: with a
 * result in d0; with nothing; with a word, after a check in C; with a word. A domain whose stack
 * pointer was no multiple of eight, as its ABI demands, finds it four bytes too low.
 */
__attribute__((naked, used)) LLEXT_USER_TEXT void llext_cortex_m_tail_fp(void)
{
	__asm__ volatile(
		".syntax unified\n"
		FP("	add sp, sp, #16\n"
		   "	ldr r2, 20f\n"
		   "	vldmia r2, {s2-s15}\n"
		   "	movs r1, #0\n"
		   "	movs r0, #0\n"
		   "	vmsr fpscr, r0\n"
		   "	mrs r12, control\n"
		   "	ldr r3, [sp, %[domain]]\n"
		   "	b 2f\n")
		"	movs r0, #0\n" /* two bytes before the next: see way_back() */
		"	.globl llext_cortex_m_tail_checked\n"
		"	.thumb_func\n"
		"llext_cortex_m_tail_checked:\n"
		"	add sp, sp, #16\n" /* words of arguments on the stack */
		"	.globl llext_cortex_m_tail\n"
		"	.thumb_func\n"
		"llext_cortex_m_tail:\n" /* the stack pointer is at the level */
		"	ldr r3, [sp, %[domain]]\n"
		"	mrs r12, control\n"
		FP("	ands r1, r12, #4\n" /* FPCA: the function has used floating point */
		   "	bne 1f\n")
		NO_FP("	movs r1, #0\n")
		"2:	ldr r3, [r3, %[stopped]]\n"
		"	cbnz r3, 1f\n"
		"	str r1, [sp, %[gate]]\n"
		"	ldr r2, [sp, %[user_sp]]\n"
		"	orr r12, r12, #3\n"
		"	ldr lr, [r2, #20]\n" /* the slot's lr, wherever that leads */
		"	adds r2, r2, #32\n"
		"	msr psp, r2\n"
		"	msr control, r12\n"
		"	isb\n"
		"	movs r2, #0\n"
		"	mov r12, r1\n"
		"	msr " APSR ", r1\n"
		"	bx lr\n"
		"1:	mvn r2, #2\n" /* as from any other gate: a basic frame, on the process stack */
		"	str r2, [sp, %[user_state]]\n"
		"	ldr r2, 21f\n"
		"	bx r2\n"
		"	.balign 4\n"
		FP("20:	.word llext_cortex_m_zeros\n")
		"21:	.word llext_cortex_m_trampoline_start\n"::[stopped] "i"(DOMAIN(stopped)),
		[domain] "i"(LEVEL(domain)), [user_state] "i"(LEVEL(user_state)),
		[gate] "i"(LEVEL(gate)), [user_sp] "i"(LEVEL(way.sp)));
}

/*
 * From the domain's frame r0 and the gate r1: the gate runs from now on, from a frame on the main
 * stack, from which it returns to llext_cortex_m_tail. Thumb state, and nothing of the domain's.
 */
#define MAKE_FRAME \
	"	strd r0, r1, [r2, %[user_sp]]\n" \
	"	ldr r12, [r1, %[function]]\n" \
	"	bic r12, r12, #1\n" \
	"	ldrd r3, lr, 20f\n" \
	"	stmdb sp!, {r1, r3, r12, lr}\n"
#define COPY_WORDS \
	"	ldmia r0, {r0, r1, r3, r12}\n" \
	"	stmdb sp!, {r0, r1, r3, r12}\n"
#define TO_MAIN_STACK \
	"	mvn lr, #6\n" /* EXC_RETURN: a thread, on the main stack, without floating point */ \
	TAKE_PRIVILEGE("r3") \
	"	bx lr\n"

__attribute__((naked)) void llext_cortex_m_svc(void)
{
	__asm__ volatile(
		".syntax unified\n"
		"	ldr r2, 22f\n"
		"	ldr r2, [r2]\n"
		"	mrs r0, psp\n"
		"	cmp r2, sp\n" /* the level is the end of this stack, where its caller has that */
		"	bne 13f\n"

		/* ---- a thread with its frame in the domain's stack, in a slot: it is the domain ---- */
		"	ldrd r3, r12, [r2, %[stack]]\n" /* and less than that by the frame */
		"	sub r3, r0, r3\n"
		"	cmp r3, r12\n"
		"	bhi 13f\n"
		"	cmn lr, #3\n" /* EXC_RETURN: a basic frame, on the process stack */
		"	bne 13f\n"
		"	ldr r3, [r0, #24]\n"
		"	ldrd r1, r12, [r2, %[slots]]\n" /* behind the SVC of the first one, their number */
		"	sub r1, r3, r1\n"
		"	cmp r12, r1, ror #3\n" /* slots are of 8 bytes */
		"	bls 13f\n"
		"	ldrb r1, [r3, #-2]\n" /* the SVC's operand */
		"	cbnz r1, 12f\n"
		"	ldr r1, [r3, #2]\n"
		MAKE_FRAME
		COPY_WORDS
		TO_MAIN_STACK

		/* ---- the same, where elements of the domain's data are to be checked ---- */
		"12:	lsrs r1, r1, #1\n"
		"	bcs 14f\n" /* 1 or 3: not quick, or the end of the call */
		"	ldr r1, [r3, #2]\n"
		MAKE_FRAME
		"	ldr lr, [r1, %[checks]]\n"
		COPY_WORDS
		"11:	ldrb r0, [lr, %[length]]\n"
		"	ldr r0, [sp, r0]\n"
		"	ldr r1, [lr, %[bytes]]\n"
		"	umull r0, r1, r0, r1\n"
		"	cbnz r1, 15f\n"
		"	ldrb r1, [lr, %[word]]\n"
		"	ldr r1, [sp, r1]\n"
		"	ldr r3, [r2, %[stack]]\n"
		"	subs r1, r1, r3\n"
		"	ldr r3, [r2, %[frames]]\n" /* the last bytes need a closer look */
		"	subs r3, r3, r1\n"
		"	blo 15f\n"
		"	cmp r3, r0\n"
		"	blo 15f\n"
		"	ldrb r0, [lr, #8]!\n"
		"	cmp r0, #0\n" /* LLEXT_GATE_END */
		"	bne 11b\n"
		TO_MAIN_STACK
		/* Elsewhere, perhaps: a closer look at all of them. */
		"15:	add sp, sp, #32\n"
		"	ldr r0, [r2, %[user_sp]]\n"
		"	mvn lr, #2\n"
		"	b 9f\n"
		"	.balign 8\n"
		"20:	.word llext_cortex_m_tail, 0x01000000\n"
		"21:	.word llext_cortex_m_left, 0x01000000\n"
		"22:	.word llext_domain_running\n"
		"23:	.word llext_cortex_m_trampoline\n"

		/* ---- the end of the call ---- */
		"14:	beq 9f\n"
		"	ldrd r1, r3, [r0]\n"
		"	ldrd r0, r12, 21b\n"
		"	strd r0, r12, [sp, #-8]!\n"
		"	strd r1, r3, [sp, #-24]!\n"
		TO_MAIN_STACK

		/* ---- any other SVC: r0 process stack pointer, r2 level ---- */
		"13:	cmp r2, #0\n"
		"	beq llext_cortex_m_next_svc\n"
		"	mrs r1, control\n"
		"	lsls r1, r1, #31\n" /* nPRIV */
		"	beq 5f\n"
		"	lsls r1, lr, #28\n" /* a handler's */
		"	bpl llext_cortex_m_next_svc\n"
		"9:	mov r1, r0\n"
		"	mov r0, r2\n"
		"	mov r2, lr\n"
		"	sub sp, #48\n" /* where the frame is made, if it is on this stack */
		"	push {r3, lr}\n"
		"	bl llext_cortex_m_trap\n"
		"	pop {r3, lr}\n"

		/* ---- to the frame r0 on the caller's stack, privileged; 48 bytes of this one are kept ---- */
		"	.globl llext_cortex_m_leave\n"
		"	.thumb_func\n"
		"llext_cortex_m_leave:\n"
		"	bic lr, lr, #4\n"
		"	orr lr, lr, #16\n" /* no floating-point state in it */
		"	mov r1, sp\n"
		"	subs r1, r0, r1\n"
		"	cmp r1, #48\n"
		"	iteee lo\n"
		"	movlo sp, r0\n" /* it is there */
		"	addhs sp, sp, #48\n"
		"	orrhs lr, lr, #4\n"
		"	msrhs psp, r0\n"
		TAKE_PRIVILEGE("r1")
		"	bx lr\n"

		/* ---- from privileged code: behind a gate's function? r0 its frame, r2 level ---- */
		"5:	tst lr, #4\n"
		"	it eq\n"
		"	moveq r0, sp\n"
		"	ldr r3, [r0, #24]\n"
		"	ldr r1, 23b\n"
		"	cmp r1, r3\n"
		"	bne llext_cortex_m_next_svc\n"
		"	push {r2, lr}\n"
		"	mov r1, r0\n"
		"	mov r0, r2\n"
		"	mov r2, lr\n"
		"	bl llext_cortex_m_back\n"
		"	pop {r2, lr}\n"
		"	sub r1, r2, #48\n"
		"	tst lr, #4\n"
		"	ite eq\n"
		"	moveq sp, r1\n" /* the function's frame has been read */
		"	subne sp, sp, #48\n"
		"	ldr r1, [r2, %[gate]]\n"
		"	cmp r1, #0\n"
		"	bne llext_cortex_m_leave\n"
		"	add sp, sp, #48\n"
		"	ldr lr, [r2, %[user_state]]\n"
		"	msr psp, r0\n"
		"	mrs r1, control\n"
		"	orr r1, r1, #1\n"
		"	msr control, r1\n"
		"	bx lr\n"::
		[gate] "i"(LEVEL(gate)), [user_sp] "i"(LEVEL(way.sp)),
		[user_state] "i"(LEVEL(user_state)), [stack] "i"(LEVEL(way.stack)),
		[frames] "i"(LEVEL(way.stack_limit)), [slots] "i"(LEVEL(way.slots)),
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
		"	sub sp, #48\n" /* as in llext_cortex_m_svc() */
		"	push {r3, lr}\n"
		"	bl llext_cortex_m_abandon\n"
		"	pop {r3, lr}\n"
		"	cmp r0, #1\n"
		"	bls 1f\n"
		/* Back to the security state of this handler, where the domain has left it (BXNS). */
		"	lsls r1, lr, #31\n" /* ES; always set before Armv8-M */
		"	it mi\n"
		"	orrmi lr, lr, #0x40\n"
		"	b llext_cortex_m_leave\n"
		"1:	add sp, #48\n"
		"	blo llext_cortex_m_next_fault\n"
		"	bx lr\n");
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
