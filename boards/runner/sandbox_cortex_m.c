/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors of Cortex-M for domains, and a clock for budgets. */
#include "board.h"
#include "domain_m.h"
#include "registers.h"
#include "sandbox.h"

#define SHPR1 REGISTER(0xe000ed18)
#define SHPR2 REGISTER(0xe000ed1c)
#define SHPR3 REGISTER(0xe000ed20)

#define PERIOD 25000

void board_fault_entry(void);
void SVC_Handler(void);
void Fault_Handler(void);

__attribute__((naked)) void SVC_Handler(void)
{
	__asm__ volatile("	b llext_cortex_m_svc\n");
}

__attribute__((naked)) void Fault_Handler(void)
{
	__asm__ volatile("	b llext_cortex_m_fault\n");
}

__attribute__((naked)) void llext_cortex_m_next_fault(void)
{
	__asm__ volatile("	b board_fault_entry\n");
}

/* Faults before calls, calls before the clock. */
void sandbox_vectors(void)
{
	SHPR1 = 0;
	SHPR2 = 0x40u << 24;
	SHPR3 = 0x80u << 24 | 0xc0u << 16;
}

void sandbox_ticks(void)
{
	board_timer(PERIOD, llext_domain_tick);
}
