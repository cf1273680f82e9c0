/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V's common relocations, for fast_riscv.c. Their places are even, which is checked
 * beforehand; words are written where they are aligned.
 */
#ifndef LLEXT_FAST_RISCV_H_
#define LLEXT_FAST_RISCV_H_

#include <string.h>
#include "fast.h"

/* R_RISCV_: allows a linker to shorten code; changes nothing. */
#define FAST_RELAX 51u

/* R_RISCV_: padding, which is cut when a section is read. */
#define FAST_ALIGN 43u

/* R_RISCV_: a pair's first half, and its other halves. */
#define FAST_PCREL_HI20   23u
#define FAST_PCREL_LO12_I 24u
#define FAST_PCREL_LO12_S 25u
#define FAST_CALL         18u /* R_RISCV_ */
#define FAST_CALL_PLT     19u

/* ---- counting: types that need a veneer only if they are out of reach, or never ---- */

/* By the type's number: @bytes at the place, 0 for a type that is not ordinary. */
struct fast_count {
	uint8_t bytes;
	uint8_t reach; /* bits of a branch's distance; 0: it is no branch; FAST_HIGH: a pair's high
			  half */
};

#define FAST_HIGH   0xff /* its value is kept for the low halves */
#define FAST_COUNTS 64

/* A call has 32 bits, a little less downwards: on RV32 everything is within its reach. */
#define CALL_REACH (ELF_CLASS == 1 ? 0 : 31)

/* clang-format off */
#define FAST_COUNT_TABLE {                                                                        \
	/* 32, 64 */ [1] = {4, 0}, [2] = {8, 0},                                                   \
	/* BRANCH, JAL, CALL, CALL_PLT */                                                          \
	[16] = {4, 13}, [17] = {4, 21}, [18] = {8, CALL_REACH}, [19] = {8, CALL_REACH},            \
	/* PCREL_HI20, PCREL_LO12_I, PCREL_LO12_S */                                               \
	[23] = {4, FAST_HIGH}, [24] = {4, 0}, [25] = {4, 0},                                      \
	/* HI20, LO12_I, LO12_S */ [26] = {4, 0}, [27] = {4, 0}, [28] = {4, 0},                    \
	/* ADD8, 16, 32, 64, SUB8, 16, 32, 64 */                                                   \
	[33] = {1, 0}, [34] = {2, 0}, [35] = {4, 0}, [36] = {8, 0},                                \
	[37] = {1, 0}, [38] = {2, 0}, [39] = {4, 0}, [40] = {8, 0},                                \
	/* RVC_BRANCH, RVC_JUMP */ [44] = {2, 9}, [45] = {2, 12},                                  \
	/* SUB6, SET6, 8, 16, 32, 32_PCREL */                                                      \
	[52] = {1, 0}, [53] = {1, 0}, [54] = {1, 0}, [55] = {2, 0}, [56] = {4, 0}, [57] = {4, 0},  \
}
/* clang-format on */

/* ---- applying ---- */

/*
 * riscv.c: write @v to an instruction at an even address. @return false: it is another one, and
 * nothing has been done. The branches' @v is a distance in bytes.
 */
bool llext_riscv_upper(uint8_t *place, uint32_t v);
bool llext_riscv_lower(uint8_t *place, uint32_t v);
bool llext_riscv_store(uint8_t *place, uint32_t v);
bool llext_riscv_call(uint8_t *place, uint32_t v);
bool llext_riscv_jump(uint8_t *place, uint32_t v);
bool llext_riscv_branch(uint8_t *place, uint32_t v);
bool llext_riscv_c_branch(uint8_t *place, uint32_t v);
bool llext_riscv_c_jump(uint8_t *place, uint32_t v);

/* fast_riscv.c: a pair's first half, or another one. */
bool llext_fast_pair(struct load *ld, uint32_t number, uint8_t *place, elf_addr left, elf_addr s,
		     elf_addr a, elf_addr p);

#define FAST_INLINE static inline __attribute__((always_inline))

/* True if @value is even and fits a signed number of @bits bits. */
FAST_INLINE bool fast_even(elf_addr value, unsigned int bits)
{
	elf_addr half = (elf_addr)1 << (bits - 1);

	return value + half < 2 * half && !(value & 1);
}

/* True if it fits a signed or an unsigned number of 32 bits. */
FAST_INLINE bool fast_fits(uint64_t value)
{
	return ELF_CLASS == 1 || value + 0x80000000u <= 0x17fffffffu;
}

/*
 * Write an aligned word. With @keep = 0xffffffff it is added to the word that is there, with 0 not.
 */
FAST_INLINE bool fast_word(uint8_t *place, uint32_t keep, uint32_t word)
{
	uint32_t old;

	place = __builtin_assume_aligned(place, sizeof(word));
	memcpy(&old, place, sizeof(old));
	word += old & keep;
	memcpy(place, &word, sizeof(word));
	return true;
}

/*
 * Apply a relocation of type @number at @place, of which @left bytes belong to the section. @return
 * false: nothing has been done.
 */
FAST_INLINE bool fast_apply(struct load *ld, uint32_t number, uint8_t *place, elf_addr left,
			    elf_addr s, elf_addr a, elf_addr p)
{
	elf_addr value = s + a, distance = value - p;
	uint32_t v = (uint32_t)value, d = (uint32_t)distance;

	switch (number) {
	case 1: /* R_RISCV_32 */
		return left >= 4 && (uintptr_t)place % 4 == 0 && fast_fits(value) &&
		       fast_word(place, 0, v);
	case 35: /* R_RISCV_ADD32 */
		return left >= 4 && (uintptr_t)place % 4 == 0 && fast_word(place, 0xffffffff, v);
	case 39: /* R_RISCV_SUB32 */
		return left >= 4 && (uintptr_t)place % 4 == 0 &&
		       fast_word(place, 0xffffffff, 0 - v);
#if ELF_CLASS != 1
	case 2: /* R_RISCV_64 */
		if (left < 8 || (uintptr_t)place % sizeof(value) != 0)
			return false;
		memcpy(__builtin_assume_aligned(place, sizeof(value)), &value, sizeof(value));
		return true;
#endif
	case 16: /* R_RISCV_BRANCH */
		return left >= 4 && fast_even(distance, 13) && llext_riscv_branch(place, d);
	case 17: /* R_RISCV_JAL */
		return left >= 4 && fast_even(distance, 21) && llext_riscv_jump(place, d);
	case 44: /* R_RISCV_RVC_BRANCH */
		return left >= 2 && fast_even(distance, 9) && llext_riscv_c_branch(place, d);
	case 45: /* R_RISCV_RVC_JUMP */
		return left >= 2 && fast_even(distance, 12) && llext_riscv_c_jump(place, d);
	case FAST_CALL:
	case FAST_CALL_PLT:
		return left >= 8 && llext_fast_reaches(value, p) && llext_riscv_call(place, d);
	case 26: /* R_RISCV_HI20 */
		return left >= 4 && llext_fast_reaches(value, 0) && llext_riscv_upper(place, v);
	case 27: /* R_RISCV_LO12_I */
		return left >= 4 && llext_riscv_lower(place, v);
	case 28: /* R_RISCV_LO12_S */
		return left >= 4 && llext_riscv_store(place, v);
	case FAST_PCREL_HI20:
	case FAST_PCREL_LO12_I:
	case FAST_PCREL_LO12_S:
		return llext_fast_pair(ld, number, place, left, s, a, p);
	default:
		return false;
	}
}

#endif /* LLEXT_FAST_RISCV_H_ */
