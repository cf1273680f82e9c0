/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LLEXT_AARCH64_SYSTEM_H_
#define LLEXT_AARCH64_SYSTEM_H_

#include <stdint.h>

#define SYSTEM_READ(name)                                                                          \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory");                       \
		value_;                                                                            \
	})

#define SYSTEM_WRITE(name, value)                                                                  \
	__asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)) : "memory")

#endif /* LLEXT_AARCH64_SYSTEM_H_ */
