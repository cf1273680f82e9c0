/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System control space of Armv6-M, Armv7-M and Armv8-M: DDI 0419, DDI 0403 section B3.2 and
 * DDI 0553 section D1.1.
 */
#ifndef LLEXT_CORTEX_M_REGISTERS_H_
#define LLEXT_CORTEX_M_REGISTERS_H_

#include <stdint.h>
#include "register_bits.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define SYST_CSR  REGISTER(0xe000e010)
#define SYST_RVR  REGISTER(0xe000e014)
#define SYST_CVR  REGISTER(0xe000e018)
#define ICSR      REGISTER(0xe000ed04)
#define VTOR      REGISTER(0xe000ed08)
#define CCR       REGISTER(0xe000ed14)
#define SHCSR     REGISTER(0xe000ed24)
#define CFSR      REGISTER(0xe000ed28)
#define HFSR      REGISTER(0xe000ed2c)
#define MMFAR     REGISTER(0xe000ed34)
#define BFAR      REGISTER(0xe000ed38)
#define CPACR     REGISTER(0xe000ed88)
#define MPU_TYPE  REGISTER(0xe000ed90)
#define MPU_CTRL  REGISTER(0xe000ed94)
#define MPU_RNR   REGISTER(0xe000ed98)
#define MPU_RBAR  REGISTER(0xe000ed9c)
#define MPU_RASR  REGISTER(0xe000eda0) /* Armv7-M */
#define MPU_RLAR  REGISTER(0xe000eda0) /* Armv8-M */
#define MPU_MAIR  REGISTER(0xe000edc0) /* Armv8-M; attributes 0 to 3, and 4 to 7: */
#define MPU_MAIR1 REGISTER(0xe000edc4)
#define SFSR      REGISTER(0xe000ede4) /* Armv8-M */
#define FPCCR     REGISTER(0xe000ef34)

static inline uint32_t read_control(void)
{
	uint32_t control;

	__asm__ volatile("mrs %0, control" : "=r"(control));
	return control;
}

static inline uint32_t read_psp(void)
{
	uint32_t psp;

	__asm__ volatile("mrs %0, psp" : "=r"(psp));
	return psp;
}

static inline void write_psp(uint32_t psp)
{
	__asm__ volatile("msr psp, %0" ::"r"(psp) : "memory");
}

static inline void barrier(void)
{
	__asm__ volatile("dsb\n\tisb" ::: "memory");
}

#endif /* LLEXT_CORTEX_M_REGISTERS_H_ */
