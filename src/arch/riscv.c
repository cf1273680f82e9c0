/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RISC-V, 32 and 64 bits. Relocations and ELF header: RISC-V ABIs Specification (psABI), chapter
 * "ELF Object Files". Instructions: RISC-V Instruction Set Manual, volume I: 2.3 "Immediate
 * Encoding Variants", chapter 16 "C" (compressed).
 */
#include <errno.h>
#include <string.h>
#include "arch.h"
#include "../fast/fast_riscv.h"

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
	X(DOUBLE, 2 * sizeof(elf_addr), 64, CHECK_NONE, 1, 1) /* only its place is checked by it */ \
	X(UPPER, 4, 32, CHECK_ROUNDED, 2, 1) X(UPPER_ABSOLUTE, 4, 32, CHECK_ROUNDED, 2, 1) \
	X(LOWER_I, 4, 12, CHECK_NONE, 2, 1) X(LOWER_S, 4, 12, CHECK_NONE, 2, 1) \
	X(CALL, 8, 32, CHECK_ROUNDED, 2, 1) /* auipc and jalr */ \
	X(JAL, 4, 21, CHECK_SIGNED, 2, 2) X(BRANCH, 4, 13, CHECK_SIGNED, 2, 2) \
	X(C_BRANCH, 2, 9, CHECK_SIGNED, 2, 2) X(C_JUMP, 2, 12, CHECK_SIGNED, 2, 2) \
	X(C_LUI, 2, 18, CHECK_ROUNDED, 2, 1)

#define NAME(name, ...)  name,
#define ENTRY(name, ...) [name] = {__VA_ARGS__},

enum encoding { ENCODINGS(NAME) };
static const struct reloc_encoding encodings[] = {ENCODINGS(ENTRY)};

#define IGNORED(number, title)          R(number, title, RELOC_NONE, WORD32, 0, 0)
#define REFUSED(number, title)          R(number, title, RELOC_UNSUPPORTED, WORD32, 0, 0)
#define ABS(number, title, encoding)    R(number, title, RELOC_ABS, encoding, 0, 0)
#define PAIR(number, title, encoding)   R(number, title, RELOC_PAIR, encoding, 0, 0)
#define BRANCH(number, title, encoding) R(number, title, RELOC_PC, encoding, RELOC_BRANCH, 0)
/* Compilers use these for jumps inside a function, too, where t1 may be in use. */
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
#if LLEXT_ON(CONFIG_LLEXT_TLS)
#include "../tls/types_riscv.h"
#else
#define TLS_TYPES
#endif
#define TYPES \
	IGNORED(0, "NONE") IGNORED(51, "RELAX") R(43, "ALIGN", RELOC_ALIGN, SET8, 0, 0) ABS(1, "32", WORD32) \
	ABS(2, "64", WORD64) R(57, "32_PCREL", RELOC_PC, OFFSET32, 0, 0) BRANCH(59, "PLT32", OFFSET32) \
	R(41, "GOT32_PCREL", RELOC_GOT_PC, OFFSET32, 0, 0) ABS(53, "SET6", SET6) ABS(54, "SET8", SET8) \
	ABS(55, "SET16", SET16) ABS(56, "SET32", SET32) ABS(33, "ADD8", ADD8) ABS(34, "ADD16", ADD16) \
	ABS(35, "ADD32", ADD32) ABS(36, "ADD64", ADD64) ABS(52, "SUB6", SUB6) ABS(37, "SUB8", SUB8) \
	ABS(38, "SUB16", SUB16) ABS(39, "SUB32", SUB32) ABS(40, "SUB64", SUB64) \
	ULEB128(60, "SET_ULEB128", SET_ULEB128) ULEB128(61, "SUB_ULEB128", SUB_ULEB128) \
	BRANCH(18, "CALL", CALL) BRANCH(19, "CALL_PLT", CALL) JUMP(16, "BRANCH", BRANCH) JUMP(17, "JAL", JAL) \
	JUMP(44, "RVC_BRANCH", C_BRANCH) JUMP(45, "RVC_JUMP", C_JUMP) ABS(26, "HI20", UPPER) \
	ABS(27, "LO12_I", LOWER_I) ABS(28, "LO12_S", LOWER_S) ABS(46, "RVC_LUI", C_LUI) \
	R(20, "GOT_HI20", RELOC_GOT_PC, UPPER, RELOC_HIGH | RELOC_GDAT, 0) \
	R(23, "PCREL_HI20", RELOC_PC, UPPER, RELOC_HIGH | RELOC_OR_ABS, UPPER_ABSOLUTE) \
	PAIR(24, "PCREL_LO12_I", LOWER_I) PAIR(25, "PCREL_LO12_S", LOWER_S) \
	R(3, "RELATIVE", RELOC_RELATIVE, WORD, RELOC_DYNAMIC, 0) \
	R(5, "JUMP_SLOT", RELOC_ABS, WORD, RELOC_DYNAMIC, 0) REFUSED(4, "COPY") REFUSED(58, "IRELATIVE") \
	TLS_TYPES
/* clang-format on */

#define R(number, title, ...) [number] = {__VA_ARGS__},
static const struct reloc_type types[] = {TYPES};
#define PREFIX "R_RISCV_"
#include "names.h"

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
	(void)encoding, (void)place;
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

/* Keeps the number of bytes; relocate.c has checked that the number ends inside the section. */
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

/* ---- instructions: read and written in halves, since they lie at any even address ---- */

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

/* auipc, lui: 31:12. The lower 12 bits will be added with a sign, so these are rounded. */
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

static bool (*const instructions[])(uint8_t *place, uint32_t v) = {
	[UPPER - UPPER] = llext_riscv_upper,   [UPPER_ABSOLUTE - UPPER] = llext_riscv_upper,
	[LOWER_I - UPPER] = llext_riscv_lower, [LOWER_S - UPPER] = llext_riscv_store,
	[CALL - UPPER] = llext_riscv_call,     [JAL - UPPER] = llext_riscv_jump,
	[BRANCH - UPPER] = llext_riscv_branch, [C_BRANCH - UPPER] = llext_riscv_c_branch,
	[C_JUMP - UPPER] = llext_riscv_c_jump, [C_LUI - UPPER] = encode_c_lui,
};

int llext_arch_encode(uint8_t encoding, uint8_t *place, elf_addr p, elf_addr value)
{
	(void)p;
	if (encoding >= UPPER) {
		if (!instructions[encoding - UPPER](place, (uint32_t)value))
			return -EILSEQ;
		if (encoding == UPPER_ABSOLUTE) /* an auipc is made lui */
			*place |= 0x20;
		return 0;
	}
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
 * The ABI of the processor that this is compiled for. A core for the desk takes every ABI of its
 * class; the device will check the file itself.
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

/* ---- veneers: a call may change t1, which every base has (psABI, "Register Convention") ---- */
void llext_arch_veneer(uint8_t *mem, elf_addr at, elf_addr target)
{
	static const uint32_t call[] = {0x00000317, 0x00030067}; /* auipc t1, upper; jr lower(t1) */
	/* auipc t1, 0; ld t1, 16(t1): the eight bytes at mem + 16; jr t1 */
	static const uint32_t jump[] = {0x00000317, 0x01033303, 0x00030067};

	memcpy(mem, ELF_CLASS == 1 ? call : jump, ELF_CLASS == 1 ? sizeof(call) : sizeof(jump));
	if (ELF_CLASS == 1)
		(void)llext_riscv_call(mem, (uint32_t)(target - at));
	else
		memcpy(mem + 16, &target, sizeof(target));
}

void llext_arch_pad(uint8_t *mem, size_t bytes)
{
	for (; bytes >= 4; bytes -= 4, mem += 4) {
		mem[0] = 0x13; /* nop; by bytes, since a malformed file may misalign it */
		mem[1] = mem[2] = mem[3] = 0;
	}
	if (bytes >= 2) {
		mem[0] = 0x01; /* c.nop */
		mem[1] = 0;
	}
}
