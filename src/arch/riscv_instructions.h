/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V's instructions, of which relocations change the immediate values (ISA manual, "Immediate
 * Encoding Variants"; "C", "Compressed Instruction Formats"), for riscv.c alone. They are read and
 * written in halves, since they lie at any even address.
 */
#ifndef LLEXT_RISCV_INSTRUCTIONS_H_
#define LLEXT_RISCV_INSTRUCTIONS_H_

#include <string.h>
#include "quick.h"

static uint32_t half_at(const uint8_t *place)
{
	uint16_t half;

	/* Without a call of memcpy(). */
	memcpy(&half, __builtin_assume_aligned(place, 2), sizeof(half));
	return half;
}

static void put_half(uint8_t *place, uint32_t value)
{
	uint16_t half = (uint16_t)value;

	memcpy(__builtin_assume_aligned(place, 2), &half, sizeof(half));
}

static void put_word(uint8_t *place, uint32_t word)
{
	put_half(place, word);
	put_half(place + 2, word >> 16);
}

/* auipc, lui: 31:12. The lower 12 bits have a sign where they are added, so these are rounded. */
bool llext_riscv_upper(uint8_t *place, uint32_t v)
{
	uint32_t half = half_at(place);

	if ((half & 0x5f) != 0x17)
		return false;
	v += 0x800;
	put_half(place, (half & 0xfff) | (v & 0xf000));
	put_half(place + 2, v >> 16);
	return true;
}

/* I-type: 11:0 in bits 31:20. */
bool llext_riscv_lower(uint8_t *place, uint32_t v)
{
	put_half(place + 2, (half_at(place + 2) & 0xf) | v << 4);
	return true;
}

/* S-type: 11:5 in bits 31:25, 4:0 in bits 11:7. */
bool llext_riscv_store(uint8_t *place, uint32_t v)
{
	put_half(place, (half_at(place) & 0xf07f) | (v << 7 & 0xf80));
	put_half(place + 2, (half_at(place + 2) & 0x1ff) | (v << 4 & 0xfe00));
	return true;
}

/* auipc and jalr. */
bool llext_riscv_call(uint8_t *place, uint32_t v)
{
	uint32_t half = half_at(place);

	if ((half & 0x7f) != 0x17 || (half_at(place + 4) & 0x707f) != 0x67)
		return false;
	put_half(place, (half & 0xfff) | ((v + 0x800) & 0xf000));
	put_half(place + 2, (v + 0x800) >> 16);
	return llext_riscv_lower(place + 4, v);
}

/* jal, J-type: 20, 10:1, 11, 19:12 in bits 31:12. */
bool llext_riscv_jump(uint8_t *place, uint32_t v)
{
	uint32_t half = half_at(place);

	if ((half & 0x7f) != 0x6f)
		return false;
	put_half(place, (half & 0xfff) | (v & 0xf000));
	put_half(place + 2,
		 (v >> 5 & 0x8000) | (v << 4 & 0x7fe0) | (v >> 7 & 0x10) | (v >> 16 & 0xf));
	return true;
}

/* B-type: 12, 10:5 in bits 31:25, 4:1, 11 in bits 11:7. */
bool llext_riscv_branch(uint8_t *place, uint32_t v)
{
	uint32_t half = half_at(place);

	if ((half & 0x7f) != 0x63)
		return false;
	put_half(place, (half & 0xf07f) | (v << 7 & 0xf00) | (v >> 4 & 0x80));
	put_half(place + 2, (half_at(place + 2) & 0x1ff) | (v << 3 & 0x8000) | (v << 4 & 0x7e00));
	return true;
}

/* c.beqz, c.bnez, CB-type: 8, 4:3 in bits 12:10, 7:6, 2:1, 5 in bits 6:2. */
bool llext_riscv_c_branch(uint8_t *place, uint32_t v)
{
	uint32_t half = half_at(place);

	if ((half & 0xc003) != 0xc001)
		return false;
	put_half(place, (half & 0xe383) | (v << 4 & 0x1000) | (v << 7 & 0xc00) | (v >> 1 & 0x60) |
				(v << 2 & 0x18) | (v >> 3 & 0x4));
	return true;
}

/* c.j, and c.jal of RV32, CJ-type: 11, 4, 9:8, 10, 6, 7, 3:1, 5 in bits 12:2. */
bool llext_riscv_c_jump(uint8_t *place, uint32_t v)
{
	uint32_t half = half_at(place);

	if ((half & 0x6003) != 0x2001)
		return false;
	put_half(place, (half & 0xe003) | (v << 1 & 0x1680) | (v << 7 & 0x800) | (v >> 2 & 0x100) |
				(v >> 1 & 0x40) | (v << 2 & 0x38) | (v >> 3 & 0x4));
	return true;
}

#endif /* LLEXT_RISCV_INSTRUCTIONS_H_ */
