/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domains under an RTOS on Cortex-M. The core keeps one privilege bit for thread mode, which no
 * kernel without protection saves; an address of a level has room for it.
 */
#include <llext/domain_port.h>

#if LLEXT_ON(CONFIG_USERSPACE) && __ARM_ARCH >= 7

#define CONTROL_NPRIV 1u

uintptr_t llext_domain_switch_out(void)
{
	uint32_t control;

	__asm__ volatile("mrs %0, control" : "=r"(control));
	return (uintptr_t)llext_domain_running | (control & CONTROL_NPRIV);
}

void llext_domain_switch_in(uintptr_t kept)
{
	struct llext_domain_level *level =
		(struct llext_domain_level *)(kept & ~(uintptr_t)CONTROL_NPRIV);
	uint32_t control;

	__asm__ volatile("mrs %0, control" : "=r"(control));
	control = (control & ~CONTROL_NPRIV) | (kept & CONTROL_NPRIV);
	__asm__ volatile("msr control, %0" ::"r"(control) : "memory");
	llext_domain_running = level;
	/* Also where a gate runs: it goes back without a look at the unit. */
	if (level != NULL)
		llext_domain_port_resume(level->domain);
}

#endif
