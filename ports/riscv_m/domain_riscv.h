/* SPDX-License-Identifier: Apache-2.0 */
/* User mode on RISC-V: the port's words of a domain. */
#ifndef LLEXT_DOMAIN_RISCV_H_
#define LLEXT_DOMAIN_RISCV_H_

#include <stdint.h>

#define PORT_STATUS 0 /* mstatus from which MRET goes in; without floating point */
#define PORT_VECTOR 1 /* llext_riscv_m_user_trap */

void llext_riscv_m_user_trap(void);

struct llext_domain_level;
/* A fault of the domain's. @registers: a0 to a3; the ninth is ra. */
void llext_riscv_m_fault(struct llext_domain_level *level, const uintptr_t *registers);

#endif /* LLEXT_DOMAIN_RISCV_H_ */
