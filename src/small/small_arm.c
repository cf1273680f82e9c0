/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm, M profile, for a small core: the relocations that compilers emit of themselves, without
 * position-independent code. Specifications as in src/arch/arm.c, which has all of them. A 32-bit
 * Thumb instruction is two halfwords; here the first one is the upper half of a word.
 */
#include "small.h"
#include "../arch/arm_veneer.h"

enum encoding { WORD, PREL31, CALL, JUMP24, JUMP11, MOVW, MOVT };

static const struct reloc_encoding fields[] = {
	[WORD] = {4, 32, CHECK_NONE, 0, 0},     [PREL31] = {4, 31, CHECK_SIGNED, 0, 0},
	[CALL] = {4, 25, CHECK_SIGNED, 2, 0},   [JUMP24] = {4, 25, CHECK_SIGNED, 2, 0},
	[JUMP11] = {2, 12, CHECK_SIGNED, 2, 0}, [MOVW] = {4, 32, CHECK_NONE, 2, 0},
	[MOVT] = {4, 32, CHECK_NONE, 2, 0},
};

/* Bits that an instruction has, and those of its immediate. BL T1; B T4, T2; MOVW T3; MOVT T1 */
static const struct {
	uint32_t mask, bits, immediate;
} instructions[] = {
	[CALL - CALL] = {0xf800d000, 0xf000d000, 0x07ff2fff},
	[JUMP24 - CALL] = {0xf800d000, 0xf0009000, 0x07ff2fff},
	[JUMP11 - CALL] = {0xf8000000, 0xe0000000, 0x07ff0000},
	[MOVW - CALL] = {0xfbf08000, 0xf2400000, 0x040f70ff},
	[MOVT - CALL] = {0xfbf08000, 0xf2c00000, 0x040f70ff},
};

/* AAELF32, "Relocation codes": NONE, ABS32, REL32, THM_CALL, THM_JUMP24, TARGET1, V4BX, TARGET2,
 * PREL31, THM_MOVW_ABS_NC, THM_MOVT_ABS, THM_MOVW_PREL_NC, THM_MOVT_PREL, THM_JUMP11. */
static const uint8_t numbers[] = {0, 2, 3, 10, 30, 38, 40, 41, 42, 47, 48, 49, 50, 102};
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
	{RELOC_PC, MOVW, 0, 0},
	{RELOC_PC, MOVT, 0, 0},
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
	return &fields[encoding];
}

/* A place may be at an odd address, where Armv6-M faults. A short instruction is the first half. */
static uint32_t fetch(uint8_t encoding, const uint8_t *place)
{
	uint32_t word = 0;

	memcpy(&word, place, fields[encoding].bytes);
	return encoding < CALL ? word : word << 16 | word >> 16;
}

/* S:I1:I2:imm10:imm11:0, of which I1 and I2 are J1 and J2, complemented where S is not set. */
static uint32_t branch_bits(uint32_t value)
{
	value ^= value & 1 << 24 ? 0 : 3 << 22;
	return (value & 1 << 24) << 2 | (value >> 10 & 1 << 13) | (value >> 11 & 1 << 11) |
	       (value & 0x3ff000) << 4 | (value >> 1 & 0x7ff);
}

static uint32_t branch_value(uint32_t insn)
{
	uint32_t value = (insn >> 2 & 1 << 24) | (insn & 1 << 13) << 10 | (insn & 1 << 11) << 11 |
			 (insn >> 4 & 0x3ff000) | (insn << 1 & 0xffe);

	return value ^ (value & 1 << 24 ? 0 : 3 << 22);
}

/* "Addends and PC-bias compensation" */
elf_saddr llext_arch_addend(uint8_t encoding, const uint8_t *place)
{
	uint32_t insn = fetch(encoding, place);
	unsigned int bits = fields[encoding].bits;

	if (encoding == JUMP11) {
		insn >>= 15;
	} else if (encoding >= MOVW) { /* imm4:i:imm3:imm8 */
		insn = (insn >> 4 & 0xf000) | (insn >> 15 & 0x800) | (insn >> 4 & 0x700) |
		       (insn & 0xff);
		bits = 16;
	} else if (encoding >= CALL) {
		insn = branch_value(insn);
	}
	return (elf_saddr)(insn << (32 - bits)) >> (32 - bits);
}

int llext_arch_encode(uint8_t encoding, uint8_t *place, elf_addr p, elf_addr value)
{
	uint32_t insn = fetch(encoding, place), mask = 0x7fffffff;

	(void)p;
	if (encoding == WORD) {
		mask = ~(uint32_t)0;
	} else if (encoding >= CALL) {
		mask = instructions[encoding - CALL].immediate;
		if ((insn & instructions[encoding - CALL].mask) !=
		    instructions[encoding - CALL].bits)
			return -EILSEQ;
		if (encoding == MOVT)
			value >>= 16;
		if (encoding >= MOVW)
			value = (value & 0xf000) << 4 | (value & 0x800) << 15 |
				(value & 0x700) << 4 | (value & 0xff);
		else if (encoding == JUMP11)
			value <<= 15;
		else
			value = branch_bits(value);
	}
	insn = (insn & ~mask) | (value & mask);
	if (encoding >= CALL)
		insn = insn << 16 | insn >> 16;
	memcpy(place, &insn, fields[encoding].bytes);
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
