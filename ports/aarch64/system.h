/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LLEXT_AARCH64_SYSTEM_H_
#define LLEXT_AARCH64_SYSTEM_H_

#include <stdint.h>
#include "tables.h"

#define SYSTEM_READ(name)                                                                          \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory");                       \
		value_;                                                                            \
	})

#define SYSTEM_WRITE(name, value)                                                                  \
	__asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)) : "memory")

/* What was written to the tables of an address space, or to one page's entry, counts from now on.
 */
static inline void system_forget_space(uint64_t asid)
{
	__asm__ volatile(
		"dsb ishst\n\ttlbi aside1is, %0\n\tdsb ish\n\tisb" ::"r"(asid << ASID_SHIFT)
		: "memory");
}

static inline void system_forget_page(uint64_t number)
{
	__asm__ volatile("dsb ishst\n\ttlbi vaae1is, %0" ::"r"(number) : "memory");
}

#endif /* LLEXT_AARCH64_SYSTEM_H_ */
