/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the trap handlers of RISC-V and AArch64 ask about gates. There the core saves nothing by
 * itself, and code that was interrupted goes on through a look at domain->stopped.
 */
#include <string.h>
#include "domain_trap.h"

#if LLEXT_ON(CONFIG_USERSPACE) && (defined(__riscv) || defined(__aarch64__))

bool llext_mcu_gate(struct llext_domain_level *level, const struct llext_gate *gate,
		    uintptr_t *words)
{
	return llext_domain_all_near(level->domain, gate, words) ||
	       llext_domain_admit(level, gate, words, level->user_state, level->way.sp);
}

const struct llext_gate *llext_mcu_gate_at(struct llext_domain_level *level, uintptr_t slot,
					   const uintptr_t *words, uintptr_t status)
{
	const struct llext_gate *gate = llext_domain_gate_at(level->domain, slot);
	struct llext_domain_fault *fault;

	if (gate != NULL)
		return gate;
	fault = llext_domain_abandon(level, LLEXT_DOMAIN_GATE);
	if (fault != NULL) {
		fault->pc = slot;
		fault->lr = level->user_state;
		fault->sp = level->way.sp;
		memcpy(fault->reg, words, sizeof(fault->reg));
		fault->status = status;
	}
	return NULL;
}

void llext_domain_port_revoke(struct k_mem_domain *domain)
{
	(void)domain;
}

#endif
