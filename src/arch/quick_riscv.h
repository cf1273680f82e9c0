/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V's common relocations: see quick.h. An instruction is read and written in halves, since it
 * may lie at any even address; its place is checked to be even beforehand.
 */
#ifndef LLEXT_QUICK_RISCV_H_
#define LLEXT_QUICK_RISCV_H_

/* R_RISCV_: allows a linker to shorten code; changes nothing. */
#define QUICK_RELAX 51u

/* R_RISCV_: a pair's first half, and its other halves. */
#define QUICK_PCREL_HI20   23u
#define QUICK_PCREL_LO12_I 24u
#define QUICK_PCREL_LO12_S 25u
/* R_RISCV_: what they are when the value is known. */
#define QUICK_HI20   26u
#define QUICK_LO12_I 27u
#define QUICK_LO12_S 28u

#define QUICK_CALL     18u /* R_RISCV_ */
#define QUICK_CALL_PLT 19u

/* ---- counting: what needs room only if it is out of reach, or none ---- */

/* By the type's number: @bytes at the place, 0 for a type that is not ordinary. */
struct quick_count {
	uint8_t bytes;
	uint8_t reach; /* bits of a branch's distance; 0: needs no room, QUICK_HIGH: nor this */
};

#define QUICK_HIGH   0xff /* but its value is kept for the pair's other halves */
#define QUICK_COUNTS 64

/* A call is 32 bits and a little below: on RV32 everything is within its reach. */
#define CALL_REACH (ELF_CLASS == 1 ? 0 : 31)

/* clang-format off */
#define QUICK_COUNT_TABLE {                                                                        \
	/* 32, 64 */ [1] = {4, 0}, [2] = {8, 0},                                                   \
	/* BRANCH, JAL, CALL, CALL_PLT */                                                          \
	[16] = {4, 13}, [17] = {4, 21}, [18] = {8, CALL_REACH}, [19] = {8, CALL_REACH},            \
	/* PCREL_HI20, PCREL_LO12_I, PCREL_LO12_S */                                               \
	[23] = {4, QUICK_HIGH}, [24] = {4, 0}, [25] = {4, 0},                                      \
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

/* May a call at @p reach @s? The upper part is rounded for a lower part with a sign. */
static inline bool quick_reaches(elf_addr s, elf_addr p)
{
	return ELF_CLASS == 1 || (uint64_t)(s - p) + 0x80000800u <= 0xffffffffu;
}

#define QUICK_INLINE static inline __attribute__((always_inline))

QUICK_INLINE uint32_t quick_half(const uint8_t *place)
{
	uint16_t half;

	memcpy(&half, __builtin_assume_aligned(place, 2), sizeof(half));
	return half;
}

QUICK_INLINE void quick_put(uint8_t *place, uint32_t value)
{
	uint16_t half = (uint16_t)value;

	memcpy(__builtin_assume_aligned(place, 2), &half, sizeof(half));
}

/* auipc or lui: bits 31:12; what is added to it has a sign. */
QUICK_INLINE bool quick_upper(uint8_t *place, uint32_t v)
{
	uint32_t half = quick_half(place);

	if ((half & 0x5f) != 0x17)
		return false;
	v += 0x800;
	quick_put(place, (half & 0xfff) | (v & 0xf000));
	quick_put(place + 2, v >> 16);
	return true;
}

/* I-type: bits 31:20. */
QUICK_INLINE bool quick_lower(uint8_t *place, uint32_t v)
{
	quick_put(place + 2, (quick_half(place + 2) & 0xf) | v << 4);
	return true;
}

/* S-type: 11:5 in bits 31:25, 4:0 in bits 11:7. */
QUICK_INLINE bool quick_store(uint8_t *place, uint32_t v)
{
	quick_put(place, (quick_half(place) & 0xf07f) | (v << 7 & 0xf80));
	quick_put(place + 2, (quick_half(place + 2) & 0x1ff) | (v << 4 & 0xfe00));
	return true;
}

/* The branches: @v is a distance in bytes. */

/* auipc and jalr. */
QUICK_INLINE bool quick_call(uint8_t *place, uint32_t v)
{
	uint32_t half = quick_half(place);

	if ((half & 0x7f) != 0x17 || (quick_half(place + 4) & 0x707f) != 0x67)
		return false;
	quick_put(place, (half & 0xfff) | ((v + 0x800) & 0xf000));
	quick_put(place + 2, (v + 0x800) >> 16);
	return quick_lower(place + 4, v);
}

/* J-type: 20, 10:1, 11, 19:12 in bits 31:12. */
QUICK_INLINE bool quick_j(uint8_t *place, uint32_t v)
{
	uint32_t half = quick_half(place);

	if ((half & 0x7f) != 0x6f)
		return false;
	quick_put(place, (half & 0xfff) | (v & 0xf000));
	quick_put(place + 2,
		  (v >> 5 & 0x8000) | (v << 4 & 0x7fe0) | (v >> 7 & 0x10) | (v >> 16 & 0xf));
	return true;
}

/* B-type: 12, 10:5 in bits 31:25, 4:1, 11 in bits 11:7. */
QUICK_INLINE bool quick_b(uint8_t *place, uint32_t v)
{
	uint32_t half = quick_half(place);

	if ((half & 0x7f) != 0x63)
		return false;
	quick_put(place, (half & 0xf07f) | (v << 7 & 0xf00) | (v >> 4 & 0x80));
	quick_put(place + 2,
		  (quick_half(place + 2) & 0x1ff) | (v << 3 & 0x8000) | (v << 4 & 0x7e00));
	return true;
}

/* CB-type, c.beqz and c.bnez: 8, 4:3 in bits 12:10, 7:6, 2:1, 5 in bits 6:2. */
QUICK_INLINE bool quick_cb(uint8_t *place, uint32_t v)
{
	uint32_t half = quick_half(place);

	if ((half & 0xc003) != 0xc001)
		return false;
	quick_put(place, (half & 0xe383) | (v << 4 & 0x1000) | (v << 7 & 0xc00) | (v >> 1 & 0x60) |
				 (v << 2 & 0x18) | (v >> 3 & 0x4));
	return true;
}

/* CJ-type: 11, 4, 9:8, 10, 6, 7, 3:1, 5 in bits 12:2. */
QUICK_INLINE bool quick_cj(uint8_t *place, uint32_t v)
{
	uint32_t half = quick_half(place);

	if ((half & 0x6003) != 0x2001)
		return false;
	quick_put(place, (half & 0xe003) | (v << 1 & 0x1680) | (v << 7 & 0x800) | (v >> 2 & 0x100) |
				 (v >> 1 & 0x40) | (v << 2 & 0x38) | (v >> 3 & 0x4));
	return true;
}

/* Is @value a number of @bits bits with a sign, and even? */
QUICK_INLINE bool quick_even(elf_addr value, unsigned int bits)
{
	elf_addr half = (elf_addr)1 << (bits - 1);

	return value + half < 2 * half && !(value & 1);
}

/* Is it right as a signed or as an unsigned number of 32 bits? */
QUICK_INLINE bool quick_fits(uint64_t value)
{
	return ELF_CLASS == 1 || value + 0x80000000u <= 0x17fffffffu;
}

/* A word, @keep: added to what is there; only where it is aligned. */
QUICK_INLINE bool quick_word(uint8_t *place, uint32_t keep, uint32_t word)
{
	uint32_t old;

	place = __builtin_assume_aligned(place, sizeof(word));
	memcpy(&old, place, sizeof(old));
	word += old & keep;
	memcpy(place, &word, sizeof(word));
	return true;
}

/*
 * Apply a relocation of type @number at @place, of which @left bytes belong to the section, with
 * @value, S + A. @return false: nothing has been done.
 */
QUICK_INLINE bool quick_apply(uint32_t number, uint8_t *place, elf_addr left, elf_addr value,
			      elf_addr p)
{
	switch (number) {
	case 1: /* R_RISCV_32 */
		return left >= 4 && (uintptr_t)place % 4 == 0 && quick_fits(value) &&
		       quick_word(place, 0, (uint32_t)value);
	case 35: /* R_RISCV_ADD32 */
		return left >= 4 && (uintptr_t)place % 4 == 0 &&
		       quick_word(place, 0xffffffff, (uint32_t)value);
	case 39: /* R_RISCV_SUB32 */
		return left >= 4 && (uintptr_t)place % 4 == 0 &&
		       quick_word(place, 0xffffffff, 0 - (uint32_t)value);
#if ELF_CLASS != 1
	case 2: /* R_RISCV_64 */
		if (left < 8 || (uintptr_t)place % sizeof(value) != 0)
			return false;
		memcpy(__builtin_assume_aligned(place, sizeof(value)), &value, sizeof(value));
		return true;
#endif
	case 16: /* R_RISCV_BRANCH */
		value -= p;
		return left >= 4 && quick_even(value, 13) && quick_b(place, (uint32_t)value);
	case 17: /* R_RISCV_JAL */
		value -= p;
		return left >= 4 && quick_even(value, 21) && quick_j(place, (uint32_t)value);
	case 44: /* R_RISCV_RVC_BRANCH */
		value -= p;
		return left >= 2 && quick_even(value, 9) && quick_cb(place, (uint32_t)value);
	case 45: /* R_RISCV_RVC_JUMP */
		value -= p;
		return left >= 2 && quick_even(value, 12) && quick_cj(place, (uint32_t)value);
	case QUICK_CALL:
	case QUICK_CALL_PLT:
		return left >= 8 && quick_reaches(value, p) &&
		       quick_call(place, (uint32_t)(value - p));
	case QUICK_HI20:
		return left >= 4 && quick_reaches(value, 0) && quick_upper(place, (uint32_t)value);
	case QUICK_LO12_I:
		return left >= 4 && quick_lower(place, (uint32_t)value);
	case QUICK_LO12_S:
		return left >= 4 && quick_store(place, (uint32_t)value);
	default:
		return false;
	}
}

#endif /* LLEXT_QUICK_RISCV_H_ */
