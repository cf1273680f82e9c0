/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of relocations as a walk over a table sees them: which of their relocations are ordinary,
 * so that the walk's own loop deals with them (struct kind).
 */
#include "reloc_table.h"
#include "reloc_value.h"

/* True if branches of this kind reach every place of the text region from every other. */
static bool reaches_all_text(const struct table *table, const struct reloc_encoding *encoding)
{
	const struct load *ld = table->ld;
	const struct section *section = table->section;

	return table->target != 0 && section->region == LLEXT_MEM_TEXT && is_in_region(section) &&
	       (ld->layout.regions[LLEXT_MEM_TEXT].bytes >> (encoding->bits - 2)) == 0;
}

/* True if relocations of this type never need a GOT entry or a veneer. */
static bool needs_no_room(const struct reloc_type *type)
{
	return type->value >= RELOC_ABS && !llext_reloc_needs_entry(type->value) &&
	       !(type->flags & (RELOC_BRANCH | RELOC_HIGH | RELOC_DYNAMIC | RELOC_TLS));
}

/* Places below @span are inside the section. */
static void learn_to_count(struct kind *kind, const struct table *table, elf_addr span)
{
	kind->mask = SYMBOL_UNLOADED;
	kind->expected = 0;
	if (!needs_no_room(kind->type)) {
		if (!(kind->type->flags & RELOC_BRANCH) || !reaches_all_text(table, kind->encoding))
			return;
		/* It may need a veneer, unless it stays in the text region. */
		kind->mask |= SYMBOL_BASE;
		kind->expected = LLEXT_MEM_TEXT;
	}
	kind->span = span;
}

static void learn_to_apply(struct kind *kind, const struct table *table, elf_addr span)
{
	/* What a loop has left is not ordinary. */
	if ((LLEXT_FAST_ARM && llext_fast_knows(kind->number)) ||
	    !llext_is_ordinary(table, kind->type))
		return;
	kind->span = span;
	if (LLEXT_ARCH_ENCODER && kind->encoding->check == CHECK_ENCODER)
		kind->range = (struct reloc_range){0, (elf_addr)-1};
	else
		kind->range = llext_reloc_range(kind->encoding);
}

/* Find out what a walk for @purpose over @table has to know of a type. */
static void learn(struct kind *kind, const struct table *table, enum walk_kind purpose,
		  uint32_t number)
{
	elf_addr size = table->size;

	kind->number = number;
	kind->type = llext_arch_reloc(number);
	kind->encoding = llext_arch_encoding(kind->type->encoding);
	kind->span = 0; /* nothing is ordinary */
	if (size < kind->encoding->bytes)
		return;
	size -= kind->encoding->bytes - 1u;
	if (purpose == WALK_APPLY)
		learn_to_apply(kind, table, size);
	else if (purpose == WALK_COUNT && !LLEXT_FAST_RISCV && relocates_local(table->ld))
		learn_to_count(kind, table, size);
}

/* A type's place in the cache. */
static inline struct kind *place_of(struct walk *walk, uint32_t number)
{
	return &walk->kinds[(number ^ number >> 3 ^ number >> 5) % WALK_KINDS];
}

/*
 * Mark each place empty, by a number that does not belong there: 0 belongs to the first, 1 does
 * not.
 */
static void forget_kinds(struct walk *walk)
{
	walk->has_kinds = true;
	for (size_t i = 0; i < WALK_KINDS; i++)
		walk->kinds[i].number = i == 0;
}

const struct kind *llext_find_kind(struct walk *walk, uint32_t number)
{
	struct kind *kind = place_of(walk, number);

	if (!walk->has_kinds)
		forget_kinds(walk);
	if (kind->number != number)
		learn(kind, &walk->table, walk->purpose, number);
	return kind;
}
