/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests that change fields need to know of the machine that the files are for. */
#ifndef HOSTILE_MACHINE_H_
#define HOSTILE_MACHINE_H_

/* The table for a section; the bytes of one entry. */
#define REL(section) IMAGE_REL section
#define REL_BYTES    sizeof(image_rel_t)

/* Numbers as wide as an address: its uppermost bit, and a distance that no file has. */
#define TOP_BIT ((elf_addr)1 << (ELF_CLASS * 32 - 1))
#define FAR_OFF ((elf_addr)1 << (ELF_CLASS == 2 ? 40 : 30))

/*
 * Of relocations, as the psABIs number them: of a word; of a call, and the bytes at its place; of
 * one that reaches less far than the firmware is away; unknown ones; of thread-local variables;
 * those that only a linked file has; some of no thread-local variable; how many there are. Code
 * begins at each multiple of CODE_STEP. OTHER: what a table with addends, or without, is refused
 * for where the machine has the other kind.
 */
#if LLEXT_TARGET_ARM
#define MACHINE       EM_ARM
#define WRONG_MACHINE "not for Arm (e_machine 40)"
#define CODE_STEP     2u
#define WORD_TYPE     2u
#define CALL_TYPE     10u
#define CALL_NAME     "R_ARM_THM_CALL"
#define CALL_BYTES    4u
#define NEAR_TYPE     8u
#define NEAR_NAME     "R_ARM_ABS8"
#define OTHER_ERROR   -ENOEXEC
#define OTHER_REASON  "wrong size of relocation section"
#define UNKNOWN_TYPES 1, 9, 20, 28, 43, 255
#define TLS_TYPES     104, 105, 106, 107, 108
#define DYNAMIC_TYPES 21, 22, 23
#define OTHER_TYPES   2, 3, 26, 96
#define TYPES         139u
#define TLS_FILES     "tls.o", "tls_dynamic.o"
#define STRINGS       ".rodata.str1.1"
#define POINTERS      ".data"
#define CONSTANTS     ".rodata"
#define NOT_LOADED    ".ARM.attributes"
#elif LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64
#define MACHINE       EM_RISCV
#define WRONG_MACHINE "not for RISC-V (e_machine 243)"
#define CODE_STEP     2u
#define WORD_TYPE     ELF_CLASS
#define CALL_TYPE     19u
#define CALL_NAME     "R_RISCV_CALL_PLT"
#define CALL_BYTES    8u
#define NEAR_TYPE     46u
#define NEAR_NAME     "R_RISCV_RVC_LUI"
#define OTHER_ERROR   -ENOTSUP
#define OTHER_REASON  "relocations without addends, which this machine has not"
#define UNKNOWN_TYPES 4, 13, 14, 47, 58, 255
#define TLS_TYPES     21, 22, 29, 30, 31, 62
#define DYNAMIC_TYPES 3, 5
#define OTHER_TYPES   WORD_TYPE, 19, 20, 23, 26
#define TYPES         66u
#define TLS_FILES     "tls.o", "tls_dynamic.o"
#define STRINGS       (ELF_CLASS == 2 ? ".rodata.str1.8" : ".rodata.str1.4")
#define POINTERS      ".data"
#define CONSTANTS     ".rodata"
#define NOT_LOADED    ".riscv.attributes"
#else
#define MACHINE       EM_X86_64
#define WRONG_MACHINE "not for x86-64 (e_machine 62)"
#define CODE_STEP     1u
#define WORD_TYPE     1u
#define CALL_TYPE     4u
#define CALL_NAME     "R_X86_64_PLT32"
#define CALL_BYTES    4u
#define NEAR_TYPE     15u
#define NEAR_NAME     "R_X86_64_PC8"
#define OTHER_ERROR   -ENOEXEC
#define OTHER_REASON  "wrong size of relocation section"
#define UNKNOWN_TYPES 5, 37, 38, 39, 40, 43, 255, 256, 0xffffffff
#define TLS_TYPES     17, 18, 19, 20, 21, 22, 23
#define DYNAMIC_TYPES 6, 7, 8, 16
#define OTHER_TYPES   1, 2, 4, 9, 10, 11
#define TYPES         45u
#define TLS_FILES     "tls.o", "tls_dynamic.o", "tls_descriptors.o"
#define STRINGS       ".rodata.str1.1"
#define POINTERS      ".data.rel.local"
#define CONSTANTS     ".data.rel.ro.local"
#define NOT_LOADED    ".note.GNU-stack"
#endif

/* Bit 0 of a function's value: its state. */
#define THUMB (LLEXT_TARGET_ARM ? 1u : 0u)

#endif /* HOSTILE_MACHINE_H_ */
