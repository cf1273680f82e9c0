/* SPDX-License-Identifier: Apache-2.0 */
/* User mode on RISC-V: the words of struct llext_domain_way, and the unit. */
#ifndef LLEXT_DOMAIN_RISCV_H_
#define LLEXT_DOMAIN_RISCV_H_

#define WAY_SLOTS       0
#define WAY_SLOTS_BYTES 1
#define WAY_STACK       2
#define WAY_STACK_BYTES 3

/* The domain that the unit has, and how it gets another one. */
struct k_mem_domain;
struct llext_domain_level;
extern const struct k_mem_domain *llext_riscv_m_loaded;
void llext_riscv_m_load(const struct llext_domain_level *level);

#endif /* LLEXT_DOMAIN_RISCV_H_ */
