/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vectors of Cortex-M for domains, for the one file of a program that includes this. That of
 * SVCall is in start.c.
 */
#ifndef BOARD_DOMAIN_VECTORS_H
#define BOARD_DOMAIN_VECTORS_H

#include "domain_m.h"
#include "registers.h"

#define SHPR1 REGISTER(0xe000ed18)
#define SHPR2 REGISTER(0xe000ed1c)
#define SHPR3 REGISTER(0xe000ed20)

void board_fault_entry(void);
void Fault_Handler(void);

__attribute__((naked)) void Fault_Handler(void)
{
	__asm__ volatile("	b llext_cortex_m_fault\n");
}

__attribute__((naked)) void llext_cortex_m_next_fault(void)
{
	__asm__ volatile("	b board_fault_entry\n");
}

/* Faults before calls (SVCall), calls before the clock. */
static inline void board_domain_priorities(void)
{
	SHPR1 = 0;
	SHPR2 = 0x40u << 24;
	SHPR3 = 0x80u << 24 | 0xc0u << 16;
}

#endif
