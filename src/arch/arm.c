/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm, M profile: Thumb code only. Relocations: ELF for the Arm Architecture (AAELF32),
 * "Relocation". Instructions: Armv6-M, Armv7-M and Armv8-M Architecture Reference Manuals.
 * A 32-bit Thumb instruction is two halfwords; here the first one is the upper half of a word.
 */
#include <errno.h>
#include <string.h>
#include "arch.h"
#include "arm_veneer.h"

/* clang-format off */
enum encoding {
	WORD,
	SLOT, /* a word whose old content is for lazy binding, not an addend */
	HALF, BYTE,
	PREL31, /* the lower 31 bits of a word */
	CALL, JUMP24, JUMP19, JUMP11, JUMP8, /* BL T1; B T4, T3, T2, T1 */
	JUMP6,                               /* CBZ, CBNZ */
	PC8,                                 /* LDR (literal) T1, ADR T1 */
	PC12,                                /* LDR, LDRB, LDRH, LDRSB, LDRSH (literal) */
	ADR,                                 /* T2, T3 */
	MOVW, MOVT,                          /* MOV (immediate) T3; MOVT T1 */
	BYTE0, BYTE1, BYTE2, BYTE3, /* a byte of the value: MOVS, ADDS (8-bit immediate) */
};

static const struct reloc_encoding fields[] = {
	[WORD] = {4, 32, CHECK_NONE, 0, 0}, [SLOT] = {4, 32, CHECK_NONE, 0, 0},
	[HALF] = {2, 16, CHECK_BITFIELD, 0, 0}, [BYTE] = {1, 8, CHECK_BITFIELD, 0, 0},
	[PREL31] = {4, 31, CHECK_SIGNED, 0, 0},
	[CALL] = {4, 25, CHECK_SIGNED, 2, 0}, [JUMP24] = {4, 25, CHECK_SIGNED, 2, 0},
	[JUMP19] = {4, 21, CHECK_SIGNED, 2, 0}, [JUMP11] = {2, 12, CHECK_SIGNED, 2, 0},
	[JUMP8] = {2, 9, CHECK_SIGNED, 2, 0}, [JUMP6] = {2, 7, CHECK_UNSIGNED, 2, 0},
	[PC8] = {2, 10, CHECK_UNSIGNED, 2, 4}, [PC12] = {4, 13, CHECK_SIGNED, 2, 0},
	[ADR] = {4, 13, CHECK_SIGNED, 2, 0},
	[MOVW] = {4, 32, CHECK_NONE, 2, 0}, [MOVT] = {4, 32, CHECK_NONE, 2, 0},
	[BYTE0] = {2, 32, CHECK_NONE, 2, 0}, [BYTE1] = {2, 32, CHECK_NONE, 2, 0},
	[BYTE2] = {2, 32, CHECK_NONE, 2, 0}, [BYTE3] = {2, 32, CHECK_NONE, 2, 0},
};

/*
 * An instruction: the bits that identify it, bits of which not all may be set, and the bits of its
 * immediate.
 */
static const struct instruction {
	uint32_t mask, bits, never, immediate;
} instructions[] = {
	[CALL - CALL] = {0xf800d000, 0xf000d000, 0, 0x07ff2fff},
	[JUMP24 - CALL] = {0xf800d000, 0xf0009000, 0, 0x07ff2fff},
	[JUMP19 - CALL] = {0xf800d000, 0xf0008000, 0x03800000, 0x043f2fff},
	[JUMP11 - CALL] = {0xf800, 0xe000, 0, 0x07ff},
	[JUMP8 - CALL] = {0xf000, 0xd000, 0x0e00, 0x00ff},
	[JUMP6 - CALL] = {0xf500, 0xb100, 0, 0x02f8},
	[PC8 - CALL] = {0xf800, 0x4800, 0, 0x00ff},
	[PC12 - CALL] = {0xfe1f0000, 0xf81f0000, 0x00600000, 0x00800fff},
	[ADR - CALL] = {0xfb5f8000, 0xf20f0000, 0, 0x04a070ff},
	[MOVW - CALL] = {0xfbf08000, 0xf2400000, 0, 0x040f70ff},
	[MOVT - CALL] = {0xfbf08000, 0xf2c00000, 0, 0x040f70ff},
	[BYTE0 - CALL] = {0xe800, 0x2000, 0, 0x00ff}, /* and the other three */
};

#define DATA(number, title, value)      R(number, title, value, WORD, 0, 0)
#define REFUSED(number, title)          DATA(number, title, RELOC_UNSUPPORTED)
#define TLS(number, title, value)       R(number, title, value, WORD, RELOC_TLS, 0)
#define ABS(number, title, encoding)    R(number, title, RELOC_ABS, encoding, 0, 0)
#define PC(number, title, encoding)     R(number, title, RELOC_PC, encoding, 0, 0)
#define BRANCH(number, title, encoding) R(number, title, RELOC_PC, encoding, RELOC_BRANCH, -4)

/*
 * Table "Relocation codes". T in its expressions is bit 0 of a Thumb function's symbol value: data
 * keep it, a branch has no room for it. These are refused: A32 instructions, which no M-profile
 * core runs; relocations relative to a static base in r9; descriptors of thread-local variables,
 * which GCC makes with -mtls-dialect=gnu2 only; and branch futures. TARGET1, in .init_array, and
 * TARGET2, for the type of an exception, mean what they do without an operating system.
 */
#if LLEXT_ON(CONFIG_LLEXT_DIAG) /* without diagnostics they are treated like unknown ones */
#define REFUSED_TYPES \
	REFUSED(1, "PC24") REFUSED(9, "SBREL32") REFUSED(20, "COPY") REFUSED(27, "PLT32") \
	REFUSED(28, "CALL") REFUSED(29, "JUMP24") REFUSED(43, "MOVW_ABS_NC") \
	REFUSED(44, "MOVT_ABS") REFUSED(45, "MOVW_PREL_NC") REFUSED(46, "MOVT_PREL") \
	REFUSED(87, "THM_MOVW_BREL_NC") REFUSED(88, "THM_MOVT_BREL") REFUSED(89, "THM_MOVW_BREL") \
	REFUSED(13, "TLS_DESC") REFUSED(90, "TLS_GOTDESC") REFUSED(93, "THM_TLS_CALL") \
	REFUSED(129, "THM_TLS_DESCSEQ16") REFUSED(130, "THM_TLS_DESCSEQ32") \
	REFUSED(136, "THM_BF16") REFUSED(137, "THM_BF12") REFUSED(138, "THM_BF18")
#else
#define REFUSED_TYPES
#endif
#define TYPES \
	ABS(2, "ABS32", WORD) BRANCH(10, "THM_CALL", CALL) BRANCH(30, "THM_JUMP24", JUMP24) \
	DATA(0, "NONE", RELOC_NONE) DATA(40, "V4BX", RELOC_NONE) PC(3, "REL32", WORD) ABS(5, "ABS16", HALF) ABS(8, "ABS8", BYTE) \
	ABS(38, "TARGET1", WORD) PC(41, "TARGET2", WORD) \
	R(42, "PREL31", RELOC_PC, PREL31, RELOC_BRANCH | RELOC_TO_FUNCTION, 0) \
	BRANCH(51, "THM_JUMP19", JUMP19) BRANCH(102, "THM_JUMP11", JUMP11) \
	BRANCH(103, "THM_JUMP8", JUMP8) PC(52, "THM_JUMP6", JUMP6) \
	R(11, "THM_PC8", RELOC_PC_WORD, PC8, 0, 0) \
	R(53, "THM_ALU_PREL_11_0", RELOC_PC_WORD, ADR, 0, 0) \
	R(54, "THM_PC12", RELOC_PC_WORD, PC12, 0, 0) \
	ABS(47, "THM_MOVW_ABS_NC", MOVW) ABS(48, "THM_MOVT_ABS", MOVT) \
	PC(49, "THM_MOVW_PREL_NC", MOVW) PC(50, "THM_MOVT_PREL", MOVT) \
	ABS(132, "THM_ALU_ABS_G0_NC", BYTE0) ABS(133, "THM_ALU_ABS_G1_NC", BYTE1) \
	ABS(134, "THM_ALU_ABS_G2_NC", BYTE2) ABS(135, "THM_ALU_ABS_G3", BYTE3) \
	DATA(24, "GOTOFF32", RELOC_FROM_GOT) DATA(25, "BASE_PREL", RELOC_GOT_BASE_PC) \
	DATA(26, "GOT_BREL", RELOC_GOT_OFFSET) DATA(95, "GOT_ABS", RELOC_GOT_ABS) \
	DATA(96, "GOT_PREL", RELOC_GOT_PC) \
	R(21, "GLOB_DAT", RELOC_ABS, SLOT, RELOC_DYNAMIC, 0) \
	R(22, "JUMP_SLOT", RELOC_ABS, SLOT, RELOC_DYNAMIC, 0) \
	R(23, "RELATIVE", RELOC_RELATIVE, WORD, RELOC_DYNAMIC, 0) \
	TLS(108, "TLS_LE32", RELOC_ABS) TLS(107, "TLS_IE32", RELOC_GOT_PC) \
	TLS(106, "TLS_LDO32", RELOC_TLS_OFFSET) \
	R(104, "TLS_GD32", RELOC_TLS_PC, WORD, RELOC_TLS, TLS_GENERAL) \
	R(105, "TLS_LDM32", RELOC_TLS_PC, WORD, RELOC_TLS, TLS_LOCAL) \
	R(17, "TLS_DTPMOD32", RELOC_TLS_MODULE, WORD, RELOC_TLS | RELOC_DYNAMIC, 0) \
	R(18, "TLS_DTPOFF32", RELOC_TLS_OFFSET, WORD, RELOC_TLS | RELOC_DYNAMIC, 0) \
	R(19, "TLS_TPOFF32", RELOC_ABS, WORD, RELOC_TLS | RELOC_DYNAMIC, 0) \
	REFUSED_TYPES
/* clang-format on */

#define R(number, title, ...) {__VA_ARGS__},
static const struct reloc_type types[] = {TYPES{.value = RELOC_UNSUPPORTED}};
#define PREFIX "R_ARM_"
#include "names.h"

const struct reloc_type *llext_arch_reloc(uint32_t type)
{
	size_t i = 0;

	while (i < sizeof(numbers) && numbers[i] != type)
		i++;
	return &types[i]; /* the last one has no number */
}

const struct reloc_encoding *llext_arch_encoding(uint8_t encoding)
{
	return &fields[encoding];
}

/* ---- instructions ---- */

/* Read byte by byte: in a malformed file the place may be odd, and Armv6-M would fault. */
static uint32_t fetch(const uint8_t *place, size_t bytes)
{
	uint32_t first = place[0] | (uint32_t)place[1] << 8;

	return bytes == 2 ? first : first << 16 | place[2] | (uint32_t)place[3] << 8;
}

static const struct instruction *instruction_of(uint8_t encoding)
{
	return &instructions[(encoding < BYTE0 ? encoding : BYTE0) - CALL];
}

static bool is_instruction(uint8_t encoding, uint32_t insn)
{
	const struct instruction *is = instruction_of(encoding);

	if (encoding == PC8 && (insn & 0xf800) == 0xa000)
		return true; /* ADR beside LDR */
	if (encoding == ADR && ((insn >> 23 ^ insn >> 21) & 1))
		return false; /* neither ADD nor SUB */
	return (insn & is->mask) == is->bits && (is->never == 0 || (insn & is->never) != is->never);
}

/* imm4:i:imm3:imm8 from bits 19-16, 26, 14-12 and 7-0 */
static uint32_t gather16(uint32_t insn)
{
	return (insn >> 4 & 0xf000) | (insn >> 15 & 0x800) | (insn >> 4 & 0x700) | (insn & 0xff);
}

static uint32_t scatter16(uint32_t value)
{
	return (value & 0xf000) << 4 | (value & 0x800) << 15 | (value & 0x700) << 4 |
	       (value & 0xff);
}

/* S:J1:J2:imm10:imm11:0 from bits 26, 13, 11, 25-16 and 10-0 */
static uint32_t gather_branch(uint32_t insn)
{
	return (insn >> 2 & 1 << 24) | (insn & 1 << 13) << 10 | (insn & 1 << 11) << 11 |
	       (insn >> 4 & 0x3ff000) | (insn << 1 & 0xffe);
}

static uint32_t scatter_branch(uint32_t value)
{
	return (value & 1 << 24) << 2 | (value >> 10 & 1 << 13) | (value >> 11 & 1 << 11) |
	       (value & 0x3ff000) << 4 | (value >> 1 & 0x7ff);
}

/* In BL and B T4, J1 and J2 are complemented unless S is set. */
static uint32_t complement(uint32_t value)
{
	return value & 1 << 24 ? value : value ^ 3 << 22;
}

static elf_saddr sign_extend(uint32_t value, unsigned int bits)
{
	return (elf_saddr)(value << (32 - bits)) >> (32 - bits);
}

/* "Addends and PC-bias compensation" */
static elf_saddr instruction_addend(uint8_t encoding, uint32_t insn)
{
	uint32_t branch = gather_branch(insn), imm12 = gather16(insn) & 0xfff;

	switch (encoding) {
	case CALL:
	case JUMP24:
		return sign_extend(complement(branch), 25);
	case JUMP19: /* S:J2:J1:imm6:imm11:0 */
		branch = (branch >> 4 & 1 << 20) | (branch >> 3 & 1 << 19) |
			 (branch >> 5 & 1 << 18) | (branch & 0x3ffff);
		return sign_extend(branch, 21);
	case JUMP11:
	case JUMP8:
		return sign_extend(insn << 1, fields[encoding].bits);
	case JUMP6:
		return (elf_saddr)((((insn >> 3 & 0x40) | (insn >> 2 & 0x3e)) + 4) & 0x7f) - 4;
	case PC8:
		return (elf_saddr)(((insn << 2) + 4) & 0x3ff) - 4;
	case PC12:
		return (elf_saddr)(insn & 1 << 23 ? insn & 0xfff : 0 - (insn & 0xfff));
	case ADR:
		return (elf_saddr)(insn & 1 << 23 ? 0 - imm12 : imm12);
	case MOVW:
	case MOVT:
		return sign_extend(gather16(insn), 16);
	default:
		return (elf_saddr)(insn & 0xff);
	}
}

elf_saddr llext_arch_addend(uint8_t encoding, const uint8_t *place)
{
	uint32_t raw = 0;

	if (encoding >= CALL)
		return instruction_addend(encoding, fetch(place, fields[encoding].bytes));
	memcpy(&raw, place, fields[encoding].bytes);
	return encoding == SLOT ? 0 : sign_extend(raw, fields[encoding].bits);
}

/* The bits of the immediate field for a value. */
static uint32_t scatter(uint8_t encoding, uint32_t value)
{
	uint32_t negative = value >> 31, magnitude = negative ? 0 - value : value;

	switch (encoding) {
	case CALL:
	case JUMP24:
		return scatter_branch(complement(value));
	case JUMP19:
		return scatter_branch((value & 1 << 20) << 4 | (value & 1 << 19) << 3 |
				      (value & 1 << 18) << 5 | (value & 0x3ffff));
	case JUMP6:
		return (value & 0x40) << 3 | (value & 0x3e) << 2;
	case PC8:
		return value >> 2;
	case PC12:
		return (negative ^ 1) << 23 | magnitude;
	case ADR: /* SUB, ADD */
		return (negative ? 0x00a00000 : 0) | scatter16(magnitude);
	case MOVW:
		return scatter16(value);
	case MOVT:
		return scatter16(value >> 16);
	case JUMP11:
	case JUMP8:
		return value >> 1;
	default:
		return value >> 8 * (encoding - BYTE0);
	}
}

/* The lowest value of fields for which the generic check allows lower ones. */
static elf_saddr lowest(uint8_t encoding)
{
	if (encoding == HALF || encoding == BYTE) /* "Static Data relocations" */
		return encoding == HALF ? -32768 : -128;
	return encoding == PC12 || encoding == ADR ? -4095 : INT32_MIN; /* sign and magnitude */
}

int llext_arch_encode(uint8_t encoding, uint8_t *place, elf_addr p, elf_addr value)
{
	uint32_t immediate, insn;
	size_t bytes = fields[encoding].bytes;

	(void)p;
	if ((elf_saddr)value < lowest(encoding))
		return -ERANGE;
	if (encoding == PREL31) /* bit 31 of the place is something else's */
		value = (value & 0x7fffffff) | (uint32_t)(place[3] & 0x80) << 24;
	if (encoding < CALL) {
		memcpy(place, &value, bytes);
		return 0;
	}
	insn = fetch(place, bytes);
	if (!is_instruction(encoding, insn))
		return -EILSEQ;
	immediate = instruction_of(encoding)->immediate;
	insn = (insn & ~immediate) | (scatter(encoding, value) & immediate);
	insn = bytes == 2 ? insn : insn << 16 | insn >> 16;
	memcpy(place, &insn, bytes);
	return 0;
}

/* AAELF32, "Relocation": a branch to an undefined weak symbol goes to the next instruction. */
int llext_arch_skip(uint8_t encoding, uint8_t *place, elf_addr p)
{
	if (encoding != CALL && encoding != JUMP24)
		return encoding < JUMP19 || encoding > JUMP8
			       ? 1
			       : llext_arch_encode(encoding, place, p,
						   (elf_addr)fields[encoding].bytes - 4);
	if (!is_instruction(encoding, fetch(place, 4)))
		return -EILSEQ;
	memcpy(place, arm_nop, sizeof(arm_nop));
	return 0;
}

/* ---- the file ---- */

/*
 * Linkers set these flags in shared objects; an object has build attributes instead. The desk takes
 * both.
 */
#if defined(__ARM_PCS_VFP)
#define OTHER_FLOAT_ABI 0x200u /* EF_ARM_ABI_FLOAT_SOFT */
#elif defined(__ARM_ARCH)
#define OTHER_FLOAT_ABI 0x400u /* EF_ARM_ABI_FLOAT_HARD */
#else
#define OTHER_FLOAT_ABI 0u
#endif

const char *llext_arch_check(const elf_ehdr_t *ehdr)
{
	if (ehdr->e_machine != EM_ARM)
		return "not for Arm (e_machine 40)";
	if ((ehdr->e_flags & 0xff800000u) != 0x05000000u) /* EF_ARM_EABIMASK, EF_ARM_BE8 */
		return "not little-endian code for version 5 of the Arm EABI";
	if (ehdr->e_flags & OTHER_FLOAT_ABI)
		return "compiled for the other floating-point calling convention";
	return NULL;
}
