/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors of Cortex-M, and a clock for budgets. */
#include <llext/domain.h>
#include "board.h"
#include "../common/cortex-m/domain_vectors.h"
#include "sandbox.h"
#include "hostile.h"
#include "suite.h"

void (*suite_interrupt)(void);

/* With floating point: then the core saves the domain's registers now, wherever that is. Every
 * other time a fault in that has to wait. */
static void tick(void)
{
	static bool masked;

	masked = !masked;
	if (masked)
		__asm__ volatile("cpsid i" ::: "memory");
	leave_registers();
	__asm__ volatile("cpsie i" ::: "memory");
	llext_domain_tick();
}

void suite_ticks(bool on)
{
	board_timer(on ? 2500 : 0, tick);
}

void suite_fast_ticks(bool on)
{
	board_timer(on ? 25 : 0, tick);
}

#define TICK 40 /* instructions */

static void once(void)
{
	board_timer(0, once);
	if (suite_interrupt != NULL)
		suite_interrupt();
	tick();
}

/* Every other time the clock is more urgent than calls (SVCall), and interrupts those, too. */
void suite_phase(unsigned int instructions)
{
	SHPR3 ^= 0xa0u << 24; /* 0x80, 0x20 */
	board_timer(1 + instructions / TICK, once);
	sandbox_pass(instructions % TICK);
}

void sandbox_start(void)
{
	board_domain_priorities();
}

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
__attribute__((naked)) void sandbox_pass(unsigned int instructions)
{
	__asm__ volatile("	lsrs r0, r0, #1\n"
			 "	bcc 1f\n"
			 "	nop\n"
			 "1:	subs r0, r0, #1\n"
			 "	bpl 1b\n"
			 "	bx lr\n");
}

static __attribute__((used)) uint64_t task_stack[1024];

__attribute__((naked)) void sandbox_on_task_stack(void (*function)(void))
{
	__asm__ volatile("	push {r4, lr}\n"
			 "	ldr r1, =task_stack + 8192\n"
			 "	msr psp, r1\n"
			 "	mrs r1, control\n"
			 "	orr r1, r1, #2\n" /* SPSEL */
			 "	msr control, r1\n"
			 "	isb\n"
			 "	blx r0\n"
			 "	mrs r1, control\n"
			 "	bic r1, r1, #2\n"
			 "	msr control, r1\n"
			 "	isb\n"
			 "	pop {r4, pc}\n"
			 "	.ltorg\n");
}

__attribute__((naked)) void leave_registers(void)
{
	__asm__ volatile(
		"	mov r1, #-1\n"
		"	mov r2, r1\n"
		"	mov r3, r1\n"
		"	mov r12, r1\n"
		FP("	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
		   "	vmov s\\n, r1\n"
		   "	.endr\n")
		MVE("	vmsr p0, r1\n")
		"	adds r1, r1, #1\n" /* flags */
		"	mov r1, #-1\n"
		"	bx lr\n");
}

/* Patterns in r4 to r11 and s16 to s31 before, and compared after. */
__attribute__((naked)) bool registers_survive(struct k_mem_domain *domain, const void *function)
{
	__asm__ volatile(
		"	push {r4-r11, lr}\n"
		"	sub sp, sp, #12\n"
		FP("	vpush {s16-s31}\n"
		   "	vmrs r2, fpscr\n"
		   "	str r2, [sp, #64]\n"
		   "	mov r2, #0x00c00000\n" /* round towards zero */
		   "	vmsr fpscr, r2\n")
		"	movs r2, #0\n"
		"	str r2, [sp, %[ticks]]\n"
		"	.irp n, 4,5,6,7,8,9,10,11\n"
		"	mov r\\n, #(0x40 + \\n)\n"
		"	.endr\n"
		FP("	vmov s16, r4\n"
		   "	vmov s31, r11\n")
		"	movs r3, #0\n"
		"	sub sp, sp, #8\n"
		"	str r3, [sp]\n"
		"	bl llext_domain_call\n"
		"	add sp, sp, #8\n"
		"	movs r0, #0\n"
		"	.irp n, 4,5,6,7,8,9,10,11\n"
		"	sub r1, r\\n, #(0x40 + \\n)\n"
		"	orr r0, r0, r1\n"
		"	.endr\n"
		FP("	vmov r1, s16\n"
		   "	eor r1, r1, r4\n"
		   "	orr r0, r0, r1\n"
		   "	vmov r1, s31\n"
		   "	eor r1, r1, r11\n"
		   "	orr r0, r0, r1\n"
		   "	vmrs r1, fpscr\n"
		   "	ldr r2, [sp, #64]\n"
		   "	vmsr fpscr, r2\n"
		   "	eor r1, r1, #0x00c00000\n"
		   "	bic r1, r1, #0xf0000000\n"
		   "	bic r1, r1, #0x0000009f\n" /* conditions, not modes */
		   "	orr r0, r0, r1\n"
		   "	vpop {s16-s31}\n")
		"	clz r0, r0\n"
		"	lsrs r0, r0, #5\n" /* 1 where it is 0 */
		"	add sp, sp, #12\n"
		"	pop {r4-r11, pc}\n"::
													    [ticks] "i"(
#ifdef __ARM_FP
														    68
#else
														    4
#endif
														    ));
}
