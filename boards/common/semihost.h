/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The semihosting trap of each architecture. Arm: "Semihosting for AArch32 and AArch64", section 3.
 * RISC-V: "RISC-V Semihosting", which takes the Arm operation numbers over.
 */
#ifndef BOARD_SEMIHOST_H
#define BOARD_SEMIHOST_H

#include <stdint.h>

static inline intptr_t semihost(uintptr_t operation, const void *block)
{
#if defined(__arm__)
	register uintptr_t r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = block;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
	return (intptr_t)r0;
#elif defined(__aarch64__)
	register uintptr_t x0 __asm__("x0") = operation;
	register const void *x1 __asm__("x1") = block;

	__asm__ volatile("hlt 0xf000" : "+r"(x0) : "r"(x1) : "memory");
	return (intptr_t)x0;
#elif defined(__riscv)
	register uintptr_t a0 __asm__("a0") = operation;
	register const void *a1 __asm__("a1") = block;

	/* The three must be uncompressed and in one page, hence the alignment. */
	__asm__ volatile(".option push\n"
			 ".option norvc\n"
			 ".balign 16\n"
			 "slli x0, x0, 0x1f\n"
			 "ebreak\n"
			 "srai x0, x0, 7\n"
			 ".option pop\n"
			 : "+r"(a0)
			 : "r"(a1)
			 : "memory");
	return (intptr_t)a0;
#else
#error "no semihosting on this architecture"
#endif
}

#endif /* BOARD_SEMIHOST_H */
