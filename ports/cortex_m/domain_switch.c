/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domains under an RTOS on Cortex-M. The core keeps one privilege bit for thread mode, which no
 * kernel without protection saves; an address of a level has room for it.
 *
 * A switch saves registers below the process stack pointer, privileged. Where the domain has moved
 * that out of its stack, to a buffer that it shares perhaps, they would go over what lies below.
 */
#include "domain_cortex_m.h"
#include "registers.h"

#if LLEXT_ON(CONFIG_USERSPACE) && __ARM_ARCH >= 7

#define XPSR_T (1u << 24)

/* The core's frame, with floating point or without, in words. */
enum { XPSR = 7, FRAME_WORDS = 26 };

void llext_cortex_m_leave_stack(struct llext_domain_level *level, uintptr_t sp);

uintptr_t llext_domain_switch_out(void)
{
#if __ARM_ARCH >= 8 && defined(__ARM_FP)
	/* What VLSTM leaves to be saved is saved with this domain's rights. */
	__asm__ volatile("vmov.f32 s0, s0" ::: "memory");
#endif
	return (uintptr_t)llext_domain_running | (read_control() & CONTROL_NPRIV);
}

void llext_domain_switch_in(uintptr_t kept)
{
	struct llext_domain_level *level =
		(struct llext_domain_level *)(kept & ~(uintptr_t)CONTROL_NPRIV);
	uint32_t control = (read_control() & ~CONTROL_NPRIV) | (kept & CONTROL_NPRIV);

	__asm__ volatile("msr control, %0" ::"r"(control) : "memory");
	llext_domain_running = level;
	/* Also where a gate runs: it goes back without a look at the unit. */
	if (level != NULL)
		llext_domain_port_resume(level->domain);
}

/*
 * The domain is given up. Its thread goes on from a frame in its stack, at address 0, which it may
 * not execute: the fault ends the call.
 */
__attribute__((used)) void llext_cortex_m_leave_stack(struct llext_domain_level *level,
						      uintptr_t sp)
{
	uintptr_t top =
		(level->way.stack + llext_domain_stack_bytes(level->domain)) & ~(uintptr_t)7;
	uint32_t *frame = (uint32_t *)top - FRAME_WORDS;

	llext_cortex_m_bad_stack(level, sp);
	for (int i = 0; i < FRAME_WORDS; i++)
		frame[i] = 0;
	frame[XPSR] = XPSR_T;
	write_psp((uint32_t)frame);
	llext_domain_port_revoke(level->domain);
}

/* clang-format off */
/* Handlers preempt handlers, so what PendSV has interrupted is a thread. */
__attribute__((naked)) void llext_cortex_m_pendsv(void)
{
	__asm__ volatile(
		".syntax unified\n"
		"	ldr r0, 20f\n"
		"	ldr r0, [r0]\n"
		"	cbz r0, 1f\n"
		"	mrs r1, control\n"
		"	lsls r1, r1, #31\n" /* nPRIV */
		"	beq 1f\n"
		"	ldrd r2, r3, [r0, %[stack]]\n" /* and its bytes, less those of a frame */
		"	mrs r1, psp\n"
		"	subs r2, r1, r2\n"
		"	cmp r2, r3\n"
		"	bls 1f\n"
		"	push {r3, lr}\n"
		"	bl llext_cortex_m_leave_stack\n"
		"	pop {r3, lr}\n"
		"1:	b llext_cortex_m_next_pendsv\n"
		"	.balign 4\n"
		"20:	.word llext_domain_running\n"::
		[stack] "i"(offsetof(struct llext_domain_level, way.stack)));
}
/* clang-format on */

__attribute__((weak, naked)) void llext_cortex_m_next_pendsv(void)
{
	__asm__ volatile("	b .\n");
}

#endif
