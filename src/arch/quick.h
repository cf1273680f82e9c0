/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commonest relocations of an architecture in their ordinary form, in the few instructions that
 * they need, for the loop that applies them. Whatever is not ordinary, an error among it, is left
 * to the table and the encoders of the architecture's file, which come to the same where both know
 * what to do. An architecture may have nothing here. For tables without addends.
 */
#ifndef LLEXT_QUICK_H_
#define LLEXT_QUICK_H_

#include <string.h>
#include "arch.h"

#define QUICK_BYTES 4u /* of each of them */

#define QUICK_NONE 0u
#define QUICK_WORD 1u /* S + A in a word */
/* Others: branches, of the architecture. Their places are even. */

#if LLEXT_TARGET_ARM

#define QUICK_ARCH 1
#define QUICK_PC   4 /* a branch counts from so far behind its place */

/* BL and B.W with the addend that compilers give them, -4 (AAELF32, R_ARM_THM_CALL, _JUMP24). */
#define QUICK_BL  0xfffef7ffu
#define QUICK_B_W 0xbffef7ffu

static inline __attribute__((always_inline)) uint32_t quick_kind(uint32_t number)
{
	switch (number) {
	case 2: /* R_ARM_ABS32 */
		return QUICK_WORD;
	case 10: /* R_ARM_THM_CALL */
		return QUICK_BL;
	case 30: /* R_ARM_THM_JUMP24 */
		return QUICK_B_W;
	default:
		return QUICK_NONE;
	}
}

/* May a branch of these kinds at @p reach @s? */
static inline bool quick_reaches(elf_addr s, elf_addr p)
{
	return s - p - 4 + (1u << 24) < 1u << 25;
}

/* Add @s to the word at @place. @return false: nothing has been done. */
static inline __attribute__((always_inline)) bool quick_word(uint8_t *place, elf_addr s)
{
	uint32_t word;

	memcpy(&word, place, sizeof(word));
	/* (S + A) | T: with an odd addend, T must not be carried. */
	if (word & s & 1)
		return false;
	word += s;
	memcpy(place, &word, sizeof(word));
	return true;
}

/*
 * Make a branch of @kind at @place go @distance bytes on from where it counts.
 * @return false: nothing has been done.
 */
static inline __attribute__((always_inline)) bool quick_branch(uint32_t kind, uint8_t *place,
							       elf_addr distance)
{
	uint32_t word;

	memcpy(&word, place, sizeof(word));
	/* Within 4 MiB, I1 and I2 are S, and J1 and J2 are set. */
	if (word != kind || distance + (1u << 22) >= 1u << 23)
		return false;
	word = (kind & 0xf800f800) | (distance >> 12 & 0x7ff) | (distance << 15 & 0x7ff0000);
	memcpy(place, &word, sizeof(word));
	return true;
}

#else

#define QUICK_ARCH 0
#define QUICK_PC   0

static inline uint32_t quick_kind(uint32_t number)
{
	(void)number;
	return QUICK_NONE;
}

static inline bool quick_reaches(elf_addr s, elf_addr p)
{
	(void)s;
	(void)p;
	return true;
}

static inline bool quick_word(uint8_t *place, elf_addr s)
{
	(void)place;
	(void)s;
	return false;
}

static inline bool quick_branch(uint32_t kind, uint8_t *place, elf_addr distance)
{
	(void)kind;
	(void)place;
	(void)distance;
	return false;
}

#endif

#endif /* LLEXT_QUICK_H_ */
