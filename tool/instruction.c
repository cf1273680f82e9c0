/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions that processors refuse: the extension of the architecture that they belong to. Only
 * what follows an undefined instruction is looked up, so that masks may take in more than exists.
 * The first line that fits counts. Encodings: Arm DDI 0487 (C4), DDI 0553 (C2), The RISC-V
 * Instruction Set Manual (volume I, chapter 34), Xtensa ISA Reference Manual (chapter 6), Intel's
 * manual (volume 2, appendix A).
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include "instruction.h"

#define TRAP                                                                                       \
	"a trap that the compiler has put where nothing shall come: __builtin_trap(), or "         \
	"undefined behaviour"
#define NO_CODE "zeros: a trap of the compiler's, code that was written over, or a jump into data"
#define MARCH   "; the processor does not have it: compile with its -mcpu= or -march="

struct line {
	uint32_t mask, value;
	const char *hint;
};

static const struct line aarch64[] = {
	{0xffffffff, 0, NO_CODE},
	{0xffff0000, 0x00000000, TRAP}, /* UDF */
	{0xffe0001f, 0xd4200000, TRAP}, /* BRK */
#define LSE                                                                                        \
	"an instruction of LSE atomics (Armv8.1)" MARCH                                            \
	", such as -march=armv8-a; -moutline-atomics asks the firmware at run time"
	{0x3fa07c00, 0x08a07c00, LSE}, /* CAS */
	{0xbfa07c00, 0x08207c00, LSE}, /* CASP */
	{0x3ffffc00, 0x38bfc000, "a load-acquire of RCpc (Armv8.3)" MARCH},
	{0x3f200c00, 0x38200000, LSE}, /* LDADD, SWP and the like */
	{0x3f200c00, 0x19000000, "a load or store of RCpc (Armv8.4)" MARCH},
	{0x1e000000, 0x04000000, "an instruction of SVE" MARCH},
	{0x9e000000, 0x80000000, "an instruction of SME" MARCH},
	{0x9fe0fc00, 0x0e809400, "a dot product (+dotprod)" MARCH},
	{0x9fc0f400, 0x0f80e000, "a dot product (+dotprod)" MARCH},
	{0xbfe0fc00, 0x2e40fc00, "an instruction of BFloat16 (+bf16)" MARCH},
	{0xdfe0f400, 0x4e80a400, "a multiplication of matrices (+i8mm)" MARCH},
	{0xbf20f400, 0x2e008400, "a rounding multiplication (+rdma, Armv8.1)" MARCH},
	{0xbf20e400, 0x2e00c400, "an instruction for complex numbers (Armv8.3)" MARCH},
	{0xbf20ec00, 0x2e00e400, "an instruction for complex numbers (Armv8.3)" MARCH},
	{0x5fe00000, 0x1ee00000, "half-precision floating point (+fp16)" MARCH},
	{0xffc00000, 0x1fc00000, "half-precision floating point (+fp16)" MARCH},
	{0x9f60c400, 0x0e400400, "half-precision floating point (+fp16)" MARCH},
	{0x9f7e0c00, 0x0e780800, "half-precision floating point (+fp16)" MARCH},
#define PAC                                                                                        \
	"an instruction of pointer authentication (Armv8.3)" MARCH                                 \
	", or with -mbranch-protection=none"
	{0xfe9ff800, 0xd61f0800, PAC}, /* RETAA, BRAA, BLRAA */
	{0xffff0000, 0xdac10000, PAC},
	{0xff200400, 0xf8200400, PAC}, /* LDRAA */
	{0xff200000, 0xd9200000, "an instruction of memory tagging (Armv8.5)" MARCH},
	{0x7fe0e000, 0x1ac04000, "a checksum (+crc)" MARCH},
	{0xff3e0c00, 0x4e280800, "an instruction for AES (+crypto)" MARCH},
	{0xff208c00, 0x5e000000, "an instruction for SHA (+crypto)" MARCH},
	{0xff3e0c00, 0x5e280800, "an instruction for SHA (+crypto)" MARCH},
	{0xff000000, 0xce000000, "an instruction for SHA-3, SHA-512 or SM3" MARCH},
	{0xffc00000, 0xd5000000,
	 "a system register that this level may not use, or that is not there"},
	{0x0e000000, 0x0e000000, "an instruction for vectors or floating point" MARCH},
	{0x0e000000, 0x0c000000, "an instruction for vectors or floating point" MARCH},
	{0, 0, NULL},
};

static const struct line riscv16[] = {
	{0xffff, 0x0000, NO_CODE},
	{0xffff, 0x9002, TRAP}, /* C.EBREAK */
	{0xfc63, 0x9c41, "an instruction of Zcb" MARCH},
	{0xfc63, 0x9c61, "an instruction of Zcb" MARCH},
	{0xe003, 0x8000, "an instruction of Zcb" MARCH},
	{0xe003, 0x2000, "floating point, compressed (C with D)" MARCH},
	{0xe003, 0xa000, "floating point, compressed (C with D)" MARCH},
	{0xe003, 0x2002, "floating point, compressed (C with D)" MARCH},
	{0xe003, 0xa002,
	 "floating point, compressed (C with D), or an instruction of Zcmp or Zcmt" MARCH},
	{0x6003, 0x6000, "floating point, compressed (C with F)" MARCH},
	{0x6003, 0x6002, "floating point, compressed (C with F)" MARCH},
	{0, 0, "an instruction of 16 bits (C)" MARCH},
};

static const struct line riscv[] = {
	{0xffffffff, 0xc0001073, TRAP}, /* UNIMP */
	{0xffffffff, 0x00100073, TRAP}, /* EBREAK */
	{0x7f, 0x57, "an instruction for vectors (V)" MARCH},
	{0x7f, 0x77, "an instruction for vectors, of cryptography (Zvk)" MARCH},
	{0x705f, 0x2007, "floating point, single precision (F)" MARCH},
	{0x705f, 0x3007, "floating point, double precision (D)" MARCH},
	{0x705f, 0x1007, "floating point, half precision (Zfh)" MARCH},
	{0x5f, 0x07, "an instruction for vectors (V)" MARCH},
	{0x0600007f, 0x04000053, "floating point, half precision (Zfh)" MARCH},
	{0x0600007f, 0x02000053, "floating point, double precision (D)" MARCH},
	{0x7f, 0x53, "floating point, single precision (F)" MARCH},
	{0x06000073, 0x02000043, "floating point, double precision (D)" MARCH},
	{0x73, 0x43, "floating point, single precision (F)" MARCH},
	{0xf800007f, 0x2800002f, "an atomic instruction of Zacas" MARCH},
	{0x7f, 0x2f, "an atomic instruction (A)" MARCH},
	{0xfe000077, 0x02000033, "a multiplication or division (M)" MARCH},
#define ZBA "address arithmetic (Zba)" MARCH
#define ZBB "bit manipulation (Zbb)" MARCH
#define ZBS "single bits (Zbs)" MARCH
	{0xfe001077, 0x20000033, ZBA},
	{0xfe00707f, 0x0800003b, ZBA},
	{0xfc00707f, 0x0800101b, ZBA},
	{0xfe007077, 0x0a001033, "carry-less multiplication (Zbc)" MARCH},
	{0xfe007077, 0x0a002033, "carry-less multiplication (Zbc)" MARCH},
	{0xfe007077, 0x0a003033, "carry-less multiplication (Zbc)" MARCH},
	{0xfe004077, 0x0a004033, ZBB}, /* MIN, MAX */
	{0xfe00707f, 0x40007033, ZBB}, /* ANDN */
	{0xfe00707f, 0x40006033, ZBB},
	{0xfe00707f, 0x40004033, ZBB},
	{0xfc000057, 0x60000013, ZBB}, /* CLZ, ROL and the like */
	{0xfff0707f, 0x28705013, ZBB}, /* ORC.B */
	{0xfdf0707f, 0x69805013, ZBB}, /* REV8 */
	{0xfff07077, 0x08004033, ZBB}, /* ZEXT.H */
	{0xbc00007f, 0x28000033, ZBS},
	{0xbc00007f, 0x28000013, ZBS},
	{0xfc00007f, 0x48000033, ZBS},
	{0xfc00007f, 0x48000013, ZBS},
	{0xfe00507f, 0x0e005033, "a conditional instruction (Zicond)" MARCH},
	{0x707f, 0x2073, "a control register that this mode may not use, or that is not there"},
	{0x7f, 0x73, "a control register or an instruction that this mode may not use"},
	{0x707f, 0x100f, "FENCE.I (Zifencei)" MARCH},
	{0x707f, 0x200f, "an instruction for caches (Zicbom)" MARCH},
	{0x1f, 0x0b, "an instruction of the vendor's own" MARCH},
	{0x7f, 0x5b, "an instruction of the vendor's own" MARCH},
	{0, 0, NULL},
};

static const struct line thumb16[] = {
	{0xff00, 0xde00, TRAP}, /* UDF */
	{0xff00, 0xbe00, TRAP}, /* BKPT */
	{0xf500, 0xb100, "an instruction of Armv7-M or Armv8-M (CBZ)" MARCH},
	{0xff00, 0xbf00, "an instruction of Armv7-M (IT)" MARCH},
	{0, 0, NULL},
};

#define DIVISION                                                                                   \
	"a division, by zero or on a processor that does not have it (it is of Armv7-M): compile " \
	"with its -mcpu= or -march="

/* The first half-word is the upper one. */
static const struct line thumb32[] = {
	{0xfff0f000, 0xf7f0a000, TRAP}, /* UDF.W */
	{0xfe001e00, 0xec001e00, "an instruction for vectors (MVE)" MARCH},
	{0xef000000, 0xef000000, "an instruction for vectors (MVE)" MARCH},
	{0xfc000f00, 0xec000900, "half-precision floating point" MARCH},
	{0xfc000e00, 0xec000a00,
	 "an instruction for floating point; the processor has no FPU for it, or it is off: "
	 "compile with -mfloat-abi=soft or its -mfpu="},
	{0xfc000000, 0xec000000,
	 "an instruction for a coprocessor (CDE, or MRC and the like)" MARCH},
	{0xf800d001, 0xf000c001, "a low-overhead loop (Armv8.1-M)" MARCH},
	{0xfff0c000, 0xea508000, "a conditional selection (Armv8.1-M)" MARCH},
	{0xfff08010, 0xeac00000, "an instruction of the DSP extension" MARCH},
	{0xff80f000, 0xfa80f000, "an instruction of the DSP extension" MARCH},
	{0xff80f080, 0xfa00f080, "an instruction of the DSP extension" MARCH},
	{0xfff0f0f0, 0xfbb0f0f0, DIVISION},
	{0xfff0f0f0, 0xfb90f0f0, DIVISION},
	{0xfff00000, 0xfb000000, "a multiplication of Armv7-M" MARCH},
	{0xff800000, 0xfb000000, "an instruction of the DSP extension" MARCH},
	{0xffc000c0, 0xfbc00080, "an instruction of the DSP extension" MARCH},
	{0xfff000f0, 0xfbe00060, "an instruction of the DSP extension" MARCH},
	{0xffe00080, 0xe8c00080, "a load-acquire or store-release (Armv8-M)" MARCH},
	{0xffe000c0, 0xe8c00040, "an exclusive access (Armv7-M)" MARCH},
	{0xffe00000, 0xe8400000, "an exclusive access (Armv7-M)" MARCH},
	{0, 0, "an instruction of 32 bits (Armv7-M or later)" MARCH},
};

/* Of 24 bits, or of 16 in the lower ones. */
static const struct line xtensa[] = {
	{0xffffff, 0, NO_CODE},     /* ILL */
	{0xfff00f, 0x004000, TRAP}, /* BREAK */
	{0xf0ff, 0xf02d, TRAP},     /* BREAK.N */
	{0xffff, 0xf06d, TRAP},     /* ILL.N */
	{0, 0, NULL},
};

/* The bytes behind prefixes. */
static const struct line x86[] = {
	{0xffff, 0x0b0f, TRAP}, /* UD2 */
	{0xff, 0x62, "an instruction of AVX-512" MARCH},
	{0xff, 0xc4, "an instruction of AVX or later" MARCH},
	{0xff, 0xc5, "an instruction of AVX or later" MARCH},
	{0xf8ffff, 0xc8380f, "an instruction for SHA" MARCH},
	{0xf8ffff, 0xd8380f, "an instruction for AES" MARCH},
	{0xfeffff, 0xf0380f, "MOVBE or a checksum" MARCH},
	{0xffffff, 0xf6380f, "an addition with carry (ADX)" MARCH},
	{0xffff, 0x380f, "an instruction of SSSE3 or later" MARCH},
	{0xffff, 0x3a0f, "an instruction of SSSE3 or later" MARCH},
	{0xffff, 0xb80f, "POPCNT" MARCH},
	{0, 0, NULL},
};

static const char *look_up(const struct line *line, uint32_t word)
{
	while ((word & line->mask) != line->value)
		line++;
	return line->hint;
}

static const char *x86_hint(const uint8_t *bytes, size_t count)
{
	uint32_t word = 0;

	while (count > 0 && (bytes[0] == 0x66 || bytes[0] == 0xf2 || bytes[0] == 0xf3 ||
			     (bytes[0] & 0xf0) == 0x40)) {
		bytes++;
		count--;
	}
	for (size_t i = 0; i < 3 && i < count; i++)
		word |= (uint32_t)bytes[i] << 8 * i;
	return count > 0 ? look_up(x86, word) : NULL;
}

const char *instruction_hint(uint16_t machine, const uint8_t *bytes, size_t count)
{
	uint32_t half, word;

	if (machine == EM_X86_64)
		return x86_hint(bytes, count);
	if (count < 2)
		return NULL;
	half = (uint32_t)file_word(bytes, 2);
	word = count >= 4 ? (uint32_t)file_word(bytes, 4) : half;
	switch (machine) {
	case EM_AARCH64:
		return count >= 4 ? look_up(aarch64, word) : NULL;
	case EM_RISCV:
		return (half & 3) != 3 ? look_up(riscv16, half) : look_up(riscv, word);
	case EM_ARM: /* in Thumb state */
		return half < 0xe800 ? look_up(thumb16, half)
				     : look_up(thumb32, half << 16 | word >> 16);
	case EM_XTENSA:
		word = count >= 3 ? (uint32_t)file_word(bytes, 2) | (uint32_t)bytes[2] << 16 : half;
		return look_up(xtensa, word);
	default:
		return NULL;
	}
}
