/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AArch64, LP64, little-endian. Relocations: ELF for the Arm 64-bit Architecture (AAELF64), 5.7.
 * Instructions, which are little-endian words: Arm ARM for A-profile, C6.2.
 */
#include <errno.h>
#include <string.h>
#include "arch.h"

enum encoding {
	WORD16,
	WORD32,
	WORD32_SIGNED,
	SLOT, /* a word whose old content is for lazy binding, not an addend */
	WORD64,
	WORD128, /* a descriptor: its place is checked by it, its addend is the second word */
	ADR,
	ADRP,
	ADRP_NC,
	LITERAL,
	BRANCH14,
	BRANCH19,
	BRANCH26,
	ADD12,
	OFFSET8,
	OFFSET16,
	OFFSET32,
	OFFSET64,
	OFFSET128,
	ADD_LO12, /* to LOW128: as ADD12 to OFFSET128, but the whole value must fit */
	ADD_HI12,
	LOW8,
	LOW16,
	LOW32,
	LOW64,
	LOW128,
	GOT_OFFSET12,
	GOT_OFFSET15,
	UABS_G0,
	UABS_G1,
	UABS_G2,
	KEEP_G0, /* MOVK, and MOVZ whose value is cut on purpose */
	KEEP_G1,
	KEEP_G2,
	KEEP_G3,
	SIGNED_G0, /* MOVZ or MOVN, by the value's sign */
	SIGNED_G1,
	SIGNED_G2,
	SIGNED_G3,
};

static const struct reloc_encoding encodings[] = {
	[WORD16] = {.bytes = 2, .bits = 16, .check = CHECK_EITHER},
	[WORD32] = {.bytes = 4, .bits = 32, .check = CHECK_EITHER},
	[WORD32_SIGNED] = {.bytes = 4, .bits = 32, .check = CHECK_SIGNED},
	[SLOT] = {.bytes = 8, .bits = 64, .check = CHECK_NONE},
	[WORD64] = {.bytes = 8, .bits = 64, .check = CHECK_NONE},
	[WORD128] = {.bytes = 16, .bits = 64, .check = CHECK_NONE},
	[ADR] = {4, 21, CHECK_SIGNED, 4, 1},
	[ADRP] = {4, 33, CHECK_SIGNED, 4, 1},
	[ADRP_NC] = {4, 33, CHECK_NONE, 4, 1},
	[LITERAL] = {4, 21, CHECK_SIGNED, 4, 4},
	[BRANCH14] = {4, 16, CHECK_SIGNED, 4, 4},
	[BRANCH19] = {4, 21, CHECK_SIGNED, 4, 4},
	[BRANCH26] = {4, 28, CHECK_SIGNED, 4, 4},
	[ADD12] = {4, 12, CHECK_NONE, 4, 1},
	[OFFSET8] = {4, 12, CHECK_NONE, 4, 1},
	[OFFSET16] = {4, 12, CHECK_NONE, 4, 2},
	[OFFSET32] = {4, 12, CHECK_NONE, 4, 4},
	[OFFSET64] = {4, 12, CHECK_NONE, 4, 8},
	[OFFSET128] = {4, 12, CHECK_NONE, 4, 16},
	[ADD_LO12] = {4, 12, CHECK_UNSIGNED, 4, 1},
	[ADD_HI12] = {4, 24, CHECK_UNSIGNED, 4, 1},
	[LOW8] = {4, 12, CHECK_UNSIGNED, 4, 1},
	[LOW16] = {4, 12, CHECK_UNSIGNED, 4, 2},
	[LOW32] = {4, 12, CHECK_UNSIGNED, 4, 4},
	[LOW64] = {4, 12, CHECK_UNSIGNED, 4, 8},
	[LOW128] = {4, 12, CHECK_UNSIGNED, 4, 16},
	[GOT_OFFSET12] = {4, 12, CHECK_NONE, 4, 8},
	[GOT_OFFSET15] = {4, 15, CHECK_UNSIGNED, 4, 8},
	[UABS_G0] = {4, 16, CHECK_UNSIGNED, 4, 1},
	[UABS_G1] = {4, 32, CHECK_UNSIGNED, 4, 1},
	[UABS_G2] = {4, 48, CHECK_UNSIGNED, 4, 1},
	[KEEP_G0] = {4, 16, CHECK_NONE, 4, 1},
	[KEEP_G1] = {4, 32, CHECK_NONE, 4, 1},
	[KEEP_G2] = {4, 48, CHECK_NONE, 4, 1},
	[KEEP_G3] = {4, 64, CHECK_NONE, 4, 1},
	[SIGNED_G0] = {4, 17, CHECK_SIGNED, 4, 1},
	[SIGNED_G1] = {4, 33, CHECK_SIGNED, 4, 1},
	[SIGNED_G2] = {4, 49, CHECK_SIGNED, 4, 1},
	[SIGNED_G3] = {4, 64, CHECK_NONE, 4, 1},
};

#define TLS(number, title, value, encoding, flags, bias)                                           \
	R(number, "TLS" title, value, encoding, RELOC_TLS | (flags), bias)

/*
 * Static relocations. A veneer stands in for the PLT entry or for a branch that is too short; the
 * standard allows it for CALL26, JUMP26 and PLT32, and a conditional branch to another function
 * is no different. S + A of a GOT relocation is what the entry holds, hence RELOC_GDAT.
 */
#define FUNCTION_BRANCH (RELOC_BRANCH | RELOC_TO_FUNCTION)
/* clang-format off */
#define STATIC_TYPES \
	R(257, "ABS64", RELOC_ABS, WORD64, 0, 0) R(258, "ABS32", RELOC_ABS, WORD32, 0, 0) \
	R(259, "ABS16", RELOC_ABS, WORD16, 0, 0) R(260, "PREL64", RELOC_PC, WORD64, 0, 0) \
	R(261, "PREL32", RELOC_PC, WORD32, 0, 0) R(262, "PREL16", RELOC_PC, WORD16, 0, 0) \
	R(263, "MOVW_UABS_G0", RELOC_ABS, UABS_G0, 0, 0) R(264, "MOVW_UABS_G0_NC", RELOC_ABS, KEEP_G0, 0, 0) \
	R(265, "MOVW_UABS_G1", RELOC_ABS, UABS_G1, 0, 0) R(266, "MOVW_UABS_G1_NC", RELOC_ABS, KEEP_G1, 0, 0) \
	R(267, "MOVW_UABS_G2", RELOC_ABS, UABS_G2, 0, 0) R(268, "MOVW_UABS_G2_NC", RELOC_ABS, KEEP_G2, 0, 0) \
	R(269, "MOVW_UABS_G3", RELOC_ABS, KEEP_G3, 0, 0) R(270, "MOVW_SABS_G0", RELOC_ABS, SIGNED_G0, 0, 0) \
	R(271, "MOVW_SABS_G1", RELOC_ABS, SIGNED_G1, 0, 0) R(272, "MOVW_SABS_G2", RELOC_ABS, SIGNED_G2, 0, 0) \
	R(273, "LD_PREL_LO19", RELOC_PC, LITERAL, 0, 0) R(274, "ADR_PREL_LO21", RELOC_PC, ADR, 0, 0) \
	R(275, "ADR_PREL_PG_HI21", RELOC_PAGE_PC, ADRP, 0, 0) \
	R(276, "ADR_PREL_PG_HI21_NC", RELOC_PAGE_PC, ADRP_NC, 0, 0) \
	R(277, "ADD_ABS_LO12_NC", RELOC_ABS, ADD12, 0, 0) R(278, "LDST8_ABS_LO12_NC", RELOC_ABS, OFFSET8, 0, 0) \
	R(279, "TSTBR14", RELOC_PC, BRANCH14, FUNCTION_BRANCH, 0) \
	R(280, "CONDBR19", RELOC_PC, BRANCH19, FUNCTION_BRANCH, 0) \
	R(282, "JUMP26", RELOC_PC, BRANCH26, RELOC_BRANCH, 0) \
	R(283, "CALL26", RELOC_PC, BRANCH26, RELOC_BRANCH, 0) \
	R(284, "LDST16_ABS_LO12_NC", RELOC_ABS, OFFSET16, 0, 0) \
	R(285, "LDST32_ABS_LO12_NC", RELOC_ABS, OFFSET32, 0, 0) \
	R(286, "LDST64_ABS_LO12_NC", RELOC_ABS, OFFSET64, 0, 0) \
	R(287, "MOVW_PREL_G0", RELOC_PC, SIGNED_G0, 0, 0) R(288, "MOVW_PREL_G0_NC", RELOC_PC, KEEP_G0, 0, 0) \
	R(289, "MOVW_PREL_G1", RELOC_PC, SIGNED_G1, 0, 0) R(290, "MOVW_PREL_G1_NC", RELOC_PC, KEEP_G1, 0, 0) \
	R(291, "MOVW_PREL_G2", RELOC_PC, SIGNED_G2, 0, 0) R(292, "MOVW_PREL_G2_NC", RELOC_PC, KEEP_G2, 0, 0) \
	R(293, "MOVW_PREL_G3", RELOC_PC, SIGNED_G3, 0, 0) \
	R(299, "LDST128_ABS_LO12_NC", RELOC_ABS, OFFSET128, 0, 0) \
	R(300, "MOVW_GOTOFF_G0", RELOC_GOT_OFFSET, SIGNED_G0, RELOC_GDAT, 0) \
	R(301, "MOVW_GOTOFF_G0_NC", RELOC_GOT_OFFSET, KEEP_G0, RELOC_GDAT, 0) \
	R(302, "MOVW_GOTOFF_G1", RELOC_GOT_OFFSET, SIGNED_G1, RELOC_GDAT, 0) \
	R(303, "MOVW_GOTOFF_G1_NC", RELOC_GOT_OFFSET, KEEP_G1, RELOC_GDAT, 0) \
	R(304, "MOVW_GOTOFF_G2", RELOC_GOT_OFFSET, SIGNED_G2, RELOC_GDAT, 0) \
	R(305, "MOVW_GOTOFF_G2_NC", RELOC_GOT_OFFSET, KEEP_G2, RELOC_GDAT, 0) \
	R(306, "MOVW_GOTOFF_G3", RELOC_GOT_OFFSET, SIGNED_G3, RELOC_GDAT, 0) \
	R(307, "GOTREL64", RELOC_FROM_GOT, WORD64, 0, 0) \
	R(308, "GOTREL32", RELOC_FROM_GOT, WORD32_SIGNED, 0, 0) \
	R(309, "GOT_LD_PREL19", RELOC_GOT_PC, LITERAL, RELOC_GDAT, 0) \
	R(310, "LD64_GOTOFF_LO15", RELOC_GOT_OFFSET, GOT_OFFSET15, RELOC_GDAT, 0) \
	R(311, "ADR_GOT_PAGE", RELOC_GOT_PAGE_PC, ADRP, RELOC_GDAT, 0) \
	R(312, "LD64_GOT_LO12_NC", RELOC_GOT_ABS, GOT_OFFSET12, RELOC_GDAT, 0) \
	R(313, "LD64_GOTPAGE_LO15", RELOC_GOT_PAGE, GOT_OFFSET15, RELOC_GDAT, 0) \
	R(314, "PLT32", RELOC_PC, WORD32_SIGNED, RELOC_BRANCH, 0) \
	R(315, "GOTPCREL32", RELOC_GOT_PC, WORD32_SIGNED, 0, 0)

#if LLEXT_ON(CONFIG_LLEXT_TLS)
#include "../tls/types_aarch64.h"
#else
#define TLS_TYPES R(573, "TLS*", RELOC_UNSUPPORTED, WORD64, 0, 0)
#endif

#define DYNAMIC_TYPES \
	R(1024, "COPY", RELOC_UNSUPPORTED, WORD64, 0, 0) \
	R(1025, "GLOB_DAT", RELOC_ABS, SLOT, RELOC_DYNAMIC, 0) \
	R(1026, "JUMP_SLOT", RELOC_ABS, SLOT, RELOC_DYNAMIC, 0) \
	R(1027, "RELATIVE", RELOC_RELATIVE, WORD64, RELOC_DYNAMIC, 0) \
	TLS(1028, "_DTPMOD", RELOC_TLS_MODULE, WORD64, RELOC_DYNAMIC, 0) \
	TLS(1029, "_DTPREL", RELOC_TLS_OFFSET, WORD64, RELOC_DYNAMIC, 0) \
	TLS(1030, "_TPREL", RELOC_ABS, WORD64, RELOC_DYNAMIC, 0) \
	TLS(1031, "DESC", RELOC_TLS_DESC, WORD128, RELOC_DYNAMIC, 0) \
	R(1032, "IRELATIVE", RELOC_UNSUPPORTED, WORD64, 0, 0)
/* clang-format on */

/* The first of a range of numbers goes away. */
#define R(number, title, ...) [(number) - (FIRST)] = {__VA_ARGS__},
#define FIRST                 257
static const struct reloc_type static_types[] = {STATIC_TYPES};
#undef FIRST
#define FIRST 512
static const struct reloc_type tls_types[] = {TLS_TYPES};
#undef FIRST
#define FIRST 1024
static const struct reloc_type dynamic_types[] = {DYNAMIC_TYPES};

/* The numbers that are not in the tables. */
static const struct reloc_type none = {RELOC_NONE, WORD64, 0, 0};
static const struct reloc_type other = {.value = RELOC_UNSUPPORTED};
#define OTHER_TYPES R(0, "NONE", RELOC_NONE) R(256, "NONE", RELOC_NONE)
#define TYPES       OTHER_TYPES STATIC_TYPES TLS_TYPES DYNAMIC_TYPES
#define TYPE_NUMBER uint16_t
#define PREFIX      "R_AARCH64_"
/* All that AAELF64 reserves for it. */
#define OTHER_NAME(type) ((type) >= 512 && (type) <= 573 ? PREFIX "TLS*" : NULL)
#include "names.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const struct reloc_type *llext_arch_reloc(uint32_t type)
{
	if (type == 0 || type == 256) /* 256 is NONE of an early draft */
		return &none;
	if (type - 257 < COUNT(static_types))
		return &static_types[type - 257];
	if (type - 512 < COUNT(tls_types))
		return &tls_types[type - 512];
	if (type - 1024 < COUNT(dynamic_types))
		return &dynamic_types[type - 1024];
	return &other;
}

const struct reloc_encoding *llext_arch_encoding(uint8_t encoding)
{
	return &encodings[encoding];
}

/* An instruction's fixed bits, and the field for bits @shift and up of the value. */
struct field {
	uint32_t mask, match;
	uint8_t lsb, width, shift;
};

#define OFFSET(scale)                                                                              \
	{                                                                                          \
		0x3b000000, 0x39000000, 10, 12, scale                                              \
	} /* LDR, STR unsigned offset */
#define MOVW(group)                                                                                \
	{                                                                                          \
		0x1f800000, 0x12800000, 5, 16, 16 * (group)                                        \
	} /* MOVN, MOVZ, MOVK */

static const struct field fields[] = {
	[ADR] = {0x9f000000, 0x10000000, 5, 21, 0},
	[ADRP] = {0x9f000000, 0x90000000, 5, 21, 12},
	[ADRP_NC] = {0x9f000000, 0x90000000, 5, 21, 12},
	[LITERAL] = {0x3b000000, 0x18000000, 5, 19, 2},  /* LDR, LDRSW, PRFM */
	[BRANCH14] = {0x7e000000, 0x36000000, 5, 14, 2}, /* TBZ, TBNZ */
	[BRANCH19] = {0x7e000000, 0x34000000, 5, 19, 2}, /* CBZ, CBNZ */
	[BRANCH26] = {0x7c000000, 0x14000000, 0, 26, 2}, /* B, BL */
	[ADD12] = {0x1f800000, 0x11000000, 10, 12, 0},
	[OFFSET8] = OFFSET(0),
	[OFFSET16] = OFFSET(1),
	[OFFSET32] = OFFSET(2),
	[OFFSET64] = OFFSET(3),
	[OFFSET128] = OFFSET(4),
	[ADD_LO12] = {0x1f800000, 0x11000000, 10, 12, 0},
	[ADD_HI12] = {0x1fc00000, 0x11400000, 10, 12, 12}, /* with LSL #12 */
	[LOW8] = OFFSET(0),
	[LOW16] = OFFSET(1),
	[LOW32] = OFFSET(2),
	[LOW64] = OFFSET(3),
	[LOW128] = OFFSET(4),
	[GOT_OFFSET12] = OFFSET(3),
	[GOT_OFFSET15] = OFFSET(3),
	[UABS_G0] = MOVW(0),
	[UABS_G1] = MOVW(1),
	[UABS_G2] = MOVW(2),
	[KEEP_G0] = MOVW(0),
	[KEEP_G1] = MOVW(1),
	[KEEP_G2] = MOVW(2),
	[KEEP_G3] = MOVW(3),
	[SIGNED_G0] = MOVW(0),
	[SIGNED_G1] = MOVW(1),
	[SIGNED_G2] = MOVW(2),
	[SIGNED_G3] = MOVW(3),
};

/* ADR and ADRP have the two lowest bits of their value in bits 30 and 29. */
static bool split(uint8_t encoding)
{
	return encoding == ADR || encoding == ADRP || encoding == ADRP_NC;
}

/* AAELF64 5.7.2: the field, scaled as the instruction scales it, sign-extended. */
elf_saddr llext_arch_addend(uint8_t encoding, const uint8_t *place)
{
	const struct field *field = &fields[encoding];
	unsigned int unused = 64u - encodings[encoding].bits;
	uint64_t raw = 0;

	if (encoding == WORD128)
		memcpy(&raw, place + sizeof(raw), sizeof(raw));
	else if (encoding != SLOT)
		memcpy(&raw, place, encodings[encoding].bytes);
	if (encoding <= WORD128)
		return (elf_saddr)(raw << unused) >> unused;
	raw = split(encoding) ? (raw >> 3 & ~UINT64_C(3)) | (raw >> 29 & 3) : raw >> field->lsb;
	raw = (uint64_t)((int64_t)(raw << (64 - field->width)) >> (64 - field->width));
	return (elf_saddr)(encoding < UABS_G0 ? raw << field->shift : raw);
}

int llext_arch_encode(uint8_t encoding, uint8_t *place, elf_addr p, elf_addr value)
{
	const struct field *field = &fields[encoding];
	uint32_t mask, insn, bits;

	(void)p;
	if (encoding <= WORD64) {
		memcpy(place, &value, encodings[encoding].bytes);
		return 0;
	}
	memcpy(&insn, place, sizeof(insn));
	if ((insn & field->mask) != field->match &&
	    !(encoding == BRANCH19 && insn >> 25 == 0x2a)) /* B.cond */
		return -EILSEQ;
	if (encoding >= SIGNED_G0) {
		if ((insn & 0x20000000) != 0) /* MOVK has no sign */
			return -EILSEQ;
		insn = value >> 63 ? insn & ~UINT32_C(0x40000000) : insn | 0x40000000;
		value ^= 0 - (value >> 63); /* MOVN writes the complement */
	}
	mask = (UINT32_C(1) << field->width) - 1;
	bits = (uint32_t)(value >> field->shift);
	if (split(encoding)) {
		insn = (insn & 0x9f00001f) | (bits & 3) << 29 | (bits & 0x1ffffc) << 3;
	} else {
		if (encodings[encoding].bits == 12) /* the page's offset only */
			bits &= mask >> field->shift;
		insn = (insn & ~(mask << field->lsb)) | (bits & mask) << field->lsb;
	}
	memcpy(place, &insn, sizeof(insn));
	return 0;
}

/* AAELF64, "Relocation": a branch to an undefined weak symbol goes to the next instruction. */
int llext_arch_skip(uint8_t encoding, uint8_t *place, elf_addr p)
{
	static const uint32_t nop = 0xd503201f;
	uint32_t insn;

	if (encoding != BRANCH26)
		return encoding == BRANCH14 || encoding == BRANCH19
			       ? llext_arch_encode(encoding, place, p, sizeof(insn))
			       : 1;
	memcpy(&insn, place, sizeof(insn));
	if ((insn & fields[BRANCH26].mask) != fields[BRANCH26].match)
		return -EILSEQ;
	memcpy(place, &nop, sizeof(nop));
	return 0;
}

const char *llext_arch_check(const elf_ehdr_t *ehdr)
{
	/* AAELF64 defines no e_flags; what it says of BTI and PAC is a note. */
	if (ehdr->e_machine != EM_AARCH64)
		return "not for AArch64 (e_machine 183)";
	return NULL;
}

/* X16 is free for veneers (AAPCS64 6.1.1), and BTI lets BR X16 arrive at a BTI c. */
void llext_arch_veneer(uint8_t *mem, elf_addr at, elf_addr target)
{
	static const uint32_t jump[2] = {0x58000050 /* ldr x16, .+8 */, 0xd61f0200 /* br x16 */};

	(void)at;
	memcpy(mem, jump, sizeof(jump));
	memcpy(mem + sizeof(jump), &target, sizeof(target));
}
