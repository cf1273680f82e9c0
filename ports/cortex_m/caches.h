/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm DDI 0403 and DDI 0553, "Cache maintenance operations", memory-mapped; CLIDR, CTR. Emulators
 * have no caches: tests/ports has these functions with a record of what they are asked.
 */
#ifndef LLEXT_CORTEX_M_CACHES_H_
#define LLEXT_CORTEX_M_CACHES_H_

#include <stdint.h>

#define CACHES_CLIDR   0xe000ed78u
#define CACHES_CTR     0xe000ed7cu
#define CACHES_ICIALLU 0xe000ef50u
#define CACHES_DCCMVAU 0xe000ef64u

#ifdef __arm__

static inline uint32_t caches_read(uintptr_t address)
{
	return *(volatile uint32_t *)address;
}

static inline void caches_write(uintptr_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

static inline void caches_wait(void)
{
	__asm__ volatile("dsb" ::: "memory");
}

static inline void caches_refetch(void)
{
	__asm__ volatile("isb" ::: "memory");
}

#else

uint32_t caches_read(uintptr_t address);
void caches_write(uintptr_t address, uint32_t value);
void caches_wait(void);
void caches_refetch(void);

#endif

#endif /* LLEXT_CORTEX_M_CACHES_H_ */
