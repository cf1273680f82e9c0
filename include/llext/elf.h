/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The ELF structures of the target's class. Source: System V gABI, chapters 4 and 5.
 * They describe bytes in a file; the host that compiles this need not be the target.
 */
#ifndef LLEXT_ELF_H_
#define LLEXT_ELF_H_

#include <stdint.h>
#include <llext/config.h>

typedef uint16_t elf_half;
typedef uint32_t elf_word;
typedef int32_t elf_sword;

#if LLEXT_TARGET_64BIT
typedef uint64_t elf_addr;
typedef int64_t elf_saddr;
typedef uint64_t elf_xword;

#define ELF_CLASS                2
#define ELF_R_INFO(symbol, type) (((elf_xword)(symbol) << 32) | (elf_word)(type))
#define ELF_R_SYM(info)          ((elf_word)((info) >> 32))
#define ELF_R_TYPE(info)         ((elf_word)((info)&0xffffffffu))
#else
typedef uint32_t elf_addr;
typedef int32_t elf_saddr;
typedef uint32_t elf_xword;

#define ELF_CLASS                1
#define ELF_R_INFO(symbol, type) (((elf_word)(symbol) << 8) | ((elf_word)(type)&0xffu))
#define ELF_R_SYM(info)          ((elf_word)((info) >> 8))
#define ELF_R_TYPE(info)         ((elf_word)((info)&0xffu))
#endif

/* The same fields in both classes, as wide as the class has them. */

typedef struct {
	unsigned char e_ident[16]; /* EI_NIDENT */
	elf_half e_type;
	elf_half e_machine;
	elf_word e_version;
	elf_addr e_entry;
	elf_addr e_phoff;
	elf_addr e_shoff;
	elf_word e_flags;
	elf_half e_ehsize;
	elf_half e_phentsize;
	elf_half e_phnum;
	elf_half e_shentsize;
	elf_half e_shnum;
	elf_half e_shstrndx;
} elf_ehdr_t;

typedef struct {
	elf_word sh_name;
	elf_word sh_type;
	elf_xword sh_flags;
	elf_addr sh_addr;
	elf_addr sh_offset;
	elf_xword sh_size;
	elf_word sh_link;
	elf_word sh_info;
	elf_xword sh_addralign;
	elf_xword sh_entsize;
} elf_shdr_t;

typedef struct {
	elf_addr r_offset;
	elf_xword r_info;
} elf_rel_t;

typedef struct {
	elf_addr r_offset;
	elf_xword r_info;
	elf_saddr r_addend;
} elf_rela_t;

/* In another order in each class. */

#if LLEXT_TARGET_64BIT
typedef struct {
	elf_word p_type;
	elf_word p_flags;
	elf_addr p_offset;
	elf_addr p_vaddr;
	elf_addr p_paddr;
	elf_xword p_filesz;
	elf_xword p_memsz;
	elf_xword p_align;
} elf_phdr_t;

typedef struct {
	elf_word st_name;
	unsigned char st_info;
	unsigned char st_other;
	elf_half st_shndx;
	elf_addr st_value;
	elf_xword st_size;
} elf_sym_t;
#else
typedef struct {
	elf_word p_type;
	elf_addr p_offset;
	elf_addr p_vaddr;
	elf_addr p_paddr;
	elf_word p_filesz;
	elf_word p_memsz;
	elf_word p_flags;
	elf_word p_align;
} elf_phdr_t;

typedef struct {
	elf_word st_name;
	elf_addr st_value;
	elf_word st_size;
	unsigned char st_info;
	unsigned char st_other;
	elf_half st_shndx;
} elf_sym_t;
#endif

#define ELF_ST_BIND(info)        ((info) >> 4)
#define ELF_ST_TYPE(info)        ((info)&0xf)
#define ELF_ST_VISIBILITY(other) ((other)&0x3)

/* e_ident (gABI 4, "ELF Identification") */
#define EI_NIDENT   16
#define EI_CLASS    4
#define EI_DATA     5
#define EI_VERSION  6
#define ELFDATA2LSB 1
#define EV_CURRENT  1

/* e_type */
#define ET_REL  1
#define ET_EXEC 2
#define ET_DYN  3

/* e_machine */
#define EM_ARM     40
#define EM_X86_64  62
#define EM_XTENSA  94
#define EM_AARCH64 183
#define EM_RISCV   243

/* special section indexes */
#define SHN_UNDEF     0
#define SHN_LORESERVE 0xff00
#define SHN_ABS       0xfff1
#define SHN_COMMON    0xfff2
#define SHN_XINDEX    0xffff

/* SHN_COMMON for large data (AMD64 psABI, 4.3 "Symbol Table") */
#define SHN_X86_64_LCOMMON 0xff02

/* sh_type */
#define SHT_NULL          0
#define SHT_PROGBITS      1
#define SHT_SYMTAB        2
#define SHT_STRTAB        3
#define SHT_RELA          4
#define SHT_HASH          5
#define SHT_DYNAMIC       6
#define SHT_NOTE          7
#define SHT_NOBITS        8
#define SHT_REL           9
#define SHT_DYNSYM        11
#define SHT_INIT_ARRAY    14
#define SHT_FINI_ARRAY    15
#define SHT_PREINIT_ARRAY 16
#define SHT_GROUP         17
#define SHT_SYMTAB_SHNDX  18
#define SHT_RELR          19
#define SHT_CREL          0x40000014u
#define SHT_LLEXT_RUNS    0x6c6c7801u /* runs of relocations, then compact ones: docs/packed.md */
#define SHT_LOOS          0x60000000u
#define SHT_GNU_HASH      0x6ffffff6u
#define SHT_GNU_VERDEF    0x6ffffffdu
#define SHT_GNU_VERNEED   0x6ffffffeu
#define SHT_GNU_VERSYM    0x6fffffffu
#define SHT_LOPROC        0x70000000u
#define SHT_HIPROC        0x7fffffffu

/* sh_flags */
#define SHF_WRITE            0x1u
#define SHF_ALLOC            0x2u
#define SHF_EXECINSTR        0x4u
#define SHF_OS_NONCONFORMING 0x100u
#define SHF_GROUP            0x200u
#define SHF_TLS              0x400u
#define SHF_COMPRESSED       0x800u

/* d_tag */
#define DT_NULL 0
#define DT_INIT 12
#define DT_FINI 13

/* SHT_GROUP's first word */
#define GRP_COMDAT 0x1u

/* symbol binding, type, visibility */
#define STB_LOCAL     0
#define STB_GLOBAL    1
#define STB_WEAK      2
#define STT_NOTYPE    0
#define STT_OBJECT    1
#define STT_FUNC      2
#define STT_SECTION   3
#define STT_FILE      4
#define STT_COMMON    5
#define STT_TLS       6
#define STT_GNU_IFUNC 10
#define STV_DEFAULT   0
#define STV_INTERNAL  1
#define STV_HIDDEN    2
#define STV_PROTECTED 3

/* p_type, p_flags */
#define PT_LOAD 1
#define PT_TLS  7
#define PF_X    0x1u
#define PF_W    0x2u
#define PF_R    0x4u

#endif /* LLEXT_ELF_H_ */
