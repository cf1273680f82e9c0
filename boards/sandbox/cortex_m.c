/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors of Cortex-M, and a clock for budgets. */
#include <llext/domain.h>
#include "board.h"
#include "domain_m.h"
#include "registers.h"
#include "sandbox.h"
#include "suite.h"

#define SHPR1 REGISTER(0xe000ed18)
#define SHPR2 REGISTER(0xe000ed1c)
#define SHPR3 REGISTER(0xe000ed20)

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

void suite_ticks(bool on)
{
	board_timer(on ? 25000 : 0, llext_domain_tick);
}

void sandbox_start(void)
{
	SHPR1 = 0;
	SHPR2 = 0x40u << 24; /* SVCall */
	SHPR3 = 0x80u << 24 | 0xc0u << 16;
}
