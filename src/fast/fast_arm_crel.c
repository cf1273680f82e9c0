/* SPDX-License-Identifier: Apache-2.0 */
/* As fast_arm.c, for a compact entry. In a packed file most relocations are in runs instead. */
#include "../reloc_table.h"

#if LLEXT_FAST_ARM && LLEXT_ON(CONFIG_LLEXT_PACKED)

#include "fast_arm.h"

bool llext_fast_compact(const struct table *table, const struct kind *kind, const struct crel *crel)
{
	const struct load *ld = table->ld;
	const struct section *section = table->section;
	elf_addr offset = crel->offset << crel->shift, value;

	/* If the file is compact but not packed, symbols may be looked up in their table. */
	if (crel->symbol >= ld->symbols.count || offset >= kind->span || has_symtab_view(ld))
		return false;
	value = ld->symbols.values[crel->symbol];
	if (kind->fast == FAST_MOV)
		return !(offset & 1) && word_value(ld, ld->symbols.flags[crel->symbol], &value) &&
		       llext_fast_mov(kind->number, section->mem + offset, value);
	if (kind->fast != FAST_WORD) /* places of branches are even */
		return !(offset & 1) &&
		       branch_target(ld, ld->symbols.flags[crel->symbol], &value) &&
		       fast_branch(kind->fast, section->mem + offset,
				   value + ld->bases[LLEXT_MEM_TEXT] - section->load - FAST_PC -
					   offset);
	return word_value(ld, ld->symbols.flags[crel->symbol], &value) &&
	       fast_word(section->mem + offset, value);
}

#endif /* LLEXT_FAST_ARM && CONFIG_LLEXT_PACKED */
