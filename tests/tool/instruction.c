/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of instructions that a processor has refused: each as an assembler writes it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <elf.h>
#include "instruction.h"

static const struct row {
	uint16_t machine;
	const char *bytes;
	size_t count;
	const char *said; /* NULL: nothing */
	const char *name;
} rows[] = {
	{EM_AARCH64, "\x41\x00\x20\xb8", 4, "LSE", "ldadd w0,w1,[x2]"},
	{EM_AARCH64, "\x41\x80\xe0\xf8", 4, "LSE", "swpal x0,x1,[x2]"},
	{EM_AARCH64, "\x41\x7c\xa0\x88", 4, "LSE", "cas w0,w1,[x2]"},
	{EM_AARCH64, "\x82\xfc\x60\x48", 4, "LSE", "caspal x0,x1,x2,x3,[x4]"},
	{EM_AARCH64, "\x20\xc0\xbf\xb8", 4, "RCpc", "ldapr w0,[x1]"},
	{EM_AARCH64, "\x20\x40\x40\x99", 4, "RCpc", "ldapur w0,[x1,4]"},
	{EM_AARCH64, "\x20\x40\x00\x99", 4, "RCpc", "stlur w0,[x1,4]"},
	{EM_AARCH64, "\x3f\x30\x20\xb8", 4, "LSE", "stset w0,[x1]"},
	{EM_AARCH64, "\xe0\xe3\x18\x25", 4, "SVE", "ptrue p0.b"},
	{EM_AARCH64, "\x00\xa0\x40\xa5", 4, "SVE", "ld1w {z0.s},p0/z,[x0]"},
	{EM_AARCH64, "\x00\x00\xa1\x04", 4, "SVE", "add z0.s,z0.s,z1.s"},
	{EM_AARCH64, "\xe0\xe3\x20\x04", 4, "SVE", "cntb x0"},
	{EM_AARCH64, "\x20\x94\x82\x4e", 4, "dot product", "sdot v0.4s,v1.16b,v2.16b"},
	{EM_AARCH64, "\x20\xe0\xa2\x2f", 4, "dot product", "udot v0.2s,v1.8b,v2.4b[1]"},
	{EM_AARCH64, "\x20\xfc\x42\x6e", 4, "BFloat16", "bfdot v0.4s,v1.8h,v2.8h"},
	{EM_AARCH64, "\x20\xa4\x82\x4e", 4, "matrices", "smmla v0.4s,v1.16b,v2.16b"},
	{EM_AARCH64, "\x20\xac\x82\x4e", 4, "matrices", "usmmla v0.4s,v1.16b,v2.16b"},
	{EM_AARCH64, "\x20\x84\x82\x6e", 4, "rounding", "sqrdmlah v0.4s,v1.4s,v2.4s"},
	{EM_AARCH64, "\x20\xcc\x82\x6e", 4, "complex", "fcmla v0.4s,v1.4s,v2.4s,#90"},
	{EM_AARCH64, "\x20\xe4\x82\x6e", 4, "complex", "fcadd v0.4s,v1.4s,v2.4s,#90"},
	{EM_AARCH64, "\x20\x28\xe2\x1e", 4, "half", "fadd h0,h1,h2"},
	{EM_AARCH64, "\x20\x0c\xc2\x1f", 4, "half", "fmadd h0,h1,h2,h3"},
	{EM_AARCH64, "\x20\x14\x42\x4e", 4, "half", "fadd v0.8h,v1.8h,v2.8h"},
	{EM_AARCH64, "\x20\xf8\xf9\x6e", 4, "half", "fsqrt v0.8h,v1.8h"},
	{EM_AARCH64, "\xff\x0b\x5f\xd6", 4, "pointer auth", "retaa"},
	{EM_AARCH64, "\xff\x0f\x5f\xd6", 4, "pointer auth", "retab"},
	{EM_AARCH64, "\x01\x08\x1f\xd7", 4, "pointer auth", "braa x0,x1"},
	{EM_AARCH64, "\x1f\x08\x3f\xd6", 4, "pointer auth", "blraaz x0"},
	{EM_AARCH64, "\x20\x00\xc1\xda", 4, "pointer auth", "pacia x0,x1"},
	{EM_AARCH64, "\xe0\x43\xc1\xda", 4, "pointer auth", "xpaci x0"},
	{EM_AARCH64, "\x20\x04\x20\xf8", 4, "pointer auth", "ldraa x0,[x1]"},
	{EM_AARCH64, "\x20\x10\xdf\x9a", 4, NULL, "irg x0,x1"},
	{EM_AARCH64, "\x20\x08\x20\xd9", 4, "memory tagging", "stg x0,[x1]"},
	{EM_AARCH64, "\x20\x48\xc2\x1a", 4, "checksum", "crc32w w0,w1,w2"},
	{EM_AARCH64, "\x20\x48\x28\x4e", 4, "AES", "aese v0.16b,v1.16b"},
	{EM_AARCH64, "\x20\x00\x02\x5e", 4, "SHA", "sha1c q0,s1,v2.4s"},
	{EM_AARCH64, "\x20\x28\x28\x5e", 4, "SHA", "sha256su0 v0.4s,v1.4s"},
	{EM_AARCH64, "\x20\x0c\x02\xce", 4, "SHA-3", "eor3 v0.16b,v1.16b,v2.16b,v3.16b"},
	{EM_AARCH64, "\x00\x00\x00\x00", 4, "zeros", "udf #0"},
	{EM_AARCH64, "\x01\x00\x00\x00", 4, "trap", "udf #1"},
	{EM_AARCH64, "\x00\x7d\x20\xd4", 4, "trap", "brk #1000"},
	{EM_AARCH64, "\x00\xc0\x18\xd5", 4, "system register", "msr vbar_el1,x0"},
	{EM_AARCH64, "\x00\x00\x01\x8b", 4, NULL, "add x0,x0,x1"},
	{EM_AARCH64, "\x20\x68\x62\xf8", 4, NULL, "ldr x0,[x1,x2]"},
	{EM_AARCH64, "\x20\x28\x62\x1e", 4, "floating", "fadd d0,d1,d2"},
	{EM_AARCH64, "\x02\x00\x00\x94", 4, NULL, "bl .+8"},
	{EM_AARCH64, "\x41\x7c\x00\x88", 4, NULL, "stxr w0,w1,[x2]"},
	{EM_AARCH64, "\x00\x00\xc0\x3d", 4, "floating", "ldr q0,[x0]"},
	{EM_RISCV, "\xd7\x72\x05\x0d", 4, "(V)", "vsetvli t0,a0,e32,m1,ta,ma"},
	{EM_RISCV, "\x07\x60\x05\x02", 4, "(V)", "vle32.v v0,(a0)"},
	{EM_RISCV, "\x27\x00\x05\x02", 4, "(V)", "vse8.v v0,(a0)"},
	{EM_RISCV, "\x57\x00\x11\x02", 4, "(V)", "vadd.vv v0,v1,v2"},
	{EM_RISCV, "\x33\xa5\xc5\x20", 4, "Zba", "sh1add a0,a1,a2"},
	{EM_RISCV, "\x33\xe5\xc5\x20", 4, "Zba", "sh3add a0,a1,a2"},
	{EM_RISCV, "\x3b\xc5\xc5\x20", 4, "Zba", "sh2add.uw a0,a1,a2"},
	{EM_RISCV, "\x3b\x85\xc5\x08", 4, "Zba", "add.uw a0,a1,a2"},
	{EM_RISCV, "\x1b\x95\x35\x08", 4, "Zba", "slli.uw a0,a1,3"},
	{EM_RISCV, "\x33\xf5\xc5\x40", 4, "Zbb", "andn a0,a1,a2"},
	{EM_RISCV, "\x33\xc5\xc5\x40", 4, "Zbb", "xnor a0,a1,a2"},
	{EM_RISCV, "\x13\x95\x05\x60", 4, "Zbb", "clz a0,a1"},
	{EM_RISCV, "\x1b\x95\x15\x60", 4, "Zbb", "ctzw a0,a1"},
	{EM_RISCV, "\x13\x95\x25\x60", 4, "Zbb", "cpop a0,a1"},
	{EM_RISCV, "\x13\x95\x45\x60", 4, "Zbb", "sext.b a0,a1"},
	{EM_RISCV, "\x33\xc5\xc5\x0a", 4, "Zbb", "min a0,a1,a2"},
	{EM_RISCV, "\x33\xf5\xc5\x0a", 4, "Zbb", "maxu a0,a1,a2"},
	{EM_RISCV, "\x33\x95\xc5\x60", 4, "Zbb", "rol a0,a1,a2"},
	{EM_RISCV, "\x13\xd5\x75\x60", 4, "Zbb", "rori a0,a1,7"},
	{EM_RISCV, "\x3b\xd5\xc5\x60", 4, "Zbb", "rorw a0,a1,a2"},
	{EM_RISCV, "\x13\xd5\x75\x28", 4, "Zbb", "orc.b a0,a1"},
	{EM_RISCV, "\x13\xd5\x85\x6b", 4, "Zbb", "rev8 a0,a1"},
	{EM_RISCV, "\x3b\xc5\x05\x08", 4, "Zbb", "zext.h a0,a1"},
	{EM_RISCV, "\x33\x95\xc5\x0a", 4, "Zbc", "clmul a0,a1,a2"},
	{EM_RISCV, "\x33\xb5\xc5\x0a", 4, "Zbc", "clmulh a0,a1,a2"},
	{EM_RISCV, "\x33\x95\xc5\x28", 4, "Zbs", "bset a0,a1,a2"},
	{EM_RISCV, "\x13\x95\x55\x48", 4, "Zbs", "bclri a0,a1,5"},
	{EM_RISCV, "\x33\xd5\xc5\x48", 4, "Zbs", "bext a0,a1,a2"},
	{EM_RISCV, "\x13\x95\x35\x6a", 4, "Zbs", "binvi a0,a1,35"},
	{EM_RISCV, "\x07\x25\x05\x00", 4, "(F)", "flw fa0,0(a0)"},
	{EM_RISCV, "\x08\xa1", 2, "C with D", "fsd fa0,0(a0)"},
	{EM_RISCV, "\x53\xf5\xc5\x02", 4, "(D)", "fadd.d fa0,fa1,fa2"},
	{EM_RISCV, "\x53\xf5\xc5\x00", 4, "(F)", "fadd.s fa0,fa1,fa2"},
	{EM_RISCV, "\x43\xf5\xc5\x6a", 4, "(D)", "fmadd.d fa0,fa1,fa2,fa3"},
	{EM_RISCV, "\x43\xf5\xc5\x68", 4, "(F)", "fmadd.s fa0,fa1,fa2,fa3"},
	{EM_RISCV, "\x07\x15\x05\x00", 4, "half", "flh fa0,0(a0)"},
	{EM_RISCV, "\x53\xf5\xc5\x04", 4, "half", "fadd.h fa0,fa1,fa2"},
	{EM_RISCV, "\x33\x85\xc5\x02", 4, "(M)", "mul a0,a1,a2"},
	{EM_RISCV, "\x3b\xd5\xc5\x02", 4, "(M)", "divuw a0,a1,a2"},
	{EM_RISCV, "\x2f\xa5\x05\x10", 4, "(A)", "lr.w a0,(a1)"},
	{EM_RISCV, "\x2f\x35\xb6\x00", 4, "(A)", "amoadd.d a0,a1,(a2)"},
	{EM_RISCV, "\x00\x00", 2, "zeros", "unimp"},
	{EM_RISCV, "\x73\x00\x10\x00", 4, "trap", ".insn 0x00100073"},
	{EM_RISCV, "\x02\x90", 2, "trap", "ebreak"},
	{EM_RISCV, "\x73\x25\x00\x30", 4, "control register", "csrr a0,mstatus"},
	{EM_RISCV, "\x73\x00\x20\x30", 4, "mode", "mret"},
	{EM_RISCV, "\x0f\x10\x00\x00", 4, "FENCE.I", "fence.i"},
	{EM_RISCV, "\x0b\x10\x00\x00", 4, "vendor", ".insn 0x0000100b"},
	{EM_RISCV, "\x0f\xa0\x20\x00", 4, "caches", ".insn 0x0020a00f"},
	{EM_RISCV, "\x00\x00", 2, "zeros", ".2byte 0"},
	{EM_RISCV, "\x2e\x95", 2, "16 bits", "add a0,a0,a1"},
	{EM_RISCV, "\x33\x85\xc5\x00", 4, NULL, "add a0,a1,a2"},
	{EM_RISCV, "\x33\xd5\xc5\x0e", 4, "Zicond", ".insn 0x0ec5d533"},
	{EM_RISCV, "\x61\x9c", 2, "Zcb", ".2byte 0x9c61"},
	{EM_RISCV, "\x60\x81", 2, "Zcb", ".2byte 0x8160"},
	{EM_RISCV, "\x08\x21", 2, "C with D", "c.fld fa0,0(a0)"},
	{EM_RISCV, "\x2a\xa0", 2, "C with D", "c.fsdsp fa0,0(sp)"},
	{EM_ARM, "\x22\xef\x44\x08", 4, "MVE", "vadd.i32 q0,q1,q2"},
	{EM_ARM, "\x90\xed\x00\x1f", 4, "MVE", "vldrw.u32 q0,[r0]"},
	{EM_ARM, "\x80\xed\x00\x1e", 4, "MVE", "vstrb.8 q0,[r0]"},
	{EM_ARM, "\x02\xff\x54\x0d", 4, "MVE", "vmul.f32 q0,q1,q2"},
	{EM_ARM, "\x40\xf0\x01\xe0", 4, "loop", "dls lr,r0"},
	{EM_ARM, "\x40\xf0\x03\xc0", 4, "loop", "wls lr,r0,.+8"},
	{EM_ARM, "\x0f\xf0\x07\xc0", 4, "loop", "le lr,.-8"},
	{EM_ARM, "\x51\xea\x02\x80", 4, "conditional selection", "csel r0,r1,r2,eq"},
	{EM_ARM, "\x5f\xea\x1f\x90", 4, "conditional selection", "cset r0,eq"},
	{EM_ARM, "\x30\xee\x81\x09", 4, "half", "vadd.f16 s0,s1,s2"},
	{EM_ARM, "\x30\xee\x81\x0a", 4, "FPU", "vadd.f32 s0,s1,s2"},
	{EM_ARM, "\x31\xee\x02\x0b", 4, "FPU", "vadd.f64 d0,d1,d2"},
	{EM_ARM, "\x90\xed\x00\x0a", 4, "FPU", "vldr s0,[r0]"},
	{EM_ARM, "\x2d\xed\x01\x0a", 4, "FPU", "vpush {s0}"},
	{EM_ARM, "\x00\xee\x10\x0a", 4, "FPU", "vmov s0,r0"},
	{EM_ARM, "\x81\xfa\x02\xf0", 4, "DSP", "sadd8 r0,r1,r2"},
	{EM_ARM, "\x82\xfa\x81\xf0", 4, "DSP", "qadd r0,r1,r2"},
	{EM_ARM, "\x11\xfb\x02\x30", 4, "DSP", "smlabb r0,r1,r2,r3"},
	{EM_ARM, "\x21\xfb\x02\x30", 4, "DSP", "smlad r0,r1,r2,r3"},
	{EM_ARM, "\xc2\xfb\x83\x01", 4, "DSP", "smlalbb r0,r1,r2,r3"},
	{EM_ARM, "\xe2\xfb\x63\x01", 4, "DSP", "umaal r0,r1,r2,r3"},
	{EM_ARM, "\xc1\xea\x02\x00", 4, "DSP", "pkhbt r0,r1,r2"},
	{EM_ARM, "\x51\xfa\x82\xf0", 4, "DSP", "uxtab r0,r1,r2"},
	{EM_ARM, "\xa1\xfa\x82\xf0", 4, "DSP", "sel r0,r1,r2"},
	{EM_ARM, "\x91\xfb\xf2\xf0", 4, "division", "sdiv r0,r1,r2"},
	{EM_ARM, "\xb1\xfb\xf2\xf0", 4, "division", "udiv r0,r1,r2"},
	{EM_ARM, "\x01\xfb\x02\x30", 4, "multiplication", "mla r0,r1,r2,r3"},
	{EM_ARM, "\x51\xe8\x00\x0f", 4, "exclusive", "ldrex r0,[r1]"},
	{EM_ARM, "\x41\xe8\x00\x02", 4, "exclusive", "strex r2,r0,[r1]"},
	{EM_ARM, "\xd1\xe8\x4f\x0f", 4, "exclusive", "ldrexb r0,[r1]"},
	{EM_ARM, "\xd1\xe8\xaf\x0f", 4, "acquire", "lda r0,[r1]"},
	{EM_ARM, "\xc1\xe8\xaf\x0f", 4, "acquire", "stl r0,[r1]"},
	{EM_ARM, "\xd1\xe8\xef\x0f", 4, "acquire", "ldaex r0,[r1]"},
	{EM_ARM, "\x10\xb1", 2, "CBZ", "cbz r0,.+8"},
	{EM_ARM, "\x08\xbf\x01\x20", 4, "IT", "it eq; moveq r0,#1"},
	{EM_ARM, "\xff\xde", 2, "trap", "udf #255"},
	{EM_ARM, "\x00\xbe", 2, "trap", "bkpt #0"},
	{EM_ARM, "\xf0\xf7\x01\xa0", 4, "trap", "udf.w #1"},
	{EM_ARM, "\x40\xf2\x01\x00", 4, "32 bits", "movw r0,#1"},
	{EM_ARM, "\x10\xee\x10\x0f", 4, "coprocessor", "mrc p15,0,r0,c0,c0,0"},
	{EM_ARM, "\x01\xeb\x82\x00", 4, "32 bits", "add.w r0,r1,r2,lsl #2"},
	{EM_ARM, "\x40\x18", 2, NULL, "adds r0,r0,r1"},
	{EM_XTENSA, "\xf0\x41\x00", 3, "trap", "break 1,15"},
	{EM_XTENSA, "\x2d\xf1", 2, "trap", "break.n 1"},
	{EM_XTENSA, "\x6d\xf0", 2, "trap", "ill.n"},
	{EM_XTENSA, "\x00\x00\x00\x0c", 4, "zeros", "ill"},
	{EM_XTENSA, "\x00\x03\x13", 3, NULL, "wsr.sar a0"},
	{EM_X86_64, "\xc5\xf4\x58\xd0", 4, "AVX", "vaddps %ymm0,%ymm1,%ymm2"},
	{EM_X86_64, "\xc4\xe2\x71\xb8\xd0", 5, "AVX", "vfmadd231ps %xmm0,%xmm1,%xmm2"},
	{EM_X86_64, "\x62\xf1\x74\x48\x58\xd0", 6, "AVX-512", "vaddps %zmm0,%zmm1,%zmm2"},
	{EM_X86_64, "\x0f\x0b", 2, "trap", "ud2"},
	{EM_X86_64, "\x66\x0f\x38\x00\xc8", 5, "SSSE3", "pshufb %xmm0,%xmm1"},
	{EM_X86_64, "\x66\x0f\x38\x40\xc8", 5, "SSSE3", "pmulld %xmm0,%xmm1"},
	{EM_X86_64, "\x0f\x38\xf0\x08", 4, "MOVBE", "movbe (%rax),%ecx"},
	{EM_X86_64, "\xf2\x0f\x38\xf0\xc8", 5, "checksum", "crc32b %al,%ecx"},
	{EM_X86_64, "\x0f\x38\xcb\xd1", 4, "SHA", "sha256rnds2 %xmm0,%xmm1,%xmm2"},
	{EM_X86_64, "\x66\x0f\x38\xdc\xc8", 5, "AES", "aesenc %xmm0,%xmm1"},
	{EM_X86_64, "\xf3\x0f\xb8\xc8", 4, "POPCNT", "popcnt %eax,%ecx"},
	{EM_X86_64, "\x66\x0f\x38\xf6\xc8", 5, "ADX", "adcx %eax,%ecx"},
	{EM_X86_64, "\x66\x0f\x3a\x08\xc8\x01", 6, "SSSE3", "roundps $1,%xmm0,%xmm1"},
	{EM_X86_64, "\x01\xc0", 2, NULL, "add %eax,%eax"},
};

static void each(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		const char *hint =
			instruction_hint(row->machine, (const uint8_t *)row->bytes, row->count);

		if (row->said == NULL ? hint != NULL
				      : hint == NULL || strstr(hint, row->said) == NULL)
			fail_msg("%s: %s", row->name, hint != NULL ? hint : "nothing");
	}
}

/* At the end of a section: nothing behind it is read. */
static void cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t count = 0; count < rows[i].count; count++) {
			uint8_t *bytes = test_malloc(count + 1);

			memcpy(bytes + 1, rows[i].bytes, count);
			(void)instruction_hint(rows[i].machine, bytes + 1, count);
			test_free(bytes);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each), cmocka_unit_test(cut)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
