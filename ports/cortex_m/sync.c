/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The caches of Cortex-M7, M55 and M85, if there are any: clean what was written to the point of
 * unification, invalidate instructions, wait for both, refetch.
 */
#include "../mcu/mpu.h"
#include "caches.h"

void llext_mcu_sync(uintptr_t mem, uintptr_t load, size_t bytes)
{
#if __ARM_ARCH >= 7
	if ((caches_read(CACHES_CLIDR) & 7u) != 0) {
		uintptr_t line = (uintptr_t)4 << (caches_read(CACHES_CTR) >> 16 & 15u);

		for (uintptr_t at = mem & ~(line - 1); at < mem + bytes; at += line)
			caches_write(CACHES_DCCMVAU, (uint32_t)at);
		caches_wait();
		caches_write(CACHES_ICIALLU, 0);
	}
#else
	(void)mem;
	(void)bytes;
#endif
	(void)load; /* the whole instruction cache is invalidated */
	caches_wait();
	caches_refetch();
}
