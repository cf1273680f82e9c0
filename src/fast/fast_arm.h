/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm's common relocations, for fast_arm.c and packed/runs.c: words, branches, and halves of an
 * address. Instructions are at even places.
 */
#ifndef LLEXT_FAST_ARM_H_
#define LLEXT_FAST_ARM_H_

#include <string.h>
#include "../reloc_table.h"

/* Each loop is a function of its own, so that it has all registers to itself. */
#define LOOP static __attribute__((noinline))

#define INLINE static inline __attribute__((always_inline))

/* Keep a value in a register: the compiler would compute it again and again instead. */
#define KEEP(value) __asm__("" : "+r"(value))

#define FAST_BYTES 4u /* of each of them */
#define FAST_PC    4  /* a branch counts from so far behind its place */

/* BL and B.W with the addend that compilers give them, -4 (AAELF32, R_ARM_THM_CALL, _JUMP24). */
#define FAST_BL  0xfffef7ffu
#define FAST_B_W 0xbffef7ffu

/* MOVW; MOVT has MOVT's bit set, too (Armv7-M ARM, MOV (immediate) T3, MOVT T1). */
#define MOVW_BITS 0x0000f240u
#define MOVW_MASK 0x8000fbf0u
#define MOVT_BIT  0x00000080u

/* Numbers of the types. */
#define FAST_TYPE_WORD 2u  /* R_ARM_ABS32 */
#define FAST_TYPE_BL   10u /* R_ARM_THM_CALL */
#define FAST_TYPE_B_W  30u /* R_ARM_THM_JUMP24 */
#define FAST_TYPE_INIT 38u /* R_ARM_TARGET1: a word of .init_array */
#define FAST_TYPE_MOVW 47u /* R_ARM_THM_MOVW_ABS_NC */
#define FAST_TYPE_MOVT 48u /* R_ARM_THM_MOVT_ABS */

INLINE bool is_word(uint32_t number)
{
	return number == FAST_TYPE_WORD || number == FAST_TYPE_INIT;
}

INLINE bool is_mov(uint32_t number)
{
	return number == FAST_TYPE_MOVW || number == FAST_TYPE_MOVT;
}

/*
 * Add @s, of which @state is bit 0, to the word at @place. @return false: nothing has been done.
 */
INLINE bool fast_add(uint8_t *place, elf_addr s, uint32_t state)
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

INLINE bool fast_word(uint8_t *place, elf_addr s)
{
	return fast_add(place, s, s & 1);
}

/* Their immediate as bit-fields, each of which takes one instruction to set. */
union fast_fields {
	uint32_t word;
	struct {
		uint32_t s_imm10 : 11, first : 5, imm11 : 11, second : 5;
	} branch;
	struct {
		uint32_t imm4 : 4, first : 6, i : 1, second : 5, imm8 : 8, rd : 4, imm3 : 3,
			third : 1;
	} mov;
};

/*
 * Make a branch of @kind at @place go @distance bytes on from where it counts.
 * @return false: nothing has been done.
 */
INLINE bool fast_branch(uint32_t kind, uint8_t *place, elf_addr distance)
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

/*
 * fast_arm.c: make a MOVW at @place move the lower half of @s and its addend, or a MOVT the upper
 * half. @return false: nothing has been done.
 */
bool llext_fast_mov(uint32_t type, uint8_t *place, elf_addr s);

/* ---- values ---- */

/* Make *@value, the symbol's value, what is added to a word. */
INLINE bool word_value(const struct load *ld, uint32_t flag, elf_addr *value)
{
	if (flag > SYMBOL_BASE) {
		if (flag & (SYMBOL_UNLOADED | SYMBOL_GOT | SYMBOL_VENEER))
			return false;
		flag &= SYMBOL_BASE;
	}
	*value += ld->bases[flag];
	return true;
}

/* Make *@value, the symbol's value, where a branch goes: an offset from the text region's start. */
INLINE bool branch_target(const struct load *ld, uint32_t flag, elf_addr *value)
{
	if (flag == LLEXT_MEM_TEXT)
		return true;
	if (flag < SYMBOL_VENEER)
		return false;
	*value = ld->made.targets[*value].branch;
	return true;
}

#endif /* LLEXT_FAST_ARM_H_ */
