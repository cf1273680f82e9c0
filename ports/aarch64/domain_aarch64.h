/* SPDX-License-Identifier: Apache-2.0 */
/* User mode on AArch64: between the files of this folder. */
#ifndef LLEXT_DOMAIN_AARCH64_H_
#define LLEXT_DOMAIN_AARCH64_H_

#include <llext/domain_port.h>

/* The domain whose tables are the next to be used, and what TTBR0_EL1 has of them. */
extern const struct k_mem_domain *llext_aarch64_loaded;
extern uint64_t llext_aarch64_ttbr;

/* Make it that domain. */
void llext_aarch64_load(const struct k_mem_domain *domain);

/* For domain_entry.c. @registers: x0 to x3, x30. */
void llext_aarch64_switch(const struct llext_domain_level *level);
void llext_aarch64_contain(struct llext_domain_level *level, const uintptr_t *registers,
			   uint64_t syndrome);

#endif /* LLEXT_DOMAIN_AARCH64_H_ */
