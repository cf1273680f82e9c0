/* SPDX-License-Identifier: Apache-2.0 */
/* The constants of each architecture, known when the rest of the library is compiled. */
#ifndef LLEXT_CONSTANTS_H_
#define LLEXT_CONSTANTS_H_

#if LLEXT_TARGET_ARM

#define SHT_ARM_EXIDX 0x70000001u

/* Thumb-2 has a shorter one. */
#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB >= 2
#define ARM_VENEER_BYTES 8
#else
#define ARM_VENEER_BYTES 12
#endif

static const struct arch llext_arch = {
	.machine = EM_ARM,
	.unwind_type = SHT_ARM_EXIDX,
	.state_bits = 1, /* Thumb */
	.function_mask = 1,
	.function_bits = 1,
	.veneer_bytes = ARM_VENEER_BYTES,
	.veneer_align = 4,
	.veneer_state = 1,
	.image_align = sizeof(elf_addr),
};

#elif LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64

static const struct arch llext_arch = {
	.machine = EM_RISCV,
	.function_mask = 1,
	.veneer_bytes = ELF_CLASS == 1 ? 8 : 24,
	.veneer_align = ELF_CLASS == 1 ? 4 : 8,
	/* auipc reaches a signed 32-bit offset, which goes around a whole 32-bit address space */
	.data_reach = ELF_CLASS == 1 ? 0 : 0x7fff0000,
	.image_align = sizeof(elf_addr),
};

#elif LLEXT_TARGET_AARCH64

#define SHT_AARCH64_ATTRIBUTES 0x70000003u

static const struct arch llext_arch = {
	.machine = EM_AARCH64,
	.section_type = SHT_AARCH64_ATTRIBUTES,
	.function_mask = 3,
	.veneer_bytes = 16,
	.veneer_align = 8,
	.data_reach = 0xffff0000, /* ADRP: 4 GiB each way, less some pages */
	.image_align = 4096,      /* ADRP counts pages of 4 KiB */
};

#elif LLEXT_TARGET_X86_64

#define SHT_X86_64_UNWIND 0x70000001u

static const struct arch llext_arch = {
	.machine = EM_X86_64,
	.unwind_type = SHT_X86_64_UNWIND,
	.veneer_bytes = 16,
	.veneer_align = 16,
	.data_reach = 0x7fff0000, /* small code model: a signed 32-bit offset */
	.image_align = sizeof(elf_addr),
};

#else /* Xtensa */

static const struct arch llext_arch = {
	.machine = EM_XTENSA,
	.veneer_bytes = 16,
	.veneer_align = 8,
	.veneer_state = 4, /* the code begins behind its literal */
	.image_align = sizeof(elf_addr),
};

#endif

/* What only some architectures have: 1 or 0. Code for it is left out if this is 0. */
#if LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64
#define LLEXT_ARCH_PAIRS  1 /* RELOC_HIGH, RELOC_PAIR */
#define LLEXT_ARCH_LEB128 1 /* RELOC_LEB128 */
#define LLEXT_ARCH_OR_ABS 1 /* RELOC_OR_ABS */
#else
#define LLEXT_ARCH_PAIRS  0
#define LLEXT_ARCH_LEB128 0
#define LLEXT_ARCH_OR_ABS 0
#endif

#if LLEXT_TARGET_AARCH64 || LLEXT_TARGET_ARM
#define LLEXT_ARCH_OFFSET_BRANCH 1 /* a veneer may lead to S + A, where A is no usual addend */
#else
#define LLEXT_ARCH_OFFSET_BRANCH 0
#endif

#if LLEXT_TARGET_XTENSA
#define LLEXT_ARCH_LITERALS 1 /* code reaches literals that lie shortly before it */
#else
#define LLEXT_ARCH_LITERALS 0
#endif

#if LLEXT_TARGET_AARCH64
#define LLEXT_ARCH_PAGES 1 /* RELOC_PAGE_PC, RELOC_GOT_PAGE_PC, RELOC_GOT_PAGE */
#else
#define LLEXT_ARCH_PAGES 0
#endif
#define LLEXT_ARCH_GDAT (LLEXT_ARCH_PAGES || LLEXT_ARCH_PAIRS) /* RELOC_GDAT */

/*
 * Is the first word of a linker's stubs an instruction of Arm state, with the condition "always"?
 * A Cortex-M runs Thumb only.
 */
#if LLEXT_TARGET_ARM
#define LLEXT_ARCH_STUB_STATES       1
#define LLEXT_ARCH_OTHER_STATE(word) ((word) >> 28 == 0xe)
#else
#define LLEXT_ARCH_STUB_STATES       0
#define LLEXT_ARCH_OTHER_STATE(word) 0
#endif

#if LLEXT_TARGET_ARM
#define LLEXT_ARCH_READ_TP 1 /* code calls __aeabi_read_tp() (Arm run-time ABI) */
#else
#define LLEXT_ARCH_READ_TP 0
#endif

/* What __tls_get_addr() adds to the second word, which is that much lower (psABI). */
#if LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64
#define LLEXT_ARCH_TLS_BIAS ((elf_addr)0x800)
#else
#define LLEXT_ARCH_TLS_BIAS ((elf_addr)0)
#endif

#if LLEXT_TARGET_X86_64
#define LLEXT_ARCH_SIZE 1 /* RELOC_SIZE */
#else
#define LLEXT_ARCH_SIZE 0
#endif

#if LLEXT_TARGET_ARM || LLEXT_TARGET_AARCH64
#define LLEXT_ARCH_ABSENT 1 /* a call of a weak function that nobody has does nothing */
#else
#define LLEXT_ARCH_ABSENT 0
#endif

#if LLEXT_TARGET_XTENSA
#define LLEXT_ARCH_ENCODER 1 /* CHECK_ENCODER */
#else
#define LLEXT_ARCH_ENCODER 0
#endif

#if LLEXT_TARGET_ARM
#define LLEXT_ARCH_PC_WORD 1 /* RELOC_PC_WORD */
#else
#define LLEXT_ARCH_PC_WORD 0
#endif

#endif /* LLEXT_CONSTANTS_H_ */
