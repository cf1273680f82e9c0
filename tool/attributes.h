/* SPDX-License-Identifier: Apache-2.0 */
/* Build attributes and other marks of how a file was compiled, as fit.c compares them. */
#ifndef TENON_ATTRIBUTES_H_
#define TENON_ATTRIBUTES_H_

#include "tenon.h"

/* Tags of the Arm build attributes ("Addenda to, and Errata in, the ABI for the Arm
 * Architecture", 3.3). */
enum arm_tag {
	TAG_CPU_ARCH = 6,
	TAG_CPU_ARCH_PROFILE = 7,
	TAG_ARM_ISA_USE = 8,
	TAG_FP_ARCH = 10,
	TAG_PCS_R9_USE = 14,
	TAG_PCS_RW_DATA = 15,
	TAG_PCS_WCHAR_T = 18,
	TAG_FP_NUMBER_MODEL = 23,
	TAG_ALIGN_NEEDED = 24,
	TAG_ALIGN_PRESERVED = 25,
	TAG_ENUM_SIZE = 26,
	TAG_HARD_FP_USE = 27,
	TAG_VFP_ARGS = 28,
	TAG_FP_16BIT_FORMAT = 38,
	TAG_DSP_EXTENSION = 46,
	TAG_MVE_ARCH = 48,
	TAG_PAC_EXTENSION = 50,
	TAG_BTI_EXTENSION = 52,
	TAG_BTI_USE = 74,
	MOST_TAGS = 80
};

/* Values of TAG_CPU_ARCH; with V7, TAG_CPU_ARCH_PROFILE says which. */
enum arm_arch {
	ARM_V4 = 1,
	ARM_V4T,
	ARM_V5T,
	ARM_V5TE,
	ARM_V5TEJ,
	ARM_V6,
	ARM_V6KZ,
	ARM_V6T2,
	ARM_V6K,
	ARM_V7,
	ARM_V6_M,
	ARM_V6S_M,
	ARM_V7E_M,
	ARM_V8_A,
	ARM_V8_R,
	ARM_V8_M_BASE,
	ARM_V8_M_MAIN,
	ARM_V8_1_M_MAIN = 21,
};

/* Tags of RISC-V attributes (RISC-V ELF psABI). */
enum riscv_tag { TAG_RISCV_STACK_ALIGN = 4, TAG_RISCV_ARCH = 5 };

struct attributes {
	bool there;
	uint64_t values[MOST_TAGS];
	const char *riscv_arch; /* NULL: none */
};

/* What a file's .ARM.attributes or .riscv.attributes says; @there is false without one. */
struct attributes attributes_read(const struct file *file);

/*
 * The bits of GNU_PROPERTY_*_FEATURE_1_AND in .note.gnu.property: all of the file's code has these.
 * 0 where the file has no such note.
 */
uint32_t attributes_features(const struct file *file);

/* The ABI that .xtensa.info names: '0' windowed, '1' call0; 0 where nothing says. */
char attributes_xtensa_abi(const struct file *file);

/*
 * What a file's build attributes say of its floating-point convention, as the flags of an ELF
 * header say it: for readers that come to the header first, and to the attributes never.
 */
uint32_t attributes_as_flags(const struct file *file);

#endif /* TENON_ATTRIBUTES_H_ */
