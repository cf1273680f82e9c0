/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic on what a file says. None of it overflows unnoticed. */
#ifndef LLEXT_ARITHMETIC_H_
#define LLEXT_ARITHMETIC_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arch/arch.h"

static inline bool is_power_of_two(elf_xword value)
{
	return value != 0 && (value & (value - 1)) == 0;
}

/* Round up to a power of two, where that cannot overflow. */
static inline size_t aligned(size_t value, size_t align)
{
	return (value + align - 1) & ~(align - 1);
}

/* A number from the file fits a size_t: no machine loads files of a wider class than its own. */
_Static_assert(sizeof(size_t) >= sizeof(elf_xword), "size_t is narrower than the ELF class");

/* Does [offset, offset + bytes) lie within [0, limit)? Never overflows. */
static inline bool fits(size_t offset, size_t bytes, size_t limit)
{
	return offset <= limit && bytes <= limit - offset;
}

/* Round up to a power of two; false where that overflows. */
static inline bool round_up(size_t *value, size_t align)
{
	if (align <= 1)
		return true;
	if (*value > SIZE_MAX - (align - 1))
		return false;
	*value = (*value + align - 1) & ~(align - 1);
	return true;
}

/* The addresses that a branch reaches from everywhere in the code heap. */
struct reach {
	elf_addr from, bytes;
};

static inline bool is_reached(struct reach reach, elf_addr to)
{
	return to - reach.from < reach.bytes;
}

#endif /* LLEXT_ARITHMETIC_H_ */
