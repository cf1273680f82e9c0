/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbols of a table that can be seen in whole: their entries say where labels in sections are, so
 * nothing is kept of those. What is kept is what a table cannot say: where imports have been found,
 * and where the load has put common symbols. Those are global, and come after the local ones.
 */
#include "../internal.h"
#include "../steps.h"

#if VENEERS_LATER

#define SYMBOLS 64

static bool says_all(const elf_sym_t *sym)
{
	return sym->st_shndx != SHN_UNDEF && sym->st_shndx != SHN_COMMON;
}

int llext_symtab_view_open(struct load *ld)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[ld->headers.symtab];
	const elf_sym_t *table;
	uint32_t first = shdr->sh_info, count = ld->symbols.count, kept = 0;
	size_t places;
	uint8_t *mem;

	/* Looking up takes longer than the few bytes of a small table are worth. */
	if (count < SYMBOLS || is_stepped(ld) || !llext_may_count_later(ld))
		return 0;
	table = llext_source_at(ld, (size_t)shdr->sh_offset, (size_t)shdr->sh_size);
	if (table == NULL || (uintptr_t)table % sizeof(elf_addr) != 0)
		return 0;
	for (uint32_t i = first; i < count; i++)
		kept += !says_all(&table[i]);
	if (kept >= UINT16_MAX)
		return 0;
	/* With one more, for what is not to be kept. */
	places = aligned((count - first) * sizeof(*ld->symbols.kept), sizeof(uint32_t));
	mem = llext_transient(ld, (kept + 1) * (sizeof(*ld->symbols.values) + 1) + places,
			      sizeof(elf_addr));
	if (mem == NULL)
		return -ENOMEM;
	ld->symbols.values = (elf_addr *)(void *)mem;
	ld->symbols.kept = (uint16_t *)(void *)(ld->symbols.values + kept + 1);
	ld->symbols.flags = (uint8_t *)ld->symbols.kept + places;
	llext_clear_words(ld->symbols.kept, places);
	ld->symbols.view = table;
	ld->symbols.kept_first = first;
	ld->symbols.kept_room = kept;
	return 0;
}

/* Where in values[] and flags[] what is found out about a symbol is to go; NOT_KEPT: nowhere. */
uint32_t llext_symtab_view_keep(struct load *ld, uint32_t symbol, const elf_sym_t *sym)
{
	if (says_all(sym) || symbol == 0)
		return ld->symbols.kept_room;
	/* No compiler's file is so. */
	if (symbol < ld->symbols.kept_first || ld->symbols.kept_count == ld->symbols.kept_room)
		return NOT_KEPT;
	ld->symbols.kept[symbol - ld->symbols.kept_first] = (uint16_t)(ld->symbols.kept_count + 1);
	return ld->symbols.kept_count++;
}

uint8_t llext_symtab_view_get(const struct load *ld, uint32_t symbol, elf_addr *value)
{
	const elf_sym_t *sym = &ld->symbols.view[symbol];
	uint32_t shndx = sym->st_shndx, at = kept_at(ld, symbol);

	if (at != NOT_KEPT) {
		*value = ld->symbols.values[at];
		return ld->symbols.flags[at];
	}
	*value = sym->st_value;
	if (shndx == SHN_ABS || symbol == 0)
		return SYMBOL_EXACT;
	/* It was sound when the table was looked through. */
	if (shndx >= ld->headers.section_count ||
	    ld->layout.sections[shndx].region == LLEXT_MEM_COUNT)
		return SYMBOL_UNLOADED | SYMBOL_EXACT;
	*value += ld->layout.sections[shndx].load;
	return SYMBOL_EXACT;
}

#endif /* VENEERS_LATER */
