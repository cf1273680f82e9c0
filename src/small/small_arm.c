/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm, M profile, for a small core: the relocations that compilers emit of themselves, without
 * position-independent code. Specifications as in src/arch/arm.c, which has all of them.
 */
#include "small.h"
#include "../arch/arm_veneer.h"

enum encoding { WORD, PREL31, CALL, JUMP24, JUMP11, MOVW, MOVT };

/* Bits of a field that stay together: where they are at the place, and where in the value. */
struct run {
	uint8_t at[2]; /* the lowest one's number, by enum where */
	uint8_t bits;
};
enum where { PLACE, VALUE };

static const struct run runs[] = {
	/* 0, 1: the word, or all but its highest bit */
	{{0, 0}, 32},
	{{0, 0}, 31},
	/* 2 to 6: S:I1:I2:imm10:imm11:0, of which I1 and I2 are J1 and J2: see convert_j() */
	{{10, 24}, 1},
	{{29, 23}, 1},
	{{27, 22}, 1},
	{{0, 12}, 10},
	{{16, 1}, 11},
	/* 7: imm11:0 */
	{{0, 1}, 11},
	/* 8 to 11: imm4:i:imm3:imm8 */
	{{0, 12}, 4},
	{{10, 11}, 1},
	{{28, 8}, 3},
	{{16, 0}, 8},
};

/*
 * Fields: their runs, and the instruction that they are part of: BL T1; B T4, T2; MOVW T3; MOVT T1.
 * A 32-bit instruction is two halfwords; the first one is the lower half of the word.
 */
static const struct {
	struct reloc_encoding encoding;
	uint8_t first, end; /* in runs[] */
	uint32_t instruction;
} fields[] = {
	[WORD] = {{4, 32, CHECK_NONE, 0, 0}, 0, 1, 0},
	[PREL31] = {{4, 31, CHECK_SIGNED, 0, 0}, 1, 2, 0},
	[CALL] = {{4, 25, CHECK_SIGNED, 2, 0}, 2, 7, 0xd000f000},
	[JUMP24] = {{4, 25, CHECK_SIGNED, 2, 0}, 2, 7, 0x9000f000},
	[JUMP11] = {{2, 12, CHECK_SIGNED, 2, 0}, 7, 8, 0xe000},
	[MOVW] = {{4, 32, CHECK_NONE, 2, 0}, 8, 12, 0xf240},
	[MOVT] = {{4, 32, CHECK_NONE, 2, 0}, 8, 12, 0xf2c0},
};
#define REGISTER 0x0f000000u /* of MOVW and MOVT; no branch has other bits there than its field */

/* AAELF32, "Relocation codes": NONE, ABS32, REL32, THM_CALL, THM_JUMP24, TARGET1, V4BX, TARGET2,
 * PREL31, THM_MOVW_ABS_NC, THM_MOVT_ABS, THM_JUMP11. */
static const uint8_t numbers[] = {0, 2, 3, 10, 30, 38, 40, 41, 42, 47, 48, 102};
static const struct reloc_type types[] = {
	{RELOC_NONE, WORD, 0, 0},
	{RELOC_ABS, WORD, 0, 0},
	{RELOC_PC, WORD, 0, 0},
	{RELOC_PC, CALL, RELOC_BRANCH, -4},
	{RELOC_PC, JUMP24, RELOC_BRANCH, -4},
	{RELOC_ABS, WORD, 0, 0},
	{RELOC_NONE, WORD, 0, 0},
	{RELOC_PC, WORD, 0, 0},
	{RELOC_PC, PREL31, 0, 0},
	{RELOC_ABS, MOVW, 0, 0},
	{RELOC_ABS, MOVT, 0, 0},
	{RELOC_PC, JUMP11, RELOC_BRANCH, -4},
	{RELOC_UNSUPPORTED, WORD, 0, 0},
};

const struct reloc_type *llext_arch_reloc(uint32_t type)
{
	size_t i = 0;

	while (i < sizeof(numbers) && numbers[i] != type)
		i++;
	return &types[i];
}

const struct reloc_encoding *llext_arch_encoding(uint8_t encoding)
{
	return &fields[encoding].encoding;
}

static elf_addr sign_extend(uint32_t value, unsigned int bits)
{
	return (elf_addr)((elf_saddr)(value << (32 - bits)) >> (32 - bits));
}

int llext_small_value(struct small *load, const struct small_relocation *reloc, elf_addr *value)
{
	elf_addr sum = reloc->s + reloc->a;

	(void)load;
	if (reloc->type->value == RELOC_UNSUPPORTED)
		return -ENOTSUP;
	if (reloc->type->value == RELOC_PC)
		sum -= reloc->p;
	*value = sum;
	if (sign_extend(sum, reloc->encoding->bits) != sum)
		return -ENOEXEC;
	return reloc->p & reloc->encoding->align >> 1 ? -ENOEXEC : 0; /* the only alignment is 2 */
}

/* A place may be at an odd address, where Armv6-M faults. */
static uint32_t fetch(uint8_t encoding, const uint8_t *place)
{
	uint32_t word = 0;

	memcpy(&word, place, fields[encoding].encoding.bytes);
	return word;
}

/* J1 and J2 are I1 and I2, complemented where S is not set. No other instruction has these bits. */
static uint32_t convert_j(uint32_t value)
{
	return value & 1 << 24 ? value : value ^ 3 << 22;
}

/* Move the bits of a field from the place to the value, or back. */
static uint32_t move_bits(uint8_t encoding, uint32_t from, enum where to)
{
	const struct run *run = runs + fields[encoding].first, *end = runs + fields[encoding].end;
	uint32_t moved = 0;

	for (; run < end; run++) {
		uint32_t bits = from >> run->at[!to] & 0xffffffffu >> (32 - run->bits);

		moved |= bits << run->at[to];
	}
	return moved;
}

/* "Addends and PC-bias compensation" */
elf_saddr llext_arch_addend(uint8_t encoding, const uint8_t *place)
{
	uint32_t value = move_bits(encoding, fetch(encoding, place), VALUE);

	if (encoding >= MOVW)
		return (int16_t)value;
	if (encoding >= CALL)
		value = convert_j(value);
	return (elf_saddr)sign_extend(value, fields[encoding].encoding.bits);
}

int llext_arch_encode(uint8_t encoding, uint8_t *place, elf_addr p, elf_addr value)
{
	uint32_t word = fetch(encoding, place), field = move_bits(encoding, 0xffffffffu, PLACE);

	(void)p;
	if (encoding >= CALL) {
		if ((word & ~(field | REGISTER)) != fields[encoding].instruction)
			return -EILSEQ;
		if (encoding == MOVT)
			value >>= 16;
		value = convert_j(value);
	}
	word = (word & ~field) | move_bits(encoding, value, PLACE);
	memcpy(place, &word, fields[encoding].encoding.bytes);
	return 0;
}

#if defined(__ARM_PCS_VFP)
#define OTHER_FLOAT_ABI 0x200u /* EF_ARM_ABI_FLOAT_SOFT */
#else
#define OTHER_FLOAT_ABI 0x400u /* EF_ARM_ABI_FLOAT_HARD */
#endif

const char *llext_arch_check(const elf_ehdr_t *ehdr)
{
	/* EF_ARM_EABIMASK, EF_ARM_BE8 */
	return ehdr->e_machine == EM_ARM && (ehdr->e_flags & 0xff800000u) == 0x05000000u &&
			       !(ehdr->e_flags & OTHER_FLOAT_ABI)
		       ? NULL
		       : "";
}
