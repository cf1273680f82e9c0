/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm's common relocations, for fast_arm.c: words, and branches, whose places are even.
 */
#ifndef LLEXT_FAST_ARM_H_
#define LLEXT_FAST_ARM_H_

#include <string.h>
#include "fast.h"

#define FAST_BYTES 4u /* of each of them */
#define FAST_PC    4  /* a branch counts from so far behind its place */

/* BL and B.W with the addend that compilers give them, -4 (AAELF32, R_ARM_THM_CALL, _JUMP24). */
#define FAST_BL  0xfffef7ffu
#define FAST_B_W 0xbffef7ffu

/* Numbers of the types. */
#define FAST_TYPE_WORD 2u  /* R_ARM_ABS32 */
#define FAST_TYPE_BL   10u /* R_ARM_THM_CALL */
#define FAST_TYPE_B_W  30u /* R_ARM_THM_JUMP24 */

/*
 * Add @s, of which @state is bit 0, to the word at @place. @return false: nothing has been done.
 */
static inline __attribute__((always_inline)) bool fast_add(uint8_t *place, elf_addr s,
							   uint32_t state)
{
	uint32_t word;

	memcpy(&word, place, sizeof(word));
	/* (S + A) | T: with an odd addend, T must not be carried. */
	if (word & state)
		return false;
	word += s;
	memcpy(place, &word, sizeof(word));
	return true;
}

static inline __attribute__((always_inline)) bool fast_word(uint8_t *place, elf_addr s)
{
	return fast_add(place, s, s & 1);
}

/* Their immediate as bit-fields, each of which takes one instruction to set. */
union fast_fields {
	uint32_t word;
	struct {
		uint32_t s_imm10 : 11, first : 5, imm11 : 11, second : 5;
	} branch;
};

/*
 * Make a branch of @kind at @place go @distance bytes on from where it counts.
 * @return false: nothing has been done.
 */
static inline __attribute__((always_inline)) bool fast_branch(uint32_t kind, uint8_t *place,
							      elf_addr distance)
{
	union fast_fields fields;

	memcpy(&fields, place, sizeof(fields));
	/* Within 4 MiB, I1 and I2 are S, and J1 and J2 are set. */
	if (fields.word != kind || distance + (1u << 22) >= 1u << 23)
		return false;
	fields.branch.s_imm10 = distance >> 12 & 0x7ff;
	__asm__("" : "+r"(fields.word)); /* the compiler would set both together, with masks */
	fields.branch.imm11 = distance >> 1 & 0x7ff;
	memcpy(place, &fields, sizeof(fields));
	return true;
}

#endif /* LLEXT_FAST_ARM_H_ */
