/* SPDX-License-Identifier: Apache-2.0 */
/* Control and status registers by name; the extension is named for assemblers that insist on it. */
#ifndef LLEXT_RISCV_M_CSR_H_
#define LLEXT_RISCV_M_CSR_H_

#include <stdint.h>

#define CSR_ASM(instruction)                                                                       \
	".option push\n\t.option arch, +zicsr\n\t" instruction "\n\t.option pop"

#define CSR_READ(name)                                                                             \
	({                                                                                         \
		uintptr_t value_;                                                                  \
		__asm__ volatile(CSR_ASM("csrr %0, " #name) : "=r"(value_)::"memory");             \
		value_;                                                                            \
	})

#define CSR_WRITE(name, value)                                                                     \
	__asm__ volatile(CSR_ASM("csrw " #name ", %0")::"r"((uintptr_t)(value)) : "memory")

#endif /* LLEXT_RISCV_M_CSR_H_ */
