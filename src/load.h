/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a load is while it goes on, what stays of it with the extension, and the small questions
 * about both: one struct load, which each stage reads and completes. What the stages offer each
 * other is in internal.h.
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
#if LLEXT_ON(CONFIG_LLEXT_TRUST)
#include <llext/trust.h>
#endif
#include "arch/arch.h"
#include "fast/fast.h"
#include "folders.h"

/* Largest alignment that a section may ask for. */
#define MAX_ALIGN ((size_t)65536)
/* Most segments of a shared object. Linkers make four or five. */
#define MAX_SEGMENTS 8
/* No architecture's veneer is larger. */
#define MAX_VENEER 32
/* Most temporary pieces of memory that one load holds. */
#define MAX_TRANSIENT 16

/*
 * ONE_PIECE: true if an extension is one allocation, written at its run address: no protection, no
 * split heap, nothing in place, no segments.
 */
#define LINKED_FILES                                                                               \
	(LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB) || LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_EXECUTABLE))
#define ONE_BLOCK (!LLEXT_ON(CONFIG_LLEXT_PROTECT) && !LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP))
#define ONE_PIECE (ONE_BLOCK && !LLEXT_ON(CONFIG_LLEXT_IN_PLACE) && !LINKED_FILES)

/* Can extensions be loaded into domains (src/sandbox)? */
#if LLEXT_ON(CONFIG_USERSPACE)
#define SANDBOX 1
#if ONE_BLOCK
#error "CONFIG_USERSPACE needs CONFIG_LLEXT_PROTECT"
#endif
#else
#define SANDBOX 0
#endif

struct llext_gate;

/*
 * VENEERS_LATER: a load reserves a veneer for each import and makes it when a branch first needs
 * it. Only where code has a block of its own can the rest of that room be given back.
 */
#define VENEERS_LATER (LLEXT_FAST_ARM && !ONE_BLOCK)

/* A load may start without counting what relocations need: see restart.c. */
#define COUNTS_LATER (VENEERS_LATER || LLEXT_FAST_RISCV)

/* ---- what lies where ---- */

/* Memory of an extension that is protected and freed as one. */
struct piece {
	struct llext_extent extent;
	uint8_t access; /* enum llext_access */
	uint8_t heap;   /* enum llext_heap */
	bool owned;     /* allocated from that heap, to be freed */
	bool in_place;  /* the loader's memory, which the port let us use */
	bool claimed;   /* the port's memory, to be released */
	bool guarded;   /* the port has protected it */
	bool in_domain; /* the domain's memory, to be freed there */
	uint8_t before; /* enum llext_access that it had */
};

/* One section, in the order of the section headers. */
struct section {
	elf_addr load;   /* load address */
	uint8_t *mem;    /* write address */
	uint8_t region;  /* enum llext_mem; LLEXT_MEM_COUNT: not loaded */
	uint8_t storage; /* enum section_storage */
	bool relocated;  /* a relocation section applies to it */
	bool labels;     /* it is part of a region: see labels.c */
};

enum section_storage {
	SECTION_IN_REGION, /* part of its region */
	SECTION_IN_PLACE,  /* where the loader's peek has it */
	SECTION_DETACHED,  /* a copy of its own */
};

/* A region while it is laid out. */
struct region {
	size_t bytes;
	size_t align;
	size_t filled; /* bytes written so far, used to zero the gaps */
	uint8_t *mem;  /* write address, once its block is allocated */
	elf_addr load; /* load address, likewise; before, the offset in the block */
};

/* Regions of like access are allocated as one block. Where access is all the same, all of them. */
enum block { BLOCK_TEXT, BLOCK_RODATA, BLOCK_DATA, BLOCK_COUNT = ONE_BLOCK ? 1 : 3 };

struct memory_block {
	size_t bytes, align;
	struct llext_extent extent;
};

/* A section whose place among its like matters. */
struct array {
	uint32_t section;
	uint32_t order; /* by which they are sorted */
};

/* A table that the loader makes: GOT entries or veneers. */
struct slots {
	size_t count;
	elf_addr load; /* load address of slot 0 */
	uint8_t *mem;  /* write address of slot 0 */
};

/* A symbol that has an entry in one of them, or in both. */
struct target {
	elf_addr value;
	elf_addr branch; /* where a branch to it goes, from the start of the text region */
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

/* Padding of which a linker keeps only what alignment needs: RELOC_ALIGN. */
struct padding {
	uint32_t section;
	elf_addr offset; /* in the section as the file has it */
	elf_addr bytes;
	elf_addr kept; /* of these */
	elf_addr cut;  /* bytes cut in the section up to here, these included */
};

struct paddings {
	struct padding *items; /* by section and offset */
	size_t count, room;
};

/*
 * Flags of a symbol. The lower bits say what its value counts from until everything is placed: a
 * region (enum llext_mem), or one of these.
 */
#define SYMBOL_BASE    0x0f
#define SYMBOL_EXACT   (LLEXT_MEM_COUNT + 0) /* nothing: it is final already */
#define SYMBOL_IMAGE   (LLEXT_MEM_COUNT + 1) /* the start of a shared object */
#define SYMBOL_OWN     (LLEXT_MEM_COUNT + 2) /* a section outside the regions */
#define SYMBOL_SPECIAL (LLEXT_MEM_COUNT + 3) /* the loader defines it: an enum special */
/* Thread-local variables, whose values count from the thread pointer: regions of no section. */
#define SYMBOL_TLS        LLEXT_MEM_STRTAB /* from the start of the extension's block */
#define SYMBOL_TLS_IMPORT LLEXT_MEM_SYMTAB /* another's: the value is final */
#define SYMBOL_UNLOADED   0x10 /* in a section that is not loaded; an import: missing so far */
#define SYMBOL_IMPORT     0x20 /* undefined in the file */
/* With either of these, values[] holds an index in targets[], and the value is there. */
#define SYMBOL_GOT    0x40 /* has a GOT entry */
#define SYMBOL_VENEER 0x80 /* has a veneer */

/* Symbols that every linker defines, and so the loader. */
enum special {
	SPECIAL_GOT_BASE,
	SPECIAL_HANDLE,
	SPECIAL_COUNT,
	/* And 2 for each section, and 1 for its end instead of its start. */
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
	uint32_t section; /* index of a thread-local section, the first one where bytes is not 0 */
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	size_t bytes, align; /* of all; 0 bytes: there are none */
	size_t image_bytes;  /* so many of them have initial values ... */
	size_t image;        /* ... at this offset in LLEXT_MEM_RODATA, or in the image */
	uint32_t *index;     /* tls_index.c */
	struct slots words;  /* two each */
#endif
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
	COUNTING_LATER, /* not yet: it hopes that nothing but veneers of imports is needed */
};

/*
 * A load. Nothing of it outlives llext_load(). What is used most comes first: the nearer a field
 * is to the start, the shorter the instructions that reach it.
 */
struct load {
	elf_addr bases[SYMBOL_BASE + 1]; /* place.c; first: the address of each is one sum */
	struct llext_loader *ldr;
	const struct llext_load_param *param;
	const char *name;
	struct llext *ext; /* place.c */

	/* elf.c */
	const elf_shdr_t *shdrs;
	uint32_t section_count;
	uint32_t symtab;     /* index of the symbol table's section */
	uint32_t tables;     /* index of the first table of relocations ... */
	uint32_t tables_end; /* ... and the one behind the last */
#if LLEXT_ARCH_ATTRIBUTES
	const elf_shdr_t *attributes; /* build attributes; NULL: none */
#endif
	const char *names; /* section names */
	size_t names_length;
	const char *strings;
	size_t strings_length;
	size_t name_budget; /* bytes of names that may still be measured: keeps work linear */

	/* symbols.c */
	uint32_t symbol_count;
	bool other_abi;                   /* elf.c: than the firmware's */
	bool symbols_special;             /* symbols_finish() must look at every symbol */
	uint32_t specials[SPECIAL_COUNT]; /* 1 + where the value of one is kept; 0: none */
#if VENEERS_LATER
	const elf_sym_t *symtab_view; /* symtab_view.c */
#endif
	elf_addr *values; /* by symbol index (but see symtab_view.c), counted from bases[] */
	uint8_t *flags;   /* by symbol index: SYMBOL_* */
	uint32_t imports;
	uint32_t imports_missing;

	struct section *sections; /* layout.c */
	uint32_t loaded_end;      /* index behind the last section that is loaded */
	uint32_t exports;         /* index of .exported_sym; 0: none */
	size_t global_count;      /* of symbols that are exported without one; 0: not counted */
	size_t global_name_bytes;

	/* count.c: of symbols with a GOT entry, then with both, then with a veneer */
	struct target *targets;
	size_t target_counts[4]; /* by flags / SYMBOL_GOT */
	size_t target_count;
	size_t veneer_first; /* index in targets[] of slot 0 of the veneers */
	struct slots got;
	struct slots veneers;
	struct pcrel_his pcrel_his;
	struct paddings paddings;
	size_t relocation_count;

	/* loader.c */
	size_t length;        /* of the source; SIZE_MAX where the loader cannot tell */
	size_t position;      /* of the next read; SIZE_MAX: not known */
	const uint8_t *whole; /* the file, where it was read in one piece ... */
#if CONFIG_LLEXT_WHOLE_BYTES > 0
	uint8_t *spare; /* ... and what is left behind it, for tables */
	size_t spare_bytes;
#endif
	uint8_t *window; /* the part of a table that is at hand, where it cannot be peeked */
	size_t window_bytes;
	size_t window_offset; /* in the file, of its first byte ... */
	size_t window_filled; /* ... and so many are of it */
	uint32_t transient_count;
	uint32_t no_function; /* relocate.c: the last symbol that was found to be none */
	size_t transient_bytes;
	bool prepared;

	enum llext_stage stage;
	elf_ehdr_t ehdr; /* elf.c */
#if LLEXT_ON(CONFIG_LLEXT_PACKED)
	struct packed packed; /* packed.c */
#endif
	const void *symbols_view; /* the whole symbol table, where it cannot be read again */

	/* layout.c */
	struct memory_block blocks[BLOCK_COUNT];
	struct region regions[LLEXT_MEM_COUNT];
	uint32_t used_regions; /* a bit for each that something has been laid out in */
	size_t laid_out;       /* bytes of all regions, padding included */
	size_t piece_room;

	uint32_t looks; /* section_sets.c: that it has taken at sections */

	/* init_arrays.c, unwind.c */
	struct array *arrays;
	size_t array_count;
	uint32_t unwind;         /* index of the unwind table's first section; 0: none */
	bool text_relocated;     /* in_place.c */
	bool executable_stack;   /* the file asks for one */
	uint8_t *writable_ident; /* in_place.c: a writable buffer's e_ident */
	size_t unwind_bytes;
	size_t detached_count; /* in_place.c */

	/* segments.c */
	struct tls tls;
	size_t segment_count;
	elf_addr image_low; /* lowest vaddr of a shared object's segments */
	elf_addr relro_end; /* end of what is read-only after relocation; 0: none */
	size_t image_bytes;
	size_t image_align;
	struct llext_extent image; /* a shared object's block */

#if SANDBOX
	/* sandbox/load.c */
	const struct llext_gate **gates; /* by slot, from 1 on */
	uint32_t gate_count, gate_room;
	elf_addr gates_at;      /* offset of the slots in the text region */
	uint32_t gates_lacking; /* imports that the firmware has, but not for a domain */
	struct llext *refilled; /* the extension whose data is to be as at its load */
	size_t refilled_pieces;
#endif

	/* restart.c */
	uint8_t counting;     /* enum counting */
	bool restart;         /* the load must begin again, or has done so */
	bool planned;         /* llext_plan(): nothing is going to be applied */
	bool imports_unknown; /* some are missing, if a relocation refers to them */
	uint32_t reports;     /* of imports to the caller ... */
	uint32_t reported;    /* ... and so many before the load began again */

	/* fast part */
	elf_addr reach, reach_bytes; /* what common branches reach from everywhere in the heap */
#if VENEERS_LATER
	size_t text_bytes; /* of the text region, without the room for the veneers */

	/* symtab_view.c: a place in values[] and flags[] by global symbol */
	uint16_t *kept;      /* 1 and the place; 0: none */
	uint32_t kept_first; /* index of the first global symbol */
	uint32_t kept_room, kept_count;
#endif

	/* Not zeroed at each load: counts say how much of it is valid. */
	void *transient[MAX_TRANSIENT]; /* loader.c */
	struct segment segments[LINKED_FILES ? MAX_SEGMENTS : 1];
};

/* The private half of struct llext. */
struct llext_private {
	struct piece *pieces;
	size_t piece_count;
	unsigned int dependents; /* loaded extensions that use this one */
	bool wanted;             /* the load that is going on uses it */
	bool changing;           /* initialisers or finalisers are running ... */
	const void *changer;     /* ... in this thread; NULL: the port does not say */
	unsigned int users;      /* who have brought it up, and not torn it down */
#if LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB)
	uintptr_t init, fini; /* of a shared object: DT_INIT, DT_FINI; 0: none */
#endif
	const void *unwind;
	size_t unwind_bytes;
	void *export_table; /* heap memory behind exp_tab */
#if SANDBOX
	struct k_mem_domain *domain; /* NULL: trusted */
	elf_addr gates;              /* slots, in the text */
	size_t gates_bytes;
#endif
	void *dependency_table;
	elf_addr entry; /* 0: none */
	struct exit_function *exit_functions;
#if LLEXT_ON(CONFIG_LLEXT_TRUST)
	struct llext_claims claims; /* admit.c; without a key: there are none */
#endif
#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)
	struct llext_debug_extension *debug_record; /* debugger.c */
#endif
	/* kept for inspect.h */
	elf_shdr_t *shdrs;
	struct section *sections;
	char *names;
	size_t names_length;
	uint32_t section_count;
};

/* The address that a pointer to code has, without state bits. */
static inline elf_addr code_address(elf_addr pointer)
{
	return pointer & ~llext_arch.state_bits;
}

/* ---- arithmetic on what a file says ---- */

static inline bool is_power_of_two(elf_xword value)
{
	return value != 0 && (value & (value - 1)) == 0;
}

/* Round up to a power of two, where that cannot overflow. */
static inline size_t aligned(size_t value, size_t align)
{
	return (value + align - 1) & ~(align - 1);
}

/* A number of the file fits a size_t: no machine loads files of a wider class than its own. */
_Static_assert(sizeof(size_t) >= sizeof(elf_xword), "size_t is narrower than the ELF class");

/* Does [offset, offset + bytes) lie within [0, limit)? Never overflows. */
static inline bool fits(size_t offset, size_t bytes, size_t limit)
{
	return offset <= limit && bytes <= limit - offset;
}

/* Round up to a power of two; false where that overflows. */
static inline bool round_up(size_t *value, size_t align)
{
	if (align <= 1)
		return true;
	if (*value > SIZE_MAX - (align - 1))
		return false;
	*value = (*value + align - 1) & ~(align - 1);
	return true;
}

/* A shared object. Folds to a constant where a build has one type. */
static inline bool is_shared_object(const struct load *ld)
{
	if (!LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_SHAREDLIB))
		return false;
	if (!LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_OBJECT) &&
	    !LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_RELOCATABLE) &&
	    !LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_EXECUTABLE))
		return true;
	return ld->ehdr.e_type == ET_DYN;
}

/* A file that runs at its own addresses only. */
static inline bool is_executable(const struct load *ld)
{
	return LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_EXECUTABLE) && ld->ehdr.e_type == ET_EXEC;
}

/* A shared object or an executable: laid out in segments, where a symbol's value is an address. */
static inline bool is_linked(const struct load *ld)
{
	return is_shared_object(ld) || is_executable(ld);
}

/* The symbol table, where symbols are looked up in it: symtab_view.c. */
static inline const elf_sym_t *symtab_view(const struct load *ld)
{
#if VENEERS_LATER
	return ld->symtab_view;
#else
	(void)ld;
	return NULL;
#endif
}

/* Relocations are applied without having been counted. */
static inline bool counts_later(const struct load *ld)
{
	return COUNTS_LATER && ld->counting == COUNTING_LATER;
}

/* The name of a section that elf.c has checked. */
static inline const char *checked_name(const struct load *ld, const elf_shdr_t *shdr)
{
	return ld->names + shdr->sh_name;
}

/*
 * True if this is the section's name. Names begin with a dot; the letter after it rules out most.
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

/* The domain that an extension is in, likewise. */
static inline struct k_mem_domain *extension_domain(const struct llext *ext)
{
#if SANDBOX
	return ext->priv->domain;
#else
	(void)ext;
	return NULL;
#endif
}

/* Is data read anew into an extension that stays: sandbox/load.c? */
static inline bool is_refill(const struct load *ld)
{
#if SANDBOX
	return ld->refilled != NULL;
#else
	(void)ld;
	return false;
#endif
}

/* The caller has put the sections where they belong: in_place.c. */
static inline bool is_pre_located(const struct load *ld)
{
	return LLEXT_ON(CONFIG_LLEXT_IN_PLACE) && ld->param->pre_located;
}

/* Relocations against the extension's own symbols are ours to apply. */
static inline bool relocates_local(const struct load *ld)
{
	return !LLEXT_ON(CONFIG_LLEXT_IN_PLACE) || ld->param->relocate_local;
}

static inline size_t piece_count(const struct llext_private *priv)
{
	return ONE_PIECE ? 1 : priv->piece_count;
}

/* The pieces follow the private structure in memory. */
static inline struct piece *pieces_of(const struct llext_private *priv)
{
	return ONE_PIECE ? (struct piece *)(uintptr_t)(priv + 1) : priv->pieces;
}

static inline bool is_in_region(const struct section *section)
{
	return !LLEXT_ON(CONFIG_LLEXT_IN_PLACE) || section->storage == SECTION_IN_REGION;
}

static inline bool is_in_place(const struct section *section)
{
	return LLEXT_ON(CONFIG_LLEXT_IN_PLACE) && section->storage == SECTION_IN_PLACE;
}

/* The next region that something is laid out in, from @from on; LLEXT_MEM_COUNT: none. */
static inline unsigned int next_region(const struct load *ld, unsigned int from)
{
	uint32_t left = ld->used_regions >> from;

	return left != 0 ? from + (unsigned int)__builtin_ctz(left) : LLEXT_MEM_COUNT;
}

#endif /* LLEXT_LOAD_H_ */
