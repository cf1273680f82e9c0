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

/* ---- crel.c ---- */

/* Where a walk over compact relocations has come to. */
struct crel {
	elf_addr left; /* entries */
	unsigned int shift;
	elf_addr offset, addend;
	uint32_t symbol, type;
	elf_addr info; /* these two, as r_info has them */
};

#define CREL_BATCH 16

int llext_crel_open(struct table *table, struct stream *stream, struct crel *crel);
/* The next entries, CREL_BATCH at most, as those of an ordinary table; none: @bytes is 0. */
int llext_crel_next(struct table *table, struct stream *stream, struct crel *crel,
		    uint8_t entries[CREL_BATCH * sizeof(elf_rela_t)], size_t *bytes);

/* ---- reloc_table.c ---- */

int llext_fail_reloc(const struct table *table, const struct reloc *reloc, int error,
		     const char *what);

/*
 * Is section @index, a table of relocations, one that this load applies?
 * @return 1, 0, or a negative errno where it is malformed.
 */
int llext_table_open(struct load *ld, uint32_t index, struct table *table);

/* Call @fn for each relocation that is ours to apply, until it returns other than 0. */
int llext_table_walk(struct table *table, enum walk_kind purpose,
		     int (*fn)(struct table *table, const struct reloc *reloc));

/* SHT_RELR: call @fn with the offset in the image of each word that gets the base added. */
int llext_relr_walk(struct load *ld, uint32_t index, int (*fn)(struct load *ld, elf_addr offset));

/* The pointer to the code of a symbol's veneer. */
static inline elf_addr llext_veneer_address(const struct load *ld, uint32_t symbol)
{
	elf_addr slot = ld->values[symbol] - (elf_addr)ld->veneer_first;

	return (ld->veneers.load + slot * llext_arch.veneer_bytes) | llext_arch.veneer_state;
}

/* Does a value fit the field? If not, the violated limit goes to @limit. */
bool llext_in_range(const struct reloc_encoding *encoding, elf_addr value, int64_t *limit);

#endif /* LLEXT_RELOC_TABLE_H_ */
