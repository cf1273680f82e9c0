/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of relocations, read and checked. Two stages walk over them: count.c before anything is
 * allocated, relocate.c when everything has its address. Both get every relocation through the same
 * checks. So if a source gives other bytes the second time, that is an error like any in a
 * malformed file.
 */
#ifndef LLEXT_RELOC_TABLE_H_
#define LLEXT_RELOC_TABLE_H_

#include "internal.h"
#include "reloc_value.h"

/* A relocation section. */
struct table {
	struct load *ld;
	uint32_t index;  /* of its own section */
	uint32_t target; /* of the section that it applies to; 0: the whole image */
	const struct section
		*section; /* where that section is; for the whole image it says nothing */
	elf_addr size;    /* of that section; of the whole image: 0 */
	size_t entry_bytes;
	bool has_addend;
	bool compact;      /* its entries are; entry_bytes and has_addend follow from its header */
	bool has_pairs;    /* set during a walk */
	size_t high_count; /* likewise */
};

/*
 * What a walk is for. Relocations that its loop can handle by itself are not passed to the
 * function.
 */
enum walk_kind {
	WALK_COUNT, /* relocations that need no room are only counted */
	WALK_APPLY, /* the common ones are applied */
	WALK_ALL,   /* each is given to the function */
};

/* One relocation, checked. */
struct reloc {
	const struct reloc_type *type;
	const struct reloc_encoding *encoding;
	uint32_t number; /* of the type */
	uint32_t symbol;
	elf_addr offset; /* in the target section or the image */
	elf_saddr addend;
};

/* ---- packed/crel.c ---- */

/* The state of a walk over compact relocations. */
struct crel {
	const uint8_t *next; /* byte */
	elf_addr left;       /* entries */
	uint8_t shift;
	uint8_t flag_bits; /* of an entry's first byte */
	elf_addr offset, addend;
	uint32_t symbol, type;
};

/* The most bytes that an entry takes: a byte and four numbers of 64 bits. */
#define CREL_ENTRY_BYTES 41

/*
 * First byte of an entry: flags for a change of symbol, type and, where there are addends, addend;
 * above them begins the difference of the places.
 */
#define CREL_SYMBOL 1u
#define CREL_TYPE   2u
#define CREL_ADDEND 4u
#define CREL_MORE   0x80u

/* Room for some entries of an ordinary table. */
#define CREL_BATCH (12 * (LLEXT_ARCH_RELA_ONLY ? sizeof(elf_rela_t) : sizeof(elf_rel_t)))

int llext_crel_open(struct table *table, struct stream *stream, struct crel *crel);
/*
 * Decode the next entries to those of an ordinary table: at most CREL_BATCH bytes of these, and
 * those that begin before @enough. @return how many bytes; *@sound: the entry behind them is not
 * malformed.
 */
size_t llext_crel_batch(const struct table *table, struct crel *crel, const uint8_t *end,
			const uint8_t *enough, uint8_t *batch, bool *sound);

/* ---- veneers ---- */

/* The pointer to the code of a symbol's veneer. */
static inline elf_addr llext_veneer_address(const struct load *ld, uint32_t symbol)
{
	elf_addr slot = ld->symbols.values[kept_at(ld, symbol)] - (elf_addr)ld->made.veneer_first;

	return (ld->made.veneers.load + slot * llext_arch.veneer_bytes) | llext_arch.veneer_state;
}

/* ---- reloc_table.c ---- */

int llext_fail_reloc(const struct table *table, const struct reloc *reloc, int error,
		     const char *what);

int llext_fail_table_size(const struct load *ld, uint32_t index);

/* Check that the bytes that a relocation reads and writes lie in its section or image. */
int llext_check_place(const struct table *table, const struct reloc *reloc);

/*
 * A GOT entry holds S, while AArch64's relocations want one that holds S + A (AAELF64, GDAT), and
 * RISC-V's would read beside it: refuse other addends than 0. Relocations of a packed file are not
 * counted, so they are checked when they are applied.
 */
static inline int llext_check_got(const struct table *table, const struct reloc *reloc)
{
	if (LLEXT_ARCH_GDAT && (reloc->type->flags & RELOC_GDAT) && reloc->addend != 0)
		return llext_fail_reloc(table, reloc, -ENOTSUP,
					"GOT entry for a symbol with an addend");
	return 0;
}

/* ---- pcrel_hi.c ---- */

#if LLEXT_ARCH_PAIRS
int llext_pcrel_hi_keep(struct load *ld, elf_addr place, elf_addr value);
/* Sort them by place, before any is looked up. */
void llext_pcrel_hi_sort(struct load *ld);
/* The value of the RELOC_HIGH relocation at @place. */
bool llext_pcrel_hi_find(const struct pcrel_his *pcrel_his, elf_addr place, elf_addr *value);
#else
#define llext_pcrel_hi_keep(ld, place, value)  (0)
#define llext_pcrel_hi_sort(ld)                ((void)(ld))
#define llext_pcrel_hi_find(his, place, value) ((void)(value), false)
#endif

/* ---- reloc_kind.c ---- */

/*
 * What a walk knows of a type. A relocation is ordinary if its place is below @span and its
 * symbol's flags, under @mask, are @expected: then it is sound, and the loop handles it.
 */
struct kind {
	uint32_t number;
	elf_addr span;
	union {
		struct { /* WALK_COUNT */
			uint32_t mask, expected;
		};
		struct reloc_range range; /* WALK_APPLY: for ordinary.c */
	};
	const struct reloc_type *type;
	const struct reloc_encoding *encoding;
};

/* The RISC-V loops classify types themselves, and leave few others. */
#define WALK_KINDS (LLEXT_FAST_RISCV ? 4 : 8)

/* A walk over tables, one after the other. What is the same for all of them is set once. */
struct walk {
	struct table table; /* the current one */
	int (*fn)(struct table *table, const struct reloc *reloc);
	enum walk_kind purpose;
	bool plain;     /* tables may be of the form that most have: see open_as_most() */
	bool few;       /* a table of a few entries may be applied by llext_fast_few() */
	bool has_kinds; /* kinds[] is initialised, which is done when it is first used */
	struct kind kinds[WALK_KINDS]; /* a cache of types: the same ones come again and again */
};

/* What is known of a type, from the cache. */
const struct kind *llext_find_kind(struct walk *walk, uint32_t number);

/* ---- reloc_table.c again ---- */

/* Begin a walk that calls @fn for each relocation that the load applies. */
static inline void llext_walk_begin(struct walk *walk, struct load *ld, enum walk_kind purpose,
				    int (*fn)(struct table *table, const struct reloc *reloc))
{
	walk->table.ld = ld;
	walk->fn = fn;
	walk->purpose = purpose;
	walk->plain = !is_linked(ld) && !is_packed(ld) && !is_refill(ld);
	walk->few = purpose == WALK_APPLY && relocates_local(ld) && !has_symtab_view(ld);
}

/*
 * Check a table of relocations and walk over it, until the function returns other than 0. @return
 * that; 0; or a negative errno: it is malformed. A table that the load does not apply is passed
 * over.
 */
int llext_walk_table(struct walk *walk, uint32_t index);

/* ---- ordinary.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_QUICK)
/* True if relocations of this type may have the ordinary form in this table. */
bool llext_is_ordinary(const struct table *table, const struct reloc_type *type);
/*
 * Apply a relocation of such a type, whose place is below the kind's span. @return false: it
 * has another form, and nothing has been done.
 */
bool llext_apply_ordinary(const struct table *table, const struct kind *kind, uint32_t symbol,
			  elf_addr offset, elf_addr addend);
#else
#define llext_is_ordinary(table, type)                            ((void)(table), false)
#define llext_apply_ordinary(table, kind, symbol, offset, addend) (false)
#endif

/* ---- packed/runs.c ---- */

/*
 * Apply the runs at the beginning of a table. @return 1: compact relocations follow; 0: that is
 * all; or a negative errno.
 */
int llext_runs_apply(struct walk *walk, struct stream *stream);
/* reloc_table.c: apply a relocation that no loop of theirs can handle, with every check. */
int llext_walk_one(struct walk *walk, uint32_t number, uint32_t symbol, elf_addr offset);

/* ---- linked/relr.c ---- */

/* SHT_RELR: call @fn for each word that gets the base added, with its offset in the image. */
int llext_relr_walk(struct load *ld, uint32_t index, int (*fn)(struct load *ld, elf_addr offset));

#endif /* LLEXT_RELOC_TABLE_H_ */
