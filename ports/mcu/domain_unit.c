/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domains on Cortex-M and RISC-V, whose units have one domain at a time. It stays there until
 * another one runs: to privileged code its parts allow nothing new.
 */
#include "domain_unit.h"

#if LLEXT_ON(CONFIG_USERSPACE) && ((defined(__arm__) && __ARM_ARCH >= 7) || defined(__riscv))

#include "mpu.h"

const struct k_mem_domain *llext_domain_unit_has;

static void give_unit(const struct k_mem_domain *domain)
{
	llext_domain_unit_write(domain);
	if (llext_domain_unit_has != NULL)
		llext_domain_out_of_unit(llext_domain_unit_has);
	llext_domain_unit_has = domain;
}

/* Without interrupts: one that counts ticks may take away what is being given. */
void llext_domain_port_resume(const struct k_mem_domain *domain)
{
	uintptr_t masked = llext_mpu_hold();

	if (domain != llext_domain_unit_has)
		give_unit(domain);
	llext_domain_in_unit(domain);
	llext_mpu_go_on(masked);
}

void llext_domain_port_drop(const struct k_mem_domain *domain)
{
	uintptr_t masked = llext_mpu_hold();

	if (domain == llext_domain_unit_has)
		give_unit(NULL);
	llext_mpu_go_on(masked);
}

int llext_domain_port_reload(const struct k_mem_domain *domain)
{
	llext_domain_port_drop(domain);
	llext_domain_port_resume(domain);
	return 0;
}

#endif
