/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simple loader for small firmware, instead of the general stages: a relocatable file becomes one
 * block of memory, and each entry of a table is read by itself. Everything is checked before it is
 * used, and again if it is read again.
 */
#ifndef LLEXT_SMALL_H_
#define LLEXT_SMALL_H_

#include "../internal.h"

_Static_assert(LLEXT_ON(CONFIG_LLEXT_SMALL), "these files are for CONFIG_LLEXT_SMALL");
_Static_assert(ONE_PIECE, "one block for all");
_Static_assert(!LLEXT_ARCH_ENCODER, "Xtensa needs the general stages");

/* What a symbol is, beside its value. */
#define SMALL_OFFSET   1u /* the value counts from the start of the block */
#define SMALL_UNLOADED 2u /* in a section that is not loaded */
#define SMALL_MISSING  4u /* an import that nothing provides; the value is its name's offset */
#define SMALL_FUNCTION 8u
#define SMALL_SLOT     16u /* the unit of the number of an import's veneer, which begins with 1 */

/*
 * One for each symbol of the file, in the file's order. It is also the symbol's GOT entry: if a
 * relocation uses one, the array stays with the extension.
 */
struct small_symbol {
	elf_addr value;
	elf_addr what;
};

/* A load. */
struct small {
	struct llext_loader *ldr;
	size_t length;
	union {
		struct {
			/*
			 * A copy of the section headers, in which sh_addr becomes the offset of a
			 * loaded section in the block, and sh_name its region.
			 */
			elf_shdr_t *shdrs;
			char *names;             /* of sections */
			char *strings;           /* of symbols */
			void *transient_symbols; /* symbols; NULL: they stay as the GOT */
		};
		void *owned[4]; /* all of them, to be freed */
	};
	struct small_symbol *symbols;
	uint8_t *block; /* begins with struct llext; NULL: not allocated yet */
	uint32_t section_count;
	uint32_t symtab; /* index of the symbol table's section */
	size_t names_length, strings_length;
	uint32_t regions; /* a bit for each that has a section */
	uint32_t symbol_count;
	uint32_t missing;
	elf_addr slots;                       /* of veneers, in units of SMALL_SLOT */
	size_t bytes, align;                  /* of the block */
	elf_addr veneers;                     /* offset in the block of the first one */
	const struct llext_load_param *param; /* NULL: the default ones */
};

/* What compilers for the machine write: relocations with addends of their own, or without. */
#define SMALL_RELA (!LLEXT_TARGET_ARM)
#if SMALL_RELA
typedef elf_rela_t small_entry;
#else
typedef elf_rel_t small_entry;
#endif

/* One relocation, in the letters of the psABIs. */
struct small_relocation {
	const struct reloc_type *type;
	const struct reloc_encoding *encoding;
	struct small_symbol *symbol;
	elf_addr s, a, p;
};

static inline uint8_t *small_place(const struct small_relocation *reloc)
{
	return (uint8_t *)(uintptr_t)reloc->p;
}

static inline struct llext *small_extension(const struct small *load)
{
	return (struct llext *)(void *)load->block;
}

/* ---- elf.c ---- */

/* Exactly these bytes of the file, or an error. */
int llext_small_read(const struct small *load, elf_addr offset, void *out, elf_xword bytes);
int llext_small_open(struct small *load); /* the headers, and names of sections and symbols */

/* ---- symbols.c ---- */

int llext_small_symbol(struct small *load, uint32_t index, const elf_sym_t *sym);
/* Report an import to the caller. @addr is NULL where nothing provides it. */
void llext_small_report(const struct small *load, const char *name, const void *addr, bool weak);

/* ---- relocate.c ---- */

int llext_small_relocate(struct small *load);

/* ---- values.c; of a machine whose compilers use no GOT: its own file ---- */

/*
 * Compute a relocation's value. @return 0; -ENOTSUP: this kind is not supported; -ENOEXEC: it does
 * not fit its field, or its place is misaligned.
 */
int llext_small_value(struct small *load, const struct small_relocation *reloc, elf_addr *value);

/* ---- exports.c ---- */

int llext_small_export(struct llext *ext);

/* ---- image.c ---- */

int llext_small_run(struct small *load, const char *name); /* all steps, with the source open */
/* Reserve room in the block. The alignment comes from the file. */
int llext_small_append(struct small *load, elf_xword bytes, elf_xword align, elf_addr *offset);

#endif /* LLEXT_SMALL_H_ */
