/* SPDX-License-Identifier: Apache-2.0 */
/* User mode on RISC-V: the words of struct llext_domain_way, and the unit. */
#ifndef LLEXT_DOMAIN_RISCV_H_
#define LLEXT_DOMAIN_RISCV_H_

#define WAY_SLOTS       0
#define WAY_SLOTS_BYTES 1 /* up to where the last one begins, and that byte */
#define WAY_STATUS      2 /* mstatus from which MRET goes in; without floating point */
#define WAY_VECTOR      3 /* llext_riscv_m_user_trap */

void llext_riscv_m_user_trap(void);

#endif /* LLEXT_DOMAIN_RISCV_H_ */
