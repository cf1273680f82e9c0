/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The caches of Cortex-M7, M55 and M85, if there are any: clean what was written to the point of
 * unification, invalidate instructions, wait for both, refetch.
 */
#include "../mcu/mpu.h"

/* Arm DDI 0403 and DDI 0553, "Cache maintenance operations", memory-mapped; CLIDR, CTR. */
#define CTR     (*(volatile uint32_t *)0xe000ed7c)
#define CLIDR   (*(volatile uint32_t *)0xe000ed78)
#define ICIALLU (*(volatile uint32_t *)0xe000ef50)
#define DCCMVAU (*(volatile uint32_t *)0xe000ef64)

void llext_mcu_sync(uintptr_t mem, uintptr_t load, size_t bytes)
{
#if __ARM_ARCH >= 7
	if ((CLIDR & 7u) != 0) {
		uintptr_t line = (uintptr_t)4 << (CTR >> 16 & 15u);

		for (uintptr_t at = mem & ~(line - 1); at < mem + bytes; at += line)
			DCCMVAU = (uint32_t)at;
		__asm__ volatile("dsb" ::: "memory");
		ICIALLU = 0;
	}
#else
	(void)mem;
	(void)bytes;
#endif
	(void)load; /* the whole instruction cache is invalidated */
	__asm__ volatile("dsb\n\tisb" ::: "memory");
}
