/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the loader knows of an architecture: what each relocation number means, how a value is
 * written, and what a veneer looks like. An architecture's file knows nothing of symbols, sections
 * or loaders; the generic part knows no instruction.
 */
#ifndef LLEXT_ARCH_H_
#define LLEXT_ARCH_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/elf.h>

/*
 * How a relocation's value is computed, in the letters of the psABIs: S symbol, A addend,
 * P place, G the symbol's GOT entry's offset in the GOT, GOT the GOT's address, B base.
 */
enum reloc_value {
	RELOC_UNSUPPORTED, /* known or unknown, but refused */
	RELOC_NONE,        /* nothing to do */
	RELOC_ALIGN,       /* A bytes of no-operations at P, to be cut: see padding.c */
	RELOC_ABS,         /* S + A */
	RELOC_PC,          /* S + A - P */
	RELOC_PC_WORD,     /* S + A - (P & ~3) */
	RELOC_PAGE_PC,     /* Page(S + A) - Page(P), pages of 4 KiB */
	RELOC_GOT_PC,      /* GOT + G + A - P */
	RELOC_GOT_OFFSET,  /* G + A */
	RELOC_GOT_ABS,     /* GOT + G + A */
	RELOC_GOT_PAGE_PC, /* Page(GOT + G + A) - Page(P) */
	RELOC_GOT_PAGE,    /* GOT + G + A - Page(GOT) */
	RELOC_GOT_BASE_PC, /* GOT + A - P */
	RELOC_FROM_GOT,    /* S + A - GOT */
	RELOC_SIZE,        /* symbol size + A */
	RELOC_RELATIVE,    /* B + A */
	RELOC_PAIR,        /* the value of the RELOC_HIGH relocation at address S, + A */

	/*
	 * Of a thread-local variable, whose S is its offset from the thread pointer. I is the
	 * address of two words for it, as @bias says which: see enum tls_index.
	 */
	RELOC_TLS_PC,      /* I + A - P */
	RELOC_TLS_PAGE_PC, /* Page(I + A) - Page(P) */
	RELOC_TLS_ABS,     /* I + A */
	RELOC_TLS_MODULE,  /* the first of the two words: the offset of the block that S is in */
	RELOC_TLS_OFFSET, /* the second one, which the local dynamic model adds: the offset of S + A
			     in that block */
	RELOC_TLS_DESC,   /* both words of a descriptor */
};

/* The kinds of two words for a thread-local variable. */
enum tls_index {
	TLS_GENERAL, /* what __tls_get_addr() takes */
	TLS_DESC,    /* a descriptor */
	TLS_LOCAL,   /* as TLS_GENERAL, for the start of the extension's block */
};

/* How the value is checked against its field before it is written. */
enum reloc_check {
	CHECK_NONE,     /* the field is as wide as an address, or the value is cut on purpose */
	CHECK_SIGNED,   /* -2^(n-1) .. 2^(n-1) - 1 */
	CHECK_UNSIGNED, /* 0 .. 2^n - 1 */
	CHECK_BITFIELD, /* -2^n .. 2^n - 1: what GNU ld accepts for a bare field */
	CHECK_EITHER,   /* -2^(n-1) .. 2^n - 1: right as a signed or as an unsigned number */
	CHECK_ENCODER,  /* the encoder decides, by the instruction; veneers are planned as for
			   CHECK_SIGNED */
	CHECK_ROUNDED,  /* as CHECK_SIGNED, but 0x800 lower: a signed 12-bit part will be added */
};

#define RELOC_BRANCH      0x01 /* a branch: a veneer can extend its reach */
#define RELOC_DYNAMIC     0x02 /* only a linker's output has it */
#define RELOC_HIGH        0x04 /* RELOC_PAIR relocations refer to it by its place */
#define RELOC_GDAT        0x08 /* the GOT entry holds S + A, or there may be no addend */
#define RELOC_OR_ABS      0x10 /* out of range, it becomes S + A by the encoding in @bias */
#define RELOC_TO_FUNCTION 0x20 /* with RELOC_BRANCH: a veneer may stand for functions only */
#define RELOC_LEB128      0x40 /* the place is a LEB128 number of any length */
#define RELOC_TLS         0x80 /* its symbol is a thread-local variable */

/* One relocation type. */
struct reloc_type {
	uint8_t value;    /* enum reloc_value */
	uint8_t encoding; /* the architecture's own enumeration */
	uint8_t flags;    /* RELOC_BRANCH and so on */
	int8_t bias;      /* the addend that every ordinary branch of this type has */
};

/* As an address, so that it can be added to one. */
static inline elf_addr reloc_bias(const struct reloc_type *type)
{
	elf_saddr bias = (elf_saddr)type->bias;

	return (elf_addr)bias;
}

/* One way of writing a value. */
struct reloc_encoding {
	uint8_t bytes; /* bytes of memory that it reads and writes */
	uint8_t bits;  /* width of the value, from bit 0 of the value on */
	uint8_t check; /* enum reloc_check */
	uint8_t align; /* the place must be a multiple of this */
	uint8_t scale; /* the value must be a multiple of this */
};

/*
 * True for fields of Arm that hold each address: relative to the place, they give 0 for what is
 * absent, as GNU ld has it, since code adds the place to them and compares the sum with NULL.
 */
static inline bool reloc_reaches_null(const struct reloc_encoding *encoding)
{
	return sizeof(elf_addr) == 4 && encoding->bits == 32;
}

/* The type's description; one with RELOC_UNSUPPORTED where there is none. Never NULL. */
const struct reloc_type *llext_arch_reloc(uint32_t type);

#if LLEXT_ON(CONFIG_LLEXT_DIAG)
/* The type's name, as the psABI spells it; NULL: it has none. */
const char *llext_arch_name(uint32_t type);
#endif

const struct reloc_encoding *llext_arch_encoding(uint8_t encoding);

/*
 * True if the psABI has tables with addends only (SHT_RELA). Then relocations that add to the
 * content of a place do not take it for an addend.
 */
#if LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64 || LLEXT_TARGET_XTENSA
#define LLEXT_ARCH_RELA_ONLY 1
#else
#define LLEXT_ARCH_RELA_ONLY 0
#endif

/* Has RELOC_ALIGN. */
#if LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64
#define LLEXT_ARCH_PADDING 1
#else
#define LLEXT_ARCH_PADDING 0
#endif

/*
 * Build attributes say of an object what the ELF header cannot. On the desk the command compares
 * them.
 */
#if LLEXT_ON(CONFIG_LLEXT_BUILD_ATTRIBUTES) &&                                                     \
	((LLEXT_TARGET_ARM && defined(__arm__)) ||                                                 \
	 ((LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64) && defined(__riscv)))
#define LLEXT_ARCH_ATTRIBUTES 1
#define SHT_ARCH_ATTRIBUTES   0x70000003u /* SHT_ARM_ATTRIBUTES, SHT_RISCV_ATTRIBUTES */
/*
 * Check the tags of the whole file, from @at up to @end, for what this firmware cannot run.
 * @return NULL: there is nothing; or what it is.
 */
const char *llext_arch_attributes(const uint8_t *at, const uint8_t *end);
#else
#define LLEXT_ARCH_ATTRIBUTES 0
#endif

/* The addend that is stored in the place itself (SHT_REL). */
elf_saddr llext_arch_addend(uint8_t encoding, const uint8_t *place);

/*
 * Write a value that has passed its check to @place, whose load address is @p. @return 0;
 * -EILSEQ where the bytes at the place are not the instruction that this relocation is for;
 * -ERANGE where the branch there has no room for the value, -EDOM where another instruction has
 * none, for which no veneer can stand. On error nothing is written.
 */
int llext_arch_encode(uint8_t encoding, uint8_t *place, elf_addr p, elf_addr value);

/*
 * Only if LLEXT_ARCH_ABSENT is 1: make a branch go to the instruction behind it, and a call a
 * no-operation. @return 0; -EILSEQ as above; 1 if the encoding is not that of a branch.
 */
int llext_arch_skip(uint8_t encoding, uint8_t *place, elf_addr p);

/*
 * Does the ELF header describe code that runs on this build's target?
 * @return NULL, or one sentence that says why not.
 */
const char *llext_arch_check(const elf_ehdr_t *ehdr);

/* Write no-operations. Only where LLEXT_ARCH_PADDING is 1. */
void llext_arch_pad(uint8_t *mem, size_t bytes);

/* Write a veneer, to be run at @at, that jumps to @target. */
void llext_arch_veneer(uint8_t *mem, elf_addr at, elf_addr target);

/* Properties of an architecture that are constants. */
struct arch {
	uint16_t machine;       /* e_machine */
	uint32_t unwind_type;   /* sh_type of unwind tables; 0: only .eh_frame, known by its name */
	uint32_t section_type;  /* sh_type from SHT_LOPROC on that is loaded as PROGBITS is; or 0 */
	elf_addr state_bits;    /* bits of a pointer to code beside the address: Thumb's bit 0 */
	elf_addr function_mask; /* in these bits, the symbol of a function has ... */
	elf_addr function_bits; /* ... this value */
	uint8_t veneer_bytes;   /* a veneer: code that jumps to any address */
	uint8_t veneer_align;
	uint8_t veneer_state; /* bits that a pointer to a veneer has set beside its address */
	/*
	 * The largest distance at which compiled code can generally reach its data; 0: any
	 * distance.
	 */
	elf_addr data_reach;
	/*
	 * A linked image may only be moved by multiples of this, whatever its sections' alignment.
	 */
	size_t image_align;
};

#include "constants.h"

#endif /* LLEXT_ARCH_H_ */
