/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Xtensa, little-endian; made for call0 code (lx106). Instructions: Xtensa Instruction Set
 * Architecture Reference Manual, chapters 6 and 7. The relocations have no written standard:
 * their numbers and meaning are those of GNU binutils, include/elf/xtensa.h.
 */
#include <errno.h>
#include <string.h>
#include "arch.h"

enum encoding {
	WORD,
	WORD_SUM, /* the content of the place is added: ld -r leaves the addend there */
	SLOT0,    /* the last operand of the instruction at the place */
};

/*
 * What SLOT0 holds depends on the instruction. Veneers are planned for the shortest branch that
 * they can extend, J; encode_slot0() knows the range of each.
 */
static const struct reloc_encoding encodings[] = {
	[WORD] = {.bytes = 4, .bits = 32, .check = CHECK_NONE},
	[WORD_SUM] = {.bytes = 4, .bits = 32, .check = CHECK_NONE},
	[SLOT0] = {.bytes = 3, .bits = 18, .check = CHECK_ENCODER},
};

#define FUNCTION_BRANCH (RELOC_BRANCH | RELOC_TO_FUNCTION)

/*
 * ASM_EXPAND, DIFF, PDIFF and NDIFF tell a linker that relaxes what was assembled from what;
 * without relaxation there is nothing to do. RTLD asks for what lazy binding needs, and we bind
 * at once. Slots 1 to 14 belong to long instruction words, the alternative of slot 0 to CONST16.
 */
/* clang-format off */
#define TYPES \
	R(0, "NONE", RELOC_NONE, WORD, 0, 0) \
	R(1, "32", RELOC_ABS, WORD_SUM, 0, 0) \
	R(2, "RTLD", RELOC_NONE, WORD, RELOC_DYNAMIC, 0) \
	R(3, "GLOB_DAT", RELOC_ABS, WORD, RELOC_DYNAMIC, 0) \
	R(4, "JMP_SLOT", RELOC_ABS, WORD, RELOC_DYNAMIC, 0) \
	R(5, "RELATIVE", RELOC_RELATIVE, WORD_SUM, RELOC_DYNAMIC, 0) \
	R(6, "PLT", RELOC_ABS, WORD_SUM, 0, 0) \
	R(8, "OP0", RELOC_UNSUPPORTED, SLOT0, 0, 0) \
	R(9, "OP1", RELOC_UNSUPPORTED, SLOT0, 0, 0) \
	R(10, "OP2", RELOC_UNSUPPORTED, SLOT0, 0, 0) \
	R(11, "ASM_EXPAND", RELOC_NONE, WORD, 0, 0) \
	R(12, "ASM_SIMPLIFY", RELOC_UNSUPPORTED, WORD, 0, 0) \
	R(14, "32_PCREL", RELOC_PC, WORD, 0, 0) \
	R(15, "GNU_VTINHERIT", RELOC_NONE, WORD, 0, 0) \
	R(16, "GNU_VTENTRY", RELOC_NONE, WORD, 0, 0) \
	R(17, "DIFF8", RELOC_NONE, WORD, 0, 0) \
	R(18, "DIFF16", RELOC_NONE, WORD, 0, 0) \
	R(19, "DIFF32", RELOC_NONE, WORD, 0, 0) \
	R(20, "SLOT0_OP", RELOC_PC, SLOT0, FUNCTION_BRANCH, 0) \
	R(21, "SLOT1_OP", RELOC_UNSUPPORTED, SLOT0, 0, 0) \
	R(22, "SLOT2_OP", RELOC_UNSUPPORTED, SLOT0, 0, 0) \
	R(35, "SLOT0_ALT", RELOC_UNSUPPORTED, SLOT0, 0, 0) \
	R(50, "TLSDESC_FN", RELOC_UNSUPPORTED, WORD, 0, 0) \
	R(51, "TLSDESC_ARG", RELOC_UNSUPPORTED, WORD, 0, 0) \
	R(52, "TLS_DTPOFF", RELOC_UNSUPPORTED, WORD, 0, 0) \
	R(53, "TLS_TPOFF", RELOC_UNSUPPORTED, WORD, 0, 0) \
	R(54, "TLS_FUNC", RELOC_UNSUPPORTED, WORD, 0, 0) \
	R(55, "TLS_ARG", RELOC_UNSUPPORTED, WORD, 0, 0) \
	R(56, "TLS_CALL", RELOC_UNSUPPORTED, WORD, 0, 0) \
	R(57, "PDIFF8", RELOC_NONE, WORD, 0, 0) \
	R(58, "PDIFF16", RELOC_NONE, WORD, 0, 0) \
	R(59, "PDIFF32", RELOC_NONE, WORD, 0, 0) \
	R(60, "NDIFF8", RELOC_NONE, WORD, 0, 0) \
	R(61, "NDIFF16", RELOC_NONE, WORD, 0, 0) \
	R(62, "NDIFF32", RELOC_NONE, WORD, 0, 0)
/* clang-format on */

#define R(number, title, ...) [number] = {__VA_ARGS__},
static const struct reloc_type types[] = {TYPES};
#define PREFIX "R_XTENSA_"
#include "names.h"

const struct reloc_type *llext_arch_reloc(uint32_t type)
{
	return &types[type < sizeof(types) / sizeof(types[0]) ? type : 7];
}

const struct reloc_encoding *llext_arch_encoding(uint8_t encoding)
{
	return &encodings[encoding];
}

elf_saddr llext_arch_addend(uint8_t encoding, const uint8_t *place)
{
	(void)encoding;
	(void)place;
	return 0; /* never called: tables have addends, see LLEXT_ARCH_RELA_ONLY */
}

/* ---- the instruction in slot 0 ---- */

/* The operand that an instruction has for an address. */
struct operand {
	uint8_t lsb, width;
	bool is_signed;
	uint8_t scale;
	bool extends;  /* a veneer can extend it */
	elf_addr base; /* the base of the operand */
};

/* Opcodes with op0 = 6: J, and branches that compare with zero or an immediate; loops. */
static bool decode_si(uint32_t insn, struct operand *operand)
{
	uint32_t r = insn >> 12 & 15;

	switch (insn >> 4 & 15) {
	case 0: /* J: n = 0, m any */
	case 4:
	case 8:
	case 12:
		operand->lsb = 6;
		operand->width = 18;
		operand->extends = true;
		return true;
	case 1: /* BEQZ, BNEZ, BLTZ, BGEZ */
	case 5:
	case 9:
	case 13:
		operand->lsb = 12;
		operand->width = 12;
		return true;
	case 3: /* ENTRY */
		return false;
	case 7: /* BF, BT; LOOP, LOOPNEZ, LOOPGTZ count forward only */
		operand->is_signed = r < 8;
		return r <= 1 || (r >= 8 && r <= 10);
	default: /* BEQI, BNEI, BLTI, BGEI, BLTUI, BGEUI */
		return true;
	}
}

static bool decode(uint32_t insn, elf_addr p, struct operand *operand)
{
	/* B, op0 = 7, and many others: eight bits from the end of the instruction on */
	*operand = (struct operand){
		.lsb = 16, .width = 8, .is_signed = true, .scale = 1, .base = p + 4};
	switch (insn & 15) {
	case 1: /* L32R: words before the next word boundary */
		operand->lsb = 8;
		operand->width = 16;
		operand->scale = 4;
		operand->base = ((p + 3) & ~(elf_addr)3);
		return true;
	case 5: /* CALL0; CALL4, CALL8 and CALL12 turn the register window */
		operand->lsb = 6;
		operand->width = 18;
		operand->scale = 4;
		operand->extends = (insn & 0x30) == 0;
		operand->base = (p & ~(elf_addr)3) + 4;
		return true;
	case 6:
		return decode_si(insn, operand);
	case 7:
		return true;
	case 12: /* BEQZ.N, BNEZ.N, among others with bit 7 clear */
		operand->width = 6;
		operand->is_signed = false;
		return (insn & 0x80) != 0;
	default:
		return false;
	}
}

static int encode_slot0(uint8_t *place, elf_addr p, elf_addr value)
{
	uint32_t insn = place[0] | (uint32_t)place[1] << 8 | (uint32_t)place[2] << 16;
	uint32_t mask, bits;
	struct operand operand;
	elf_saddr offset, low, high;

	if (!decode(insn, p, &operand))
		return -EILSEQ;
	offset = (elf_saddr)(p + value - operand.base);
	low = operand.is_signed ? -(1 << (operand.width - 1)) : 0;
	high = low + (1 << operand.width) - 1;
	if ((insn & 15) == 1) { /* backwards only: the bits above the field are ones */
		low = -(1 << operand.width);
		high = -1;
	}
	if (offset % operand.scale != 0 || offset / operand.scale < low ||
	    offset / operand.scale > high)
		return operand.extends ? -ERANGE : -EDOM;
	bits = (uint32_t)(offset / operand.scale);
	if ((insn & 15) == 12) { /* imm6: bits 5 and 4 at 4, bits 3 to 0 at 12 */
		place[0] = (uint8_t)((place[0] & 0xcf) | (bits & 0x30));
		place[1] = (uint8_t)((place[1] & 0x0f) | (bits & 0x0f) << 4);
		return 0;
	}
	mask = ((UINT32_C(1) << operand.width) - 1) << operand.lsb;
	insn = (insn & ~mask) | (bits << operand.lsb & mask);
	place[0] = (uint8_t)insn;
	place[1] = (uint8_t)(insn >> 8);
	place[2] = (uint8_t)(insn >> 16);
	return 0;
}

int llext_arch_encode(uint8_t encoding, uint8_t *place, elf_addr p, elf_addr value)
{
	elf_addr present;

	if (encoding == SLOT0)
		return encode_slot0(place, p, value);
	memcpy(&present, place, sizeof(present));
	if (encoding == WORD_SUM)
		value += present;
	memcpy(place, &value, sizeof(value));
	return 0;
}

const char *llext_arch_check(const elf_ehdr_t *ehdr)
{
	if (ehdr->e_machine != EM_XTENSA)
		return "not for Xtensa (e_machine 94)";
	if ((ehdr->e_flags & 0xf) != 0) /* EF_XTENSA_MACH */
		return "for another kind of Xtensa (e_flags)";
	return NULL;
}

/* L32R reaches backwards only. A9 is free between functions, as for the assembler's J.L. */
void llext_arch_veneer(uint8_t *mem, elf_addr at, elf_addr target)
{
	static const uint8_t jump[12] = {
		0x91, 0xff, 0xff, /* l32r a9, .-4 */
		0xa0, 0x09, 0x00, /* jx a9 */
	};

	(void)at;
	memcpy(mem, &target, sizeof(target));
	memcpy(mem + sizeof(target), jump, sizeof(jump));
}
