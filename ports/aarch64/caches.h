/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache maintenance by address. Emulators have no caches: tests/ports has these functions with a
 * record of what they are asked.
 */
#ifndef LLEXT_AARCH64_CACHES_H_
#define LLEXT_AARCH64_CACHES_H_

#include <stdint.h>

#ifdef __aarch64__

static inline uint64_t caches_type(void)
{
	uint64_t type;

	__asm__("mrs %0, ctr_el0" : "=r"(type));
	return type;
}

/* Data, to the point of unification. */
static inline void caches_clean(uintptr_t at)
{
	__asm__ volatile("dc cvau, %0" ::"r"(at) : "memory");
}

static inline void caches_invalidate(uintptr_t at)
{
	__asm__ volatile("ic ivau, %0" ::"r"(at) : "memory");
}

static inline void caches_wait(void)
{
	__asm__ volatile("dsb ish" ::: "memory");
}

static inline void caches_refetch(void)
{
	__asm__ volatile("isb" ::: "memory");
}

#else

uint64_t caches_type(void);
void caches_clean(uintptr_t at);
void caches_invalidate(uintptr_t at);
void caches_wait(void);
void caches_refetch(void);

#endif

#endif /* LLEXT_AARCH64_CACHES_H_ */
