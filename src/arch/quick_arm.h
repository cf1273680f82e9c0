/* SPDX-License-Identifier: Apache-2.0 */
/* Arm's common relocations (see quick.h): words, and branches, whose places are even. */
#ifndef LLEXT_QUICK_ARM_H_
#define LLEXT_QUICK_ARM_H_

#define QUICK_BYTES 4u /* of each of them */
#define QUICK_PC    4  /* a branch counts from so far behind its place */

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

#endif /* LLEXT_QUICK_ARM_H_ */
