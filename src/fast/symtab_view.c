/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking symbols up in the symbol table itself, if all of it is in memory. Its entries say where
 * labels in sections are, so nothing is kept of those. Only what the table cannot say is kept:
 * where imports have been found, and where the load has put common symbols. These are global, and
 * come after the local ones.
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

	/* For a small table, the time of look-ups is not worth the few bytes. */
	if (count < SYMBOLS || is_stepped(ld) || !llext_may_count_later(ld))
		return 0;
	table = llext_source_at(ld, (size_t)shdr->sh_offset, (size_t)shdr->sh_size);
	if (table == NULL || (uintptr_t)table % sizeof(elf_addr) != 0)
		return 0;
	for (uint32_t i = first; i < count; i++)
		kept += !says_all(&table[i]);
	if (kept >= UINT16_MAX)
		return 0;
	/* One more place is for symbols that are not kept. */
	places = aligned((count - first) * sizeof(*ld->symtab.kept), sizeof(uint32_t));
	mem = llext_transient(ld, (kept + 1) * (sizeof(*ld->symbols.values) + 1) + places,
			      sizeof(elf_addr));
	if (mem == NULL)
		return -ENOMEM;
	ld->symbols.values = (elf_addr *)(void *)mem;
	ld->symtab.kept = (uint16_t *)(void *)(ld->symbols.values + kept + 1);
	ld->symbols.flags = (uint8_t *)ld->symtab.kept + places;
	llext_clear_words(ld->symtab.kept, places);
	ld->symbols.view = table;
	ld->symtab.kept_first = first;
	ld->symtab.kept_room = kept;
	return 0;
}

/* The place in values[] and flags[] for a symbol; NOT_KEPT: there is none. */
uint32_t llext_symtab_view_keep(struct load *ld, uint32_t symbol, const elf_sym_t *sym)
{
	if (says_all(sym) || symbol == 0)
		return ld->symtab.kept_room;
	/* No compiler makes such a file. */
	if (symbol < ld->symtab.kept_first || ld->symtab.kept_count == ld->symtab.kept_room)
		return NOT_KEPT;
	ld->symtab.kept[symbol - ld->symtab.kept_first] = (uint16_t)(ld->symtab.kept_count + 1);
	return ld->symtab.kept_count++;
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
	/* It was valid when the table was checked, but the source may have changed. */
	if (shndx >= ld->headers.section_count ||
	    ld->layout.sections[shndx].region == LLEXT_MEM_COUNT)
		return SYMBOL_UNLOADED | SYMBOL_EXACT;
	*value += ld->layout.sections[shndx].load;
	return SYMBOL_EXACT;
}

#endif /* VENEERS_LATER */
