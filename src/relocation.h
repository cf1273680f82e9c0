/* SPDX-License-Identifier: Apache-2.0 */
/* What relocations need (GOT entries, veneers, cut padding), and how they are applied. */
#ifndef LLEXT_RELOCATION_H_
#define LLEXT_RELOCATION_H_

#include "load.h"

/* ---- count.c, relocate.c ---- */

int llext_relocate_count(struct load *ld);
/* Note that a symbol needs a GOT entry (SYMBOL_GOT) or a veneer (SYMBOL_VENEER). */
void llext_need(struct load *ld, uint32_t symbol, uint8_t what);
int llext_add_tables(struct load *ld); /* room for ld->made.got and ld->made.veneers */
/* What branches of a type reach. */
struct reach llext_branch_reach(const struct load *ld, uint32_t number);
/* True if a branch of this type cannot reach @to from somewhere in the code heap. */
bool llext_may_miss(const struct load *ld, uint32_t number, elf_addr to);
int llext_relocate_table(struct load *ld, uint32_t index);
int llext_relocate(struct load *ld);

/* ---- padding.c ---- */

/* Part of a section that moves as one: what lies between two paddings, without them. */
struct stretch {
	elf_addr from, bytes; /* offsets in the section as the file has it */
	elf_addr cut;         /* how far it moves down */
	size_t behind;        /* index of the next padding */
};

#if LLEXT_ARCH_PADDING
struct table;
struct reloc;
int llext_padding_keep(const struct table *table, const struct reloc *reloc); /* a RELOC_ALIGN */
/* Likewise, if it is sound and there is room. @return false: nothing has been done. */
bool llext_padding_add(struct load *ld, uint32_t section, elf_addr offset, elf_addr bytes);
int llext_padding_measure(struct load *ld); /* when all are known */
/* Cut the padding of a section whose bytes are in place. */
void llext_padding_cut(struct load *ld, uint32_t section);
/* Where a byte of a section is after that. */
elf_addr llext_padding_moved(struct load *ld, uint32_t section, elf_addr offset);
/* Find the stretch that has @offset, or the one behind if @offset is inside a padding. */
void llext_padding_stretch(struct load *ld, uint32_t section, elf_addr offset,
			   struct stretch *stretch);
/* Go on to the one behind, if there is one. */
void llext_padding_next(const struct load *ld, uint32_t section, struct stretch *stretch);
#else
#define llext_padding_measure(ld)                (0)
#define llext_padding_cut(ld, section)           ((void)0)
#define llext_padding_moved(ld, section, offset) (offset)
#endif

/* ---- veneers.c ---- */

/* Where the common branches to @value go: through its veneer if none of them can reach it. */
static inline elf_addr llext_branch_end(elf_addr value, elf_addr text, elf_addr veneer)
{
	/* If some can, it depends on the branch, and relocate.c decides for each. */
	return llext_fast_reaches(value, text) || llext_fast_reaches(value, veneer)
		       ? value
		       : veneer | llext_arch.veneer_state;
}

/* Complete all targets, now that their bases are known. */
void llext_targets_finish(struct load *ld);
/* Write the veneers from @first up to @end. */
void llext_veneers_fill(const struct load *ld, size_t first, size_t end);
int llext_fill_slots(struct load *ld);

/*
 * True if the veneer of this branch may have to lead to a symbol plus an offset: the branch is an
 * instruction, and its symbol is not the extension's. Each such branch has a veneer of its own.
 */
static inline bool llext_may_be_offset(const struct load *ld, const struct reloc_type *type,
				       const struct reloc_encoding *encoding, uint8_t flags)
{
	return LLEXT_ARCH_OFFSET_BRANCH && (type->flags & RELOC_BRANCH) != 0 &&
	       encoding->align > 1 && !is_linked(ld) && !is_pre_located(ld) &&
	       (flags & SYMBOL_BASE) == SYMBOL_EXACT;
}

/*
 * Make a veneer to @to. @return 1, and *@veneer is the pointer to its code; 0: no room was reserved
 * for it; or a negative errno.
 */
int llext_offset_veneer(struct load *ld, elf_addr to, elf_addr *veneer);

/* ---- fast/veneers_later.c ---- */

#if VENEERS_LATER
int llext_veneers_reserve(struct load *ld); /* one for each import */
/* True if veneers are made later, and the symbol kept at @at is an import that has none yet. */
bool llext_veneer_lacks(const struct load *ld, uint32_t at);
int llext_veneer_give(struct load *ld, uint32_t at);
int llext_veneers_trim(struct load *ld); /* give back the room for unused ones */
#else
#define llext_veneers_reserve(ld)  (0)
#define llext_veneer_lacks(ld, at) (false)
#define llext_veneer_give(ld, at)  (0)
#endif

#endif /* LLEXT_RELOCATION_H_ */
