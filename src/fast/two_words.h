/* SPDX-License-Identifier: Apache-2.0 */
/* Two 32-bit words read at once, for the fast loops. */
#ifndef LLEXT_TWO_WORDS_H_
#define LLEXT_TWO_WORDS_H_

#include <stdint.h>

/* The words at @mem, which is aligned to 4. */
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

#endif /* LLEXT_TWO_WORDS_H_ */
