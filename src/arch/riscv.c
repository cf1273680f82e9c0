/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V, 32 and 64 bits. Relocations and ELF header: RISC-V ABIs Specification (psABI), chapter
 * "ELF Object Files". Instructions: RISC-V Instruction Set Manual, volume I: 2.3 "Immediate
 * Encoding Variants", chapter 16 "C" (compressed).
 */
#include <errno.h>
#include <string.h>
#include "arch.h"
#include "riscv_instructions.h"

/* clang-format off */
/*
 * Bytes, bits, check, alignment of the place, scale of the value. SET, ADD and SUB make the
 * difference of two labels, S1 + A1 - (S2 + A2), in two steps; each step wraps around freely.
 * UPPER is lui or auipc (U-type), UPPER_ABSOLUTE an auipc that is to be made lui.
 */
#define ENCODINGS(X) \
	X(WORD32, 4, 32, CHECK_EITHER, 1, 1) X(WORD64, 8, 64, CHECK_NONE, 1, 1) \
	X(OFFSET32, 4, 32, CHECK_SIGNED, 1, 1) X(SET6, 1, 6, CHECK_NONE, 1, 1) \
	X(SET8, 1, 8, CHECK_NONE, 1, 1) X(SET16, 2, 16, CHECK_NONE, 1, 1) \
	X(SET32, 4, 32, CHECK_NONE, 1, 1) X(ADD8, 1, 8, CHECK_NONE, 1, 1) \
	X(ADD16, 2, 16, CHECK_NONE, 1, 1) X(ADD32, 4, 32, CHECK_NONE, 1, 1) \
	X(ADD64, 8, 64, CHECK_NONE, 1, 1) X(SUB6, 1, 6, CHECK_NONE, 1, 1) \
	X(SUB8, 1, 8, CHECK_NONE, 1, 1) X(SUB16, 2, 16, CHECK_NONE, 1, 1) \
	X(SUB32, 4, 32, CHECK_NONE, 1, 1) X(SUB64, 8, 64, CHECK_NONE, 1, 1) \
	X(SET_ULEB128, 1, 64, CHECK_NONE, 1, 1) X(SUB_ULEB128, 1, 64, CHECK_NONE, 1, 1) \
	X(UPPER, 4, 32, CHECK_ROUNDED, 2, 1) X(UPPER_ABSOLUTE, 4, 32, CHECK_ROUNDED, 2, 1) \
	X(LOWER_I, 4, 12, CHECK_NONE, 2, 1) /* I-type: loads, addi, jalr */ \
	X(LOWER_S, 4, 12, CHECK_NONE, 2, 1) /* S-type: stores */ \
	X(CALL, 8, 32, CHECK_ROUNDED, 2, 1) /* auipc and jalr */ \
	X(JAL, 4, 21, CHECK_SIGNED, 2, 2) X(BRANCH, 4, 13, CHECK_SIGNED, 2, 2) \
	X(C_BRANCH, 2, 9, CHECK_SIGNED, 2, 2) X(C_JUMP, 2, 12, CHECK_SIGNED, 2, 2) \
	X(C_LUI, 2, 18, CHECK_ROUNDED, 2, 1)

#define NAME(name, ...)  name,
#define ENTRY(name, ...) [name] = {__VA_ARGS__},

enum encoding { ENCODINGS(NAME) };
static const struct reloc_encoding encodings[] = {ENCODINGS(ENTRY)};

#define R(number, title, ...)           [number] = {RELOC_NAME("R_RISCV_" title) __VA_ARGS__}
#define IGNORED(number, title)          R(number, title, RELOC_NONE, WORD32, 0, 0)
#define REFUSED(number, title)          R(number, title, RELOC_UNSUPPORTED, WORD32, 0, 0)
#define TLS(number, title)              R(number, title, RELOC_TLS, WORD32, 0, 0)
#define ABS(number, title, encoding)    R(number, title, RELOC_ABS, encoding, 0, 0)
#define PAIR(number, title, encoding)   R(number, title, RELOC_PAIR, encoding, 0, 0)
#define BRANCH(number, title, encoding) R(number, title, RELOC_PC, encoding, RELOC_BRANCH, 0)
/* Compilers jump about in one function by these, too, with t1 in use. */
#define JUMP(number, title, encoding)                                                              \
	R(number, title, RELOC_PC, encoding, RELOC_BRANCH | RELOC_TO_FUNCTION, 0)
#define ULEB128(number, title, encoding) R(number, title, RELOC_ABS, encoding, RELOC_LEB128, 0)
#define WORD (ELF_CLASS == 1 ? WORD32 : WORD64)

/*
 * psABI, "Relocation types". A PLT entry is whatever reaches the function. RELAX allows a linker
 * to shorten code, which is not done here; ALIGN obliges it to cut padding. PCREL_HI20 to what is near
 * address zero, such as a weak symbol that nothing provides, from code that is not: auipc becomes
 * lui, as GNU ld does it. 41 and 42 once were GNU_VTINHERIT and GNU_VTENTRY, which no compiler
 * emits any more; 47 to 50 are a linker's own, 13 to 15 nobody's.
 */
static const struct reloc_type types[] = {
	IGNORED(0, "NONE"), IGNORED(51, "RELAX"), R(43, "ALIGN", RELOC_ALIGN, SET8, 0, 0),

	ABS(1, "32", WORD32), ABS(2, "64", WORD64),
	R(57, "32_PCREL", RELOC_PC, OFFSET32, 0, 0), BRANCH(59, "PLT32", OFFSET32),
	R(41, "GOT32_PCREL", RELOC_GOT_PC, OFFSET32, 0, 0),

	ABS(53, "SET6", SET6), ABS(54, "SET8", SET8), ABS(55, "SET16", SET16),
	ABS(56, "SET32", SET32), ABS(33, "ADD8", ADD8), ABS(34, "ADD16", ADD16),
	ABS(35, "ADD32", ADD32), ABS(36, "ADD64", ADD64), ABS(52, "SUB6", SUB6),
	ABS(37, "SUB8", SUB8), ABS(38, "SUB16", SUB16), ABS(39, "SUB32", SUB32),
	ABS(40, "SUB64", SUB64), ULEB128(60, "SET_ULEB128", SET_ULEB128),
	ULEB128(61, "SUB_ULEB128", SUB_ULEB128),

	BRANCH(18, "CALL", CALL), BRANCH(19, "CALL_PLT", CALL), JUMP(16, "BRANCH", BRANCH),
	JUMP(17, "JAL", JAL), JUMP(44, "RVC_BRANCH", C_BRANCH), JUMP(45, "RVC_JUMP", C_JUMP),

	ABS(26, "HI20", UPPER), ABS(27, "LO12_I", LOWER_I), ABS(28, "LO12_S", LOWER_S),
	ABS(46, "RVC_LUI", C_LUI),
	R(20, "GOT_HI20", RELOC_GOT_PC, UPPER, RELOC_HIGH, 0),
	R(23, "PCREL_HI20", RELOC_PC, UPPER, RELOC_HIGH | RELOC_OR_ABS, UPPER_ABSOLUTE),
	PAIR(24, "PCREL_LO12_I", LOWER_I), PAIR(25, "PCREL_LO12_S", LOWER_S),

	R(3, "RELATIVE", RELOC_RELATIVE, WORD, RELOC_DYNAMIC, 0),
	R(5, "JUMP_SLOT", RELOC_ABS, WORD, RELOC_DYNAMIC, 0),
	REFUSED(4, "COPY"), REFUSED(58, "IRELATIVE"),

	TLS(6, "TLS_DTPMOD32"), TLS(7, "TLS_DTPMOD64"), TLS(8, "TLS_DTPREL32"),
	TLS(9, "TLS_DTPREL64"), TLS(10, "TLS_TPREL32"), TLS(11, "TLS_TPREL64"), TLS(12, "TLSDESC"),
	TLS(21, "TLS_GOT_HI20"), TLS(22, "TLS_GD_HI20"), TLS(29, "TPREL_HI20"),
	TLS(30, "TPREL_LO12_I"), TLS(31, "TPREL_LO12_S"), TLS(32, "TPREL_ADD"), TLS(65, "TLSDESC_CALL"),
	TLS(62, "TLSDESC_HI20"), TLS(63, "TLSDESC_LOAD_LO12"), TLS(64, "TLSDESC_ADD_LO12"),
};
/* clang-format on */

const struct reloc_type *llext_arch_reloc(uint32_t type)
{
	return &types[type < sizeof(types) / sizeof(types[0]) ? type : 13];
}

const struct reloc_encoding *llext_arch_encoding(uint8_t encoding)
{
	return &encodings[encoding];
}

/* Never called: the psABI has tables with addends only; see LLEXT_ARCH_RELA_ONLY. */
elf_saddr llext_arch_addend(uint8_t encoding, const uint8_t *place)
{
	(void)encoding;
	(void)place;
	return 0;
}

/* ---- data ---- */

static void encode_word(uint8_t encoding, uint8_t *place, uint64_t value)
{
	size_t bytes = encodings[encoding].bytes;
	uint64_t old = 0;

	memcpy(&old, place, bytes);
	if (encoding >= ADD8 && encoding <= ADD64)
		value = old + value;
	else if (encoding >= SUB6 && encoding <= SUB64)
		value = old - value;
	if (encoding == SET6 || encoding == SUB6)
		value = (old & 0xc0) | (value & 0x3f);
	memcpy(place, &value, bytes);
}

/* As many bytes as there are; relocate.c has seen that the number ends inside the section. */
static void encode_uleb128(uint8_t encoding, uint8_t *place, uint64_t value)
{
	int more, borrow = 0;

	do {
		int digit = (int)(value & 0x7f);

		more = *place & 0x80;
		if (encoding == SUB_ULEB128) {
			digit = (*place & 0x7f) - digit - borrow;
			borrow = digit < 0;
		}
		*place++ = (uint8_t)(more | (digit & 0x7f));
		value >>= 7;
	} while (more);
}

/* ---- instructions ---- */

static bool encode_c_lui(uint8_t *place, uint32_t v)
{
	uint32_t half = half_at(place);

	if ((half & 0xe003) != 0x6001)
		return false;
	v += 0x800;
	half &= v & 0x3f000 ? 0xef83 : 0xcf83; /* c.lui cannot load zero: c.li */
	put_half(place, half | (v & 0x20000) >> 5 | (v & 0x1f000) >> 10);
	return true;
}

static bool encode_instruction(uint8_t encoding, uint8_t *place, uint32_t v)
{
	switch (encoding) {
	case UPPER:
		return llext_riscv_upper(place, v);
	case UPPER_ABSOLUTE:
		if (!llext_riscv_upper(place, v))
			return false;
		*place |= 0x20;
		return true;
	case LOWER_I:
		return llext_riscv_lower(place, v);
	case LOWER_S:
		return llext_riscv_store(place, v);
	case CALL:
		return llext_riscv_call(place, v);
	case JAL:
		return llext_riscv_jump(place, v);
	case BRANCH:
		return llext_riscv_branch(place, v);
	case C_BRANCH:
		return llext_riscv_c_branch(place, v);
	case C_JUMP:
		return llext_riscv_c_jump(place, v);
	default:
		return encode_c_lui(place, v);
	}
}

int llext_arch_encode(uint8_t encoding, uint8_t *place, elf_addr p, elf_addr value)
{
	(void)p;
	if (encoding >= UPPER)
		return encode_instruction(encoding, place, (uint32_t)value) ? 0 : -EILSEQ;
	if (encoding >= SET_ULEB128)
		encode_uleb128(encoding, place, value);
	else
		encode_word(encoding, place, value);
	return 0;
}

/* ---- the file's header ---- */

#define EF_RISCV_RVC       0x0001u
#define EF_RISCV_FLOAT_ABI 0x0006u
#define EF_RISCV_RVE       0x0008u
#define EF_RISCV_OTHER     0x00fffff0u /* without the byte for non-standard extensions */

/*
 * What the processor that this is compiled for runs. A core for the desk is compiled for none: it
 * takes every ABI of its class, and the device that the file goes to takes or refuses it.
 */
#if defined(__riscv_float_abi_double)
#define FIRMWARE_ABI 0x4u
#elif defined(__riscv_float_abi_single)
#define FIRMWARE_ABI 0x2u
#elif defined(__riscv_32e) || defined(__riscv_e)
#define FIRMWARE_ABI EF_RISCV_RVE
#else
#define FIRMWARE_ABI 0u
#endif

const char *llext_arch_check(const elf_ehdr_t *ehdr)
{
	elf_word flags = ehdr->e_flags;

	if (ehdr->e_machine != EM_RISCV)
		return "not for RISC-V (e_machine 243)";
#if defined(__riscv)
	if ((flags & (EF_RISCV_FLOAT_ABI | EF_RISCV_RVE)) != FIRMWARE_ABI)
		return "another ABI than the firmware's (-mabi)";
#ifndef __riscv_compressed
	if (flags & EF_RISCV_RVC)
		return "compressed code, which this processor does not run";
#endif
#endif
	if (flags & EF_RISCV_OTHER)
		return "e_flags asks for something unknown";
	return NULL;
}

/* ---- veneers: t1 is a call's to change, and every base has it (psABI, "Register Convention") */
void llext_arch_veneer(uint8_t *mem, elf_addr at, elf_addr target)
{
	if (ELF_CLASS == 1) {
		put_word(mem, 0x00000317);     /* auipc t1, upper part */
		put_word(mem + 4, 0x00030067); /* jr lower(t1) */
		(void)llext_riscv_call(mem, (uint32_t)(target - at));
		return;
	}
	put_word(mem, 0x00000317);     /* auipc t1, 0 */
	put_word(mem + 4, 0x01033303); /* ld t1, 16(t1): the eight bytes at mem + 16 */
	put_word(mem + 8, 0x00030067); /* jr t1 */
	memcpy(mem + 16, &target, sizeof(target));
}

void llext_arch_pad(uint8_t *mem, size_t bytes)
{
	static const uint32_t nop = 0x00000013;

	for (; bytes >= 4; bytes -= 4, mem += 4)
		memcpy(mem, &nop, sizeof(nop)); /* what says where it is may lie */
	if (bytes >= 2)
		memcpy(mem, "\x01", 2); /* c.nop */
}
