/* SPDX-License-Identifier: Apache-2.0 */
/* Aligned 32-bit words moved several at once, where the machine has instructions for that. */
#ifndef LLEXT_WORDS_H_
#define LLEXT_WORDS_H_

#include <stdint.h>

/* Read the two words at @mem. */
static inline __attribute__((always_inline)) void read_two(const void *mem, uint32_t *first,
							   uint32_t *second)
{
	typedef uint32_t __attribute__((may_alias)) words[2];
	const words *from = mem;

#if defined(__arm__) && __ARM_ARCH >= 7 /* one instruction, which compilers seldom find */
	__asm__("ldrd %0, %1, %2" : "=r"(*first), "=r"(*second) : "m"(*from));
#else
	*first = (*from)[0];
	*second = (*from)[1];
#endif
}

/* Copy four words. */
static inline __attribute__((always_inline)) void copy_four(void *to, const void *from)
{
#if defined(__arm__) /* one instruction to load them, and one to store */
	struct words {
		uint32_t word[4];
	} __attribute__((may_alias));

	*(struct words *)to = *(const struct words *)from;
#else /* compilers for others make a call of memcpy() of that */
	typedef uint32_t __attribute__((may_alias)) any_word;
	const any_word *read = from;
	any_word *write = to;
	uint32_t first = read[0], second = read[1], third = read[2], fourth = read[3];

	write[0] = first;
	write[1] = second;
	write[2] = third;
	write[3] = fourth;
#endif
}

#endif /* LLEXT_WORDS_H_ */
