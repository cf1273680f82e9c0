/* SPDX-License-Identifier: Apache-2.0 */
/* Arm's common relocations (see fast.h): words, and branches, whose places are even. */
#ifndef LLEXT_FAST_ARM_H_
#define LLEXT_FAST_ARM_H_

#define QUICK_BYTES 4u /* of each of them */
#define QUICK_PC    4  /* a branch counts from so far behind its place */

/* BL and B.W with the addend that compilers give them, -4 (AAELF32, R_ARM_THM_CALL, _JUMP24). */
#define QUICK_BL  0xfffef7ffu
#define QUICK_B_W 0xbffef7ffu

/* Numbers of the types. */
#define QUICK_TYPE_WORD 2u  /* R_ARM_ABS32 */
#define QUICK_TYPE_BL   10u /* R_ARM_THM_CALL */
#define QUICK_TYPE_B_W  30u /* R_ARM_THM_JUMP24 */

static inline __attribute__((always_inline)) uint32_t quick_kind(uint32_t number)
{
	return number == QUICK_TYPE_WORD  ? QUICK_WORD
	       : number == QUICK_TYPE_BL  ? QUICK_BL
	       : number == QUICK_TYPE_B_W ? QUICK_B_W
					  : QUICK_NONE;
}

/* May a branch of these kinds at @p reach @s? */
static inline bool quick_reaches(elf_addr s, elf_addr p)
{
	return s - p - 4 + (1u << 24) < 1u << 25;
}

/* Which addresses all of them reach from everywhere between @low and @high, from @first on. */
static inline uint32_t quick_reach(elf_addr low, elf_addr high, elf_addr *first)
{
	*first = high + 4 - (1u << 24);
	return high - low < 1u << 25 ? (1u << 25) - (high - low) : 0;
}

/*
 * Add @s, of which @state is bit 0, to the word at @place. @return false: nothing has been done.
 */
static inline __attribute__((always_inline)) bool quick_add(uint8_t *place, elf_addr s,
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

static inline __attribute__((always_inline)) bool quick_word(uint8_t *place, elf_addr s)
{
	return quick_add(place, s, s & 1);
}

/* Their immediate, as fields: each takes one instruction to set. */
union quick_fields {
	uint32_t word;
	struct {
		uint32_t s_imm10 : 11, first : 5, imm11 : 11, second : 5;
	} branch;
};

/*
 * Make a branch of @kind at @place go @distance bytes on from where it counts.
 * @return false: nothing has been done.
 */
static inline __attribute__((always_inline)) bool quick_branch(uint32_t kind, uint8_t *place,
							       elf_addr distance)
{
	union quick_fields fields;

	memcpy(&fields, place, sizeof(fields));
	/* Within 4 MiB, I1 and I2 are S, and J1 and J2 are set. */
	if (fields.word != kind || distance + (1u << 22) >= 1u << 23)
		return false;
	fields.branch.s_imm10 = distance >> 12 & 0x7ff;
	__asm__("" : "+r"(fields.word)); /* or both are done together, with masks */
	fields.branch.imm11 = distance >> 1 & 0x7ff;
	memcpy(place, &fields, sizeof(fields));
	return true;
}

#endif /* LLEXT_FAST_ARM_H_ */
