/* SPDX-License-Identifier: Apache-2.0 */
/* Moving several aligned 32-bit words at once, if the machine has instructions for that. */
#ifndef LLEXT_WORDS_H_
#define LLEXT_WORDS_H_

#include <stddef.h>
#include <stdint.h>

/* Read the two words at @mem. */
static inline __attribute__((always_inline)) void read_two(const void *mem, uint32_t *first,
							   uint32_t *second)
{
	typedef uint32_t __attribute__((may_alias)) words[2];
	const words *from = mem;

#if defined(__arm__) && __ARM_ARCH >= 7 /* one instruction, which compilers seldom use */
	__asm__("ldrd %0, %1, %2" : "=r"(*first), "=r"(*second) : "m"(*from));
#else
	*first = (*from)[0];
	*second = (*from)[1];
#endif
}

static inline void copy_word(void *to, const void *from)
{
	typedef uint32_t __attribute__((may_alias)) any_word;

	*(any_word *)to = *(const any_word *)from;
}

/* Copy four words. */
static inline __attribute__((always_inline)) void copy_four(void *to, const void *from)
{
#if defined(__arm__) /* one instruction to load them, and one to store */
	struct words {
		uint32_t word[4];
	} __attribute__((may_alias));

	*(struct words *)to = *(const struct words *)from;
#else /* compilers for other machines would call memcpy() */
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

/* Clear @bytes bytes, rounded down to four words. @return the address behind them. */
static inline uint32_t *clear_fours(uint32_t *to, size_t bytes)
{
#if defined(__arm__) && __ARM_ARCH >= 7 /* four words with one instruction */
	register uint32_t a __asm__("r4") = 0, b __asm__("r5") = 0, c __asm__("r6") = 0,
			    d __asm__("r8") = 0;

#define STORE "stmia %0!, {%1, %2, %3, %4}\n\t"
#define CLEAR(stores)                                                                              \
	__asm__ volatile(stores : "+r"(to), "+r"(a), "+r"(b), "+r"(c), "+r"(d) : : "memory")
	const uint32_t *sixteens = to + bytes / (16 * sizeof(*to)) * 16,
		       *fours = to + bytes / (4 * sizeof(*to)) * 4;

	while (to != sixteens)
		CLEAR(STORE STORE STORE STORE);
	while (to != fours)
		CLEAR(STORE);
#undef STORE
#undef CLEAR
#else
	for (; bytes >= 16 * sizeof(*to); bytes -= 16 * sizeof(*to)) {
		to[0] = to[1] = to[2] = to[3] = 0;
		to[4] = to[5] = to[6] = to[7] = 0;
		to[8] = to[9] = to[10] = to[11] = 0;
		to[12] = to[13] = to[14] = to[15] = 0;
		to += 16;
		__asm__ volatile("" : "+r"(to)); /* or the compiler calls memset() */
	}
	for (; bytes >= 4 * sizeof(*to); bytes -= 4 * sizeof(*to)) {
		to[0] = to[1] = to[2] = to[3] = 0;
		to += 4;
		__asm__ volatile("" : "+r"(to));
	}
#endif
	return to;
}

#endif /* LLEXT_WORDS_H_ */
