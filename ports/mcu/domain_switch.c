/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domains under an RTOS on RISC-V and AArch64. An interrupt of a domain looks to the kernel as one
 * of the firmware, so all that is a thread's own and not in its registers is its level.
 */
#include <llext/domain_port.h>

#if LLEXT_ON(CONFIG_USERSPACE) && (defined(__riscv) || defined(__aarch64__))

uintptr_t llext_domain_switch_out(void)
{
	return (uintptr_t)llext_domain_running;
}

void llext_domain_switch_in(uintptr_t kept)
{
	struct llext_domain_level *level = (struct llext_domain_level *)kept;

	llext_domain_running = level;
	if (level != NULL)
		llext_domain_port_resume(level->domain);
}

#endif
