/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User mode on Cortex-M with an MPU: what a firmware puts into its vector table.
 *
 *  - SVCall:                        llext_cortex_m_svc
 *  - HardFault, MemManage, BusFault, UsageFault, and SecureFault where there is one:
 *                                   llext_cortex_m_fault
 *  - PendSV, where an RTOS switches threads there: llext_cortex_m_pendsv
 *  - SysTick, or any periodic interrupt, calls llext_domain_tick() where budgets are wanted
 *
 * What is no concern of a domain's goes on to llext_cortex_m_next_svc() and
 * llext_cortex_m_next_fault(), and every PendSV to llext_cortex_m_next_pendsv(), as if the vector
 * had led there. The faults must have a higher
 * priority than all interrupts that use floating point (llext_domain_init() switches them on, and
 * leaves priorities alone).
 */
#ifndef LLEXT_CORTEX_M_DOMAIN_H_
#define LLEXT_CORTEX_M_DOMAIN_H_

void llext_cortex_m_svc(void);
void llext_cortex_m_fault(void);
void llext_cortex_m_pendsv(void);

/* The firmware's own handlers. Weak: the core stops there where they are not defined. */
void llext_cortex_m_next_svc(void);
void llext_cortex_m_next_fault(void);
void llext_cortex_m_next_pendsv(void);

#endif /* LLEXT_CORTEX_M_DOMAIN_H_ */
