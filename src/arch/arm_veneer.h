/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm's veneers, and the no-operation that replaces a call of an absent weak function: for arm.c
 * and src/small. They change no register and no flag.
 */
#ifndef LLEXT_ARM_VENEER_H_
#define LLEXT_ARM_VENEER_H_

#include <string.h>
#include "arch.h"

#if ARM_VENEER_BYTES == 8
static const uint16_t arm_nop[] = {0xf3af, 0x8000}; /* nop.w */
static const uint16_t jump[] = {
	0xf8df, 0xf000, /* ldr.w pc, [pc, #0]: the word behind it */
};
#else
/* For every core; within the two words of stack that AAELF32 allows. */
static const uint16_t arm_nop[] = {0xe000, 0xbf00}; /* b.n over the nop behind it */
static const uint16_t jump[] = {
	0xb403, /* push {r0, r1} */
	0x4801, /* ldr r0, [pc, #4]: the word behind the code */
	0x9001, /* str r0, [sp, #4] */
	0xbd01, /* pop {r0, pc} */
};
#endif

void llext_arch_veneer(uint8_t *mem, elf_addr at, elf_addr target)
{
	(void)at;
	_Static_assert(sizeof(jump) + sizeof(target) == ARM_VENEER_BYTES, "see constants.h");
	target |= 1; /* there is no other state */
	memcpy(mem, jump, sizeof(jump));
	memcpy(mem + sizeof(jump), &target, sizeof(target));
}

#endif /* LLEXT_ARM_VENEER_H_ */
