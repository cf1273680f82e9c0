/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a load: one struct load, which each stage reads and completes, and small functions
 * that ask about it. extension.h has what stays with the extension, internal.h what the stages
 * offer each other.
 */
#ifndef LLEXT_LOAD_H_
#define LLEXT_LOAD_H_

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <llext/llext.h>
#include <llext/inspect.h>
#include <llext/plan.h>
#include <llext/port.h>
#include "arithmetic.h"
#include "build.h"
#include "extension.h"

/* Largest alignment that a section may ask for. */
#define MAX_ALIGN ((size_t)65536)
/* Most segments of a shared object. Linkers make four or five. */
#define MAX_SEGMENTS 8
/* No architecture's veneer is larger. */
#define MAX_VENEER 32
/* Most temporary pieces of memory that one load holds. */
#define MAX_TRANSIENT 16

struct llext_gate;

/* A region while it is laid out. */
struct region {
	size_t bytes;
	size_t align;
	size_t filled; /* bytes written so far, used to zero the gaps */
	uint8_t *mem;  /* write address, once its block is allocated */
	elf_addr load; /* load address, likewise; before, the offset in the block */
};

/*
 * Regions with the same access are allocated as one block. If the build does not tell access apart,
 * all regions are.
 */
enum block { BLOCK_TEXT, BLOCK_RODATA, BLOCK_DATA, BLOCK_COUNT = ONE_BLOCK ? 1 : 3 };

struct memory_block {
	size_t bytes, align;
	struct llext_extent extent;
};

/* A section of an array, which must be in order with the array's other sections. */
struct array {
	uint32_t section;
	uint32_t order; /* the sort key */
};

/* A table that the loader makes: GOT entries or veneers. */
struct slots {
	size_t count;
	elf_addr load; /* load address of slot 0 */
	uint8_t *mem;  /* write address of slot 0 */
};

/* A symbol that has a GOT entry, a veneer, or both. */
struct target {
	elf_addr value;
	elf_addr branch; /* where branches to it go, as an offset from the text region's start */
	uint8_t base;    /* SYMBOL_BASE */
};

/*
 * The value of a RELOC_HIGH relocation, kept for the RELOC_PAIR relocations that refer to its
 * place.
 */
struct pcrel_hi {
	elf_addr place;
	elf_addr value;
};

struct pcrel_his {
	struct pcrel_hi *items;
	size_t count, room;
	bool unsorted;
};

/* Padding, of which a linker keeps only what alignment needs: RELOC_ALIGN. */
struct padding {
	uint32_t section;
	elf_addr offset; /* in the section as the file has it */
	elf_addr bytes;
	elf_addr kept; /* of these bytes */
	elf_addr cut;  /* bytes cut in the section up to the end of this padding */
};

struct paddings {
	struct padding *items; /* by section and offset */
	size_t count, room;
	size_t found; /* the index that the last search found */
};

/*
 * Flags of a symbol. The lower bits are its base: what its value counts from until everything is
 * placed. That is a region (enum llext_mem), or one of these.
 */
#define SYMBOL_BASE 0x0f
_Static_assert(LLEXT_MEM_COUNT + 2 <= SYMBOL_BASE, "a base does not fit a symbol's flags");
#define SYMBOL_EXACT (LLEXT_MEM_COUNT + 0) /* none: the value is final */
#define SYMBOL_IMAGE (LLEXT_MEM_COUNT + 1) /* the start of a shared object */
#define SYMBOL_OWN   (LLEXT_MEM_COUNT + 2) /* a section outside the regions */
/* The field has room for no more numbers, so these are regions that no section is in. */
/* The loader defines it; the value is an enum special. */
#define SYMBOL_SPECIAL LLEXT_MEM_SHSTRTAB
/*
 * Thread-local variables, whose values count from the thread pointer: those of the extension from
 * the start of its block, those of the firmware or another extension are final.
 */
#define SYMBOL_TLS        LLEXT_MEM_STRTAB
#define SYMBOL_TLS_IMPORT LLEXT_MEM_SYMTAB
/* In a section that is not loaded; of an import: nothing provides it. */
#define SYMBOL_UNLOADED 0x10
#define SYMBOL_IMPORT   0x20 /* undefined in the file */
/* With either of these, values[] has an index in targets[], which has the value. */
#define SYMBOL_GOT    0x40 /* has a GOT entry */
#define SYMBOL_VENEER 0x80 /* has a veneer */

/* Symbols that the loader defines, as every linker does. */
enum special {
	SPECIAL_GOT_BASE,
	SPECIAL_HANDLE,
	SPECIAL_COUNT,
	/* Plus 2 * section for the section's start, and 1 more for its end. */
	SPECIAL_BOUND = SPECIAL_COUNT
};

/* What the note of a packed file says. */
struct packed {
	bool yes;      /* it is one */
	bool bound;    /* imports have their place in the firmware's table */
	bool no_names; /* symbols' names are not needed, and not read */
	uint32_t got_first, got_count;
	uint32_t veneer_first, veneer_count;
	uint32_t high_count;
	uint32_t relocation_count;
};

/* The file's thread-local variables: src/tls/. */
struct tls {
	size_t bytes, align; /* of all; 0 bytes: there are none */
	size_t image_bytes;  /* of those that have initial values ... */
	size_t image;        /* ... at this offset in LLEXT_MEM_RODATA, or in the image */
	size_t block;        /* in a domain: where they are, in LLEXT_MEM_BSS */
	uint32_t *index;     /* tls_index.c */
	struct slots words;  /* two words for each */
};

struct segment {
	elf_addr vaddr;
	elf_addr memsz;
	elf_addr offset;
	elf_addr filesz;
	uint8_t access;
};

/* When a load counts what its relocations need. */
enum counting {
	COUNTING_FIRST, /* before memory is allocated */
	/* Not at all: most relocations need nothing but veneers for imports. */
	COUNTING_LATER,
};

/* The section headers, and what they refer to: elf.c. */
struct load_headers {
	const elf_shdr_t *shdrs;
	uint32_t section_count;
	uint32_t linked;     /* ET_DYN, ET_EXEC; 0: a relocatable file */
	uint32_t symtab;     /* index of the symbol table's section */
	const char *names;   /* of sections; NULL: dropped, see elf.c */
	const char *strings; /* symbol names */
};

/* What else the headers say. */
struct load_file {
	elf_ehdr_t ehdr;
	uint32_t first;              /* section whose header may still be looked at: elf.c */
	uint32_t tables, tables_end; /* the first table of relocations, and behind the last one */
	/* All tables of relocations in the file, if they lie beside each other. */
	size_t tables_offset, tables_bytes;
#if LLEXT_ARCH_ATTRIBUTES
	const elf_shdr_t *attributes; /* build attributes; NULL: none */
#endif
	struct string_table { /* where in the file */
		size_t offset, length;
	} names, strings;
	size_t name_budget; /* bytes of names that may still be measured; keeps the work linear */
	bool other_abi, executable_stack; /* not the firmware's; asked for by the file */
};

/* What the symbols' values are: symbols.c. */
struct load_symbols {
	uint32_t count;
	/* By symbol index (but see symtab_*.c): values relative to the base, and SYMBOL_*. */
	elf_addr *values;
	uint8_t *flags;
#if VENEERS_LATER
	const elf_sym_t *view; /* symtab_view.c */
#elif LLEXT_FAST_RISCV
	struct symtab_blocks *view; /* symtab_blocks.c */
#endif
};

/* What else is known of them: symbols.c, imports.c. */
struct load_symtab {
	uint32_t global_first; /* an index: exports_global.c */
	bool any_special;      /* symbols_finish() must look at every symbol */
	bool imports_unknown;  /* nothing provides some: an error if a relocation refers to one */
	/* 1 + the symbol's place in values[]; 0: the file does not use it. */
	uint32_t specials[SPECIAL_COUNT];
	uint32_t imports, imports_missing;
	const void *whole; /* a copy of the symbol table, if the source cannot be read again */
#if COUNTS_LATER
	uint32_t kept_first; /* if there is a view: index of the first global symbol */
#endif
	uint32_t *exported; /* exports_global.c: by global symbol, 1 + its name's offset, or 0 */
#if VENEERS_LATER
	/* symtab_view.c: by global symbol, 1 + its place in values[] and flags[]; 0: none */
	uint16_t *kept;
	uint32_t kept_room, kept_count;
#endif
};

/* Where each section goes, and how much memory that takes: layout.c. */
struct load_layout {
	struct section *sections;
	uint32_t tls;          /* index of the first thread-local section; 0: there is none */
	uint32_t loaded_end;   /* index behind the last section that is loaded */
	uint32_t exports;      /* index of .exported_sym; 0: none */
	uint32_t used_regions; /* a bit for each region that has a section */
	/* What a file without .exported_sym exports. 0 bytes: not measured. */
	size_t global_count, global_name_bytes;
	size_t global_names; /* the offset of their names, if ... */
	struct memory_block blocks[BLOCK_COUNT];
	struct region regions[LLEXT_MEM_COUNT];
	size_t laid_out; /* bytes of all regions, padding included */
	size_t piece_room;
#if LLEXT_ARCH_LITERALS
	/*
	 * literals.c: by section of code, the section of its literals, which lies directly before
	 * it; by section of literals, its own index; 0: neither
	 */
#define LITERALS_FIRST UINT32_MAX /* literals that lie before all code */
	uint32_t *literals;
#endif
	/* init_arrays.c, unwind.c */
	struct array *arrays;
	size_t array_count;
	bool by_name;    /* some are known by nothing else: .ctors, .dtors, section_sets.c */
	uint32_t unwind; /* index of the unwind table's first section; 0: none */
	uint32_t looks;  /* section_sets.c: how many sections it has looked at */
	size_t unwind_bytes;
	/* in_place.c */
	size_t detached_count;
	bool text_relocated;
	bool versions, other_versions; /* exports_global.c: of names; those that are no default */
	bool global_names_together;    /* ... these stand side by side */
};

/*
 * What the load makes for its relocations: count.c. In targets[], symbols with a GOT entry only
 * come first, then those with both, then those with a veneer only.
 */
struct load_made {
	struct target *targets;
	size_t target_counts[4]; /* by flags / SYMBOL_GOT */
	size_t target_count;
	size_t veneer_first; /* index in targets[] of slot 0 of the veneers */
	struct slots got;
	struct slots veneers;
	struct slots offset_veneers; /* veneers for branches to a symbol plus an offset ... */
	elf_addr *offset_targets;    /* ... where each leads ... */
	size_t offset_veneers_made;  /* ... and how many are made so far */
	struct pcrel_his pcrel_his;
	struct paddings paddings;
	size_t relocation_count;
#if LLEXT_ON(CONFIG_LLEXT_ERRATUM_843419)
	struct slots page_ends;  /* errata/: room for one instruction of each page */
	uint8_t *page_ends_used; /* by slot: which word behind the page's last but one it stands
				    for; 0: it is free */
#endif
#if LLEXT_FAST_ARM
	struct reach reach; /* of common branches */
#endif
#if VENEERS_LATER
	size_t text_bytes; /* of the text region, without room for veneers */
#endif
	uint32_t no_function; /* relocate.c: the last symbol that turned out not to be a function */
};

/* Where the file's bytes are, and the load's own memory: loader.c. */
struct load_source {
	size_t length;        /* SIZE_MAX where the loader cannot tell */
	size_t position;      /* of the next read; SIZE_MAX: not known */
	const uint8_t *whole; /* the whole file, if it was read in one piece ... */
#if CONFIG_LLEXT_WHOLE_BYTES > 0
	uint8_t *spare; /* the room behind it, or headers of groups (elf.c) */
	size_t spare_bytes;
#endif
	uint8_t *window; /* a buffer for a part of a table, if the source cannot be peeked */
	size_t window_bytes;
	size_t window_offset; /* offset in the file of its first byte ... */
	size_t window_filled; /* ... and how many bytes of the file it has */
	uint32_t transient_count;
	size_t transient_bytes, transient_most;
	bool prepared;
	uint8_t *writable_ident; /* in_place.c: a writable buffer's e_ident */
};

/* A shared object's or an executable's image: linked/segments.c. */
struct load_linked {
	size_t segment_count;
	elf_addr image_low; /* the address in the file at which the image begins; may be below 0 */
	elf_addr relro_start;
	elf_addr relro_end; /* of what is read-only after relocation; 0: nothing is */
	size_t image_bytes;
	size_t image_align;
	struct llext_extent image; /* the block */
};

#if SANDBOX
/* The load of an extension into a domain: sandbox/sandbox_load.c. */
struct load_sandbox {
	bool fenced, has_front; /* laid out for a domain, or one to join later; for a stack, too */
	const struct llext_gate **gates; /* by slot, from 1 on */
	const void **functions;          /* likewise, what it calls itself while it is trusted */
	uint32_t gate_count, gate_room;
	elf_addr gates_at;      /* offset of the slots in the text region */
	uint32_t gates_lacking; /* missing imports that the firmware exports, but not to domains */
	struct llext *refilled; /* the extension whose data is read anew */
	size_t refilled_pieces;
};
#endif

/* A load that may have to begin again: restart.c. */
struct load_restart {
	uint8_t counting;  /* enum counting */
	bool again;        /* the load must begin again, or has done so */
	uint32_t reports;  /* imports that the caller was told of ... */
	uint32_t reported; /* ... and that many before the load began again */
};

/*
 * A load, by stage. Nothing of it outlives llext_load(). Fields near the start are reached by
 * shorter instructions: words within 128 bytes, 2 bytes on Thumb and compressed RISC-V instead of 4
 * or 6. So bases[], which every relocation uses, and what most functions ask for come first.
 */
struct llext_load_steps;
struct load {
	elf_addr bases[SYMBOL_OWN + 1]; /* place.c; first, so that an entry is at one sum */
	struct llext_loader *ldr;
	const struct llext_load_param *param;
	struct llext *ext; /* place.c */
#if LLEXT_ON(CONFIG_LLEXT_STEPS)
	struct llext_load_steps *steps; /* NULL: the load is not in steps */
#endif

	struct load_headers headers;
	struct load_symbols symbols;
	struct load_layout layout;
	struct load_file file;
	struct load_symtab symtab;
	struct load_made made;
	struct load_source source;
	struct load_restart restart;
	struct load_linked linked;
#if SANDBOX
	struct load_sandbox sandbox;
#endif
#if LLEXT_ON(CONFIG_LLEXT_PACKED)
	struct packed packed; /* packed.c */
#endif
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	struct tls tls; /* src/tls/ */
#endif

	const char *name;
	enum llext_stage stage; /* load.c, for the diagnostic */
	bool planned;           /* llext_plan(): no relocation will be applied */

	/* Not cleared at each load: counts say how many entries are valid. */
	void *transient[MAX_TRANSIENT]; /* loader.c */
	struct segment segments[LINKED_FILES ? MAX_SEGMENTS : 1];
};

/* The address in a pointer to code: the pointer without its state bits. */
static inline elf_addr code_address(elf_addr pointer)
{
	return pointer & ~llext_arch.state_bits;
}

/* True for a shared object. A constant in a build that loads one type only. */
static inline bool is_shared_object(const struct load *ld)
{
	if (!LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB))
		return false;
	if (!LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_OBJECT) &&
	    !LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_RELOCATABLE) &&
	    !LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_EXECUTABLE))
		return true;
	return ld->headers.linked == ET_DYN;
}

/* True for an executable, which runs at its own addresses only. */
static inline bool is_executable(const struct load *ld)
{
	return LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_EXECUTABLE) && ld->headers.linked == ET_EXEC;
}

/* True for a shared object or an executable: it has segments, and symbols' values are addresses. */
static inline bool is_linked(const struct load *ld)
{
	return is_shared_object(ld) || (LINKED_FILES && ld->headers.linked != 0);
}

/* True if not all symbols are kept by their index: symtab_view.c, symtab_blocks.c. */
static inline bool has_symtab_view(const struct load *ld)
{
#if COUNTS_LATER
	return ld->symbols.view != NULL;
#else
	(void)ld;
	return false;
#endif
}

/* True if relocations are applied without having been counted. */
static inline bool counts_later(const struct load *ld)
{
	return COUNTS_LATER && ld->restart.counting == COUNTING_LATER;
}

/* The name of a section that elf.c has checked. */
static inline const char *checked_name(const struct load *ld, const elf_shdr_t *shdr)
{
	return ld->headers.names + shdr->sh_name;
}

/*
 * True if this is the section's name. @name begins with a dot; the letter after it rules out most
 * sections.
 */
static inline __attribute__((always_inline)) bool
llext_named(const struct load *ld, const elf_shdr_t *shdr, const char *name)
{
	const char *found = checked_name(ld, shdr);

	return found[0] == '.' && found[1] == name[1] && strcmp(found, name) == 0;
}

/* The domain that a load is for; NULL: the extension is trusted. */
static inline struct k_mem_domain *domain_of(const struct load *ld)
{
	return SANDBOX ? ld->param->domain : NULL;
}

/* True if the extension is laid out for a domain: it is in one, or may join one later. */
static inline bool is_fenced(const struct load *ld)
{
#if SANDBOX
	return ld->sandbox.fenced;
#else
	(void)ld;
	return false;
#endif
}

/* True if the load reads the data of a loaded extension anew: sandbox/sandbox_load.c. */
static inline bool is_refill(const struct load *ld)
{
#if SANDBOX
	return ld->sandbox.refilled != NULL;
#else
	(void)ld;
	return false;
#endif
}

/* True if the caller has put the sections where they belong: in_place.c. */
static inline bool is_pre_located(const struct load *ld)
{
	return LLEXT_ON(CONFIG_LLEXT_IN_PLACE) && ld->param->pre_located;
}

/* True if the load applies relocations against the extension's own symbols. */
static inline bool relocates_local(const struct load *ld)
{
	return !LLEXT_ON(CONFIG_LLEXT_IN_PLACE) || ld->param->relocate_local;
}

#endif /* LLEXT_LOAD_H_ */
