/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of relocations, read and checked. Two stages walk them: count.c before anything is
 * allocated, relocate.c when everything has its address. Both get every relocation through the
 * same checks, so a source that gives other bytes the second time is caught as a malformed file
 * would be.
 */
#ifndef LLEXT_RELOC_TABLE_H_
#define LLEXT_RELOC_TABLE_H_

#include "internal.h"

/* A relocation section. */
struct table {
	struct load *ld;
	uint32_t index;  /* of its own section */
	uint32_t target; /* of the section that it applies to; 0: the whole image */
	size_t entry_bytes;
	elf_addr image_low; /* subtracted from the places */
	bool has_addend;
	bool compact;      /* SHT_CREL; entry_bytes and has_addend follow from its header */
	bool has_pairs;    /* set by whoever walks it */
	size_t high_count; /* likewise */
};

/* What a walk is for: what the loop itself can do of it is not given to the function. */
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

/* Where a walk over compact relocations has come to. */
struct crel {
	const uint8_t *next; /* byte */
	elf_addr left;       /* entries */
	uint8_t shift;
	uint8_t flag_bits; /* of an entry's first byte */
	uint8_t rest;      /* these, and CREL_MORE: more bytes follow the first */
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

#define CREL_BATCH 12

int llext_crel_open(struct table *table, struct stream *stream, struct crel *crel);
/* What of an entry of any kind follows its first byte. @return false: it is malformed. */
bool llext_crel_rest(struct crel *crel, unsigned int head, const uint8_t *end);
/*
 * The next entries, all with addends, as those of an ordinary table: CREL_BATCH of them, or those
 * that begin before @enough. @return how many; the one behind them is malformed if not @sound.
 */
size_t llext_crel_batch(struct crel *crel, const uint8_t *end, const uint8_t *enough,
			elf_rela_t *batch, bool *sound);

/* The next entry: its first byte lies before @end. Most have no more than this knows. */
static inline __attribute__((always_inline)) bool llext_crel_step(struct crel *crel,
								  const uint8_t *end)
{
	const uint8_t *next = crel->next;
	unsigned int head = *next++;

	crel->left--;
	crel->offset += (head & 0x7f) >> crel->flag_bits;
	crel->next = next;
	if (!(head & crel->rest))
		return true;
	/* Without addends, one byte each for the place and the symbol. */
	if ((head & CREL_TYPE) || crel->flag_bits != 2 || end - next < 2)
		return llext_crel_rest(crel, head, end);
	if (head & CREL_MORE) {
		if (*next & 0x80)
			return llext_crel_rest(crel, head, end);
		if (head & CREL_SYMBOL) {
			if (next[1] & 0x80)
				return llext_crel_rest(crel, head, end);
			crel->symbol += (uint32_t)(next[1] ^ 0x40) - 0x40;
			crel->next++;
		}
		crel->offset += (elf_addr)*next << 5;
	} else {
		if (*next & 0x80)
			return llext_crel_rest(crel, head, end);
		crel->symbol += (uint32_t)(*next ^ 0x40) - 0x40;
	}
	crel->next++;
	return true;
}

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

/*
 * Is section @index, a table of relocations, one that this load applies?
 * @return 1, 0, or a negative errno where it is malformed.
 */
int llext_table_open(struct load *ld, uint32_t index, struct table *table);

/* Does what a relocation's encoding reads and writes lie in its section or image? */
int llext_check_place(const struct table *table, const struct reloc *reloc);

/*
 * A GOT entry holds S, while AArch64's relocations want one that holds S + A (AAELF64, GDAT). A
 * packed file's are not counted, and so they are looked at when they are applied.
 */
static inline int llext_check_got(const struct table *table, const struct reloc *reloc)
{
	if (LLEXT_ARCH_PAGES && (reloc->type->flags & RELOC_GDAT) && reloc->addend != 0)
		return llext_fail_reloc(table, reloc, -ENOTSUP,
					"GOT entry for a symbol with an addend");
	return 0;
}

/* Call @fn for each relocation that is ours to apply, until it returns other than 0. */
int llext_table_walk(struct table *table, enum walk_kind purpose,
		     int (*fn)(struct table *table, const struct reloc *reloc));

/* ---- pcrel_hi.c ---- */

#if LLEXT_ARCH_PAIRS
int llext_pcrel_hi_keep(struct load *ld, elf_addr place, elf_addr value);
/* By place, before they are looked for. */
void llext_pcrel_hi_sort(struct pcrel_his *pcrel_his);
/* The value of the RELOC_HIGH relocation at @place. */
bool llext_pcrel_hi_find(const struct pcrel_his *pcrel_his, elf_addr place, elf_addr *value);
#else
#define llext_pcrel_hi_keep(ld, place, value)  (0)
#define llext_pcrel_hi_sort(pcrel_his)         ((void)0)
#define llext_pcrel_hi_find(his, place, value) ((void)(value), false)
#endif

/* ---- reloc_kind.c ---- */

/*
 * A type, as a walk sees it. A relocation whose place is below @span and whose symbol's flags,
 * under @mask, are @expected is an ordinary one: sound, and the loop knows what to do with it.
 */
struct kind {
	uint32_t number;
	elf_addr span;
	uint32_t mask, expected;
	uint32_t fast; /* WALK_APPLY: llext_fast_kind(); @mask is SYMBOL_UNLOADED then */
	const struct reloc_type *type;
	const struct reloc_encoding *encoding;
	elf_addr plain_span; /* WALK_APPLY: places below it are ordinary.c's; 0: none is */
};

/* What a walk for @purpose over @table is to know of a type. */
void llext_kind_learn(struct kind *kind, const struct table *table, enum walk_kind purpose,
		      uint32_t number);

/* ---- ordinary.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_QUICK)
/* May relocations of a type have the ordinary form in this table? */
bool llext_is_ordinary(const struct table *table, const struct reloc_type *type);
/* Apply one of a type of which that is true. @return false: nothing has been done. */
bool llext_apply_ordinary(const struct table *table, const struct kind *kind, uint32_t symbol,
			  elf_addr offset, elf_addr addend);
#else
#define llext_is_ordinary(table, type)                            (false)
#define llext_apply_ordinary(table, kind, symbol, offset, addend) (false)
#endif

/* ---- linked/relr.c ---- */

/* SHT_RELR: call @fn with the offset in the image of each word that gets the base added. */
int llext_relr_walk(struct load *ld, uint32_t index, int (*fn)(struct load *ld, elf_addr offset));

#endif /* LLEXT_RELOC_TABLE_H_ */
