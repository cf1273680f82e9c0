/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commonest relocations of an architecture in their ordinary form, in the few instructions that
 * they need, for the loops that apply them. Whatever is not ordinary, an error among it, is left
 * to the table and the encoders of the architecture's file, which come to the same where both know
 * what to do. An architecture may have nothing here.
 */
#ifndef LLEXT_FAST_H_
#define LLEXT_FAST_H_

#include <string.h>
#include "../arch/arch.h"

#define QUICK_NONE 0u
#define QUICK_WORD 1u /* S + A in a word */
/* Others: branches, of the architecture. */

#if LLEXT_TARGET_ARM

#define QUICK_ARCH 1
#define QUICK_RELA 0 /* tables without addends: fast_arm.c */
#include "fast_arm.h"

#elif LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64

#define QUICK_ARCH 1
#define QUICK_RELA 1 /* tables with addends: fast_riscv.c */
#include "fast_riscv.h"

#else

#define QUICK_ARCH 0
#define QUICK_RELA 0

/* May a branch at @p reach @s? */
static inline bool quick_reaches(elf_addr s, elf_addr p)
{
	(void)s;
	(void)p;
	return true;
}

#endif

#if !QUICK_ARCH || QUICK_RELA
static inline uint32_t quick_kind(uint32_t number)
{
	(void)number;
	return QUICK_NONE;
}
#endif

#endif /* LLEXT_FAST_H_ */
