/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x86-64. Relocations: System V ABI, AMD64 Architecture Processor Supplement, 4.4 "Relocation".
 * Instructions: Intel SDM volume 2.
 */
#include <string.h>
#include "arch.h"

enum encoding {
	WORD8,
	WORD16,
	WORD32_UNSIGNED, /* zero-extended by the processor */
	WORD32_SIGNED,   /* sign-extended by the processor */
	WORD64,
	WORD128, /* a descriptor: its place is checked by it, its addend is the second word */
	DISPLACEMENT8,
	SLOT, /* a word whose old content is for lazy binding, not an addend */
};

static const struct reloc_encoding encodings[] = {
	[WORD8] = {.bytes = 1, .bits = 8, .check = CHECK_BITFIELD},
	[WORD16] = {.bytes = 2, .bits = 16, .check = CHECK_BITFIELD},
	[WORD32_UNSIGNED] = {.bytes = 4, .bits = 32, .check = CHECK_UNSIGNED},
	[WORD32_SIGNED] = {.bytes = 4, .bits = 32, .check = CHECK_SIGNED},
	[WORD64] = {.bytes = 8, .bits = 64, .check = CHECK_NONE},
	[WORD128] = {.bytes = 16, .bits = 64, .check = CHECK_NONE},
	[DISPLACEMENT8] = {.bytes = 1, .bits = 8, .check = CHECK_SIGNED},
	[SLOT] = {.bytes = 8, .bits = 64, .check = CHECK_NONE},
};

/*
 * Table 4.9. The GOTPCRELX pair allows, but does not oblige, a linker to rewrite the instruction.
 * A PLT entry is whatever reaches the function, so L is S, by a veneer where it must be.
 */
/* clang-format off */
#define TYPES \
	R(0, "NONE", RELOC_NONE, WORD64, 0, 0) \
	R(1, "64", RELOC_ABS, WORD64, 0, 0) \
	R(2, "PC32", RELOC_PC, WORD32_SIGNED, 0, 0) \
	R(3, "GOT32", RELOC_GOT_OFFSET, WORD32_SIGNED, 0, 0) \
	R(4, "PLT32", RELOC_PC, WORD32_SIGNED, RELOC_BRANCH, -4) \
	R(5, "COPY", RELOC_UNSUPPORTED, WORD64, 0, 0) \
	R(6, "GLOB_DAT", RELOC_ABS, SLOT, RELOC_DYNAMIC, 0) \
	R(7, "JUMP_SLOT", RELOC_ABS, SLOT, RELOC_DYNAMIC, 0) \
	R(8, "RELATIVE", RELOC_RELATIVE, WORD64, RELOC_DYNAMIC, 0) \
	R(9, "GOTPCREL", RELOC_GOT_PC, WORD32_SIGNED, 0, 0) \
	R(10, "32", RELOC_ABS, WORD32_UNSIGNED, 0, 0) \
	R(11, "32S", RELOC_ABS, WORD32_SIGNED, 0, 0) \
	R(12, "16", RELOC_ABS, WORD16, 0, 0) \
	R(13, "PC16", RELOC_PC, WORD16, 0, 0) \
	R(14, "8", RELOC_ABS, WORD8, 0, 0) \
	R(15, "PC8", RELOC_PC, DISPLACEMENT8, 0, 0) \
	R(16, "DTPMOD64", RELOC_TLS_MODULE, WORD64, RELOC_TLS | RELOC_DYNAMIC, 0) \
	R(17, "DTPOFF64", RELOC_TLS_OFFSET, WORD64, RELOC_TLS, 0) \
	R(18, "TPOFF64", RELOC_ABS, WORD64, RELOC_TLS, 0) \
	R(19, "TLSGD", RELOC_TLS_PC, WORD32_SIGNED, RELOC_TLS, TLS_GENERAL) \
	R(20, "TLSLD", RELOC_TLS_PC, WORD32_SIGNED, RELOC_TLS, TLS_LOCAL) \
	R(21, "DTPOFF32", RELOC_TLS_OFFSET, WORD32_SIGNED, RELOC_TLS, 0) \
	R(22, "GOTTPOFF", RELOC_GOT_PC, WORD32_SIGNED, RELOC_TLS, 0) \
	R(23, "TPOFF32", RELOC_ABS, WORD32_SIGNED, RELOC_TLS, 0) \
	R(24, "PC64", RELOC_PC, WORD64, 0, 0) \
	R(25, "GOTOFF64", RELOC_FROM_GOT, WORD64, 0, 0) \
	R(26, "GOTPC32", RELOC_GOT_BASE_PC, WORD32_SIGNED, 0, 0) \
	R(27, "GOT64", RELOC_GOT_OFFSET, WORD64, 0, 0) \
	R(28, "GOTPCREL64", RELOC_GOT_PC, WORD64, 0, 0) \
	R(29, "GOTPC64", RELOC_GOT_BASE_PC, WORD64, 0, 0) \
	R(30, "GOTPLT64", RELOC_GOT_OFFSET, WORD64, 0, 0) \
	R(31, "PLTOFF64", RELOC_FROM_GOT, WORD64, 0, 0) \
	R(32, "SIZE32", RELOC_SIZE, WORD32_UNSIGNED, 0, 0) \
	R(33, "SIZE64", RELOC_SIZE, WORD64, 0, 0) \
	R(34, "GOTPC32_TLSDESC", RELOC_TLS_PC, WORD32_SIGNED, RELOC_TLS, TLS_DESC) \
	R(35, "TLSDESC_CALL", RELOC_NONE, WORD32_SIGNED, 0, 0) \
	R(36, "TLSDESC", RELOC_TLS_DESC, WORD128, RELOC_TLS | RELOC_DYNAMIC, 0) \
	R(37, "IRELATIVE", RELOC_UNSUPPORTED, WORD64, 0, 0) \
	R(41, "GOTPCRELX", RELOC_GOT_PC, WORD32_SIGNED, 0, 0) \
	R(42, "REX_GOTPCRELX", RELOC_GOT_PC, WORD32_SIGNED, 0, 0)
/* clang-format on */

#define R(number, title, ...) [number] = {__VA_ARGS__},
static const struct reloc_type types[] = {TYPES};
#define PREFIX "R_X86_64_"
#include "names.h"

const struct reloc_type *llext_arch_reloc(uint32_t type)
{
	return &types[type < sizeof(types) / sizeof(types[0]) ? type : 38];
}

const struct reloc_encoding *llext_arch_encoding(uint8_t encoding)
{
	return &encodings[encoding];
}

elf_saddr llext_arch_addend(uint8_t encoding, const uint8_t *place)
{
	uint64_t raw = 0;
	unsigned int unused = 64u - encodings[encoding].bits;

	if (encoding == WORD128)
		memcpy(&raw, place + sizeof(raw), sizeof(raw));
	else if (encoding != SLOT)
		memcpy(&raw, place, encodings[encoding].bytes);
	return (elf_saddr)(raw << unused) >> unused;
}

int llext_arch_encode(uint8_t encoding, uint8_t *place, elf_addr p, elf_addr value)
{
	(void)p;
	/* With constant sizes, each becomes a single store. */
	switch (encodings[encoding].bytes) {
	case 8:
		memcpy(place, &value, 8);
		break;
	case 4:
		memcpy(place, &value, 4);
		break;
	case 2:
		memcpy(place, &value, 2);
		break;
	default:
		*place = (uint8_t)value;
		break;
	}
	return 0;
}

const char *llext_arch_check(const elf_ehdr_t *ehdr)
{
	if (ehdr->e_machine != EM_X86_64)
		return "not for x86-64 (e_machine 62)";
	return NULL; /* the psABI defines no e_flags */
}

/* endbr64 is not needed: a veneer is reached by direct calls and jumps only. */
void llext_arch_veneer(uint8_t *mem, elf_addr at, elf_addr target)
{
	static const uint8_t jump[8] = {
		0xff, 0x25, 0x02, 0x00, 0x00, 0x00, /* jmp *2(%rip): the eight bytes at mem + 8 */
		0xcc, 0xcc,
	};

	(void)at;
	memcpy(mem, jump, sizeof(jump));
	memcpy(mem + sizeof(jump), &target, sizeof(target));
}
