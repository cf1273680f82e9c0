/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making veneers while relocations are applied. Room for one veneer per import is reserved at the
 * end of the text region. The first branch that needs a veneer makes it, and the unused room goes
 * back to the heap.
 */
#include "../internal.h"

#if VENEERS_LATER

int llext_veneers_reserve(struct load *ld)
{
	int rc;

	if (ld->symtab.imports > 0) {
		ld->made.targets = llext_transient(
			ld, ld->symtab.imports * sizeof(*ld->made.targets), sizeof(elf_addr));
		if (ld->made.targets == NULL)
			return -ENOMEM;
	}
	ld->made.text_bytes = ld->layout.regions[LLEXT_MEM_TEXT].bytes;
	ld->made.veneers.count = ld->symtab.imports;
	rc = llext_add_tables(ld);
	ld->made.veneers.count = 0; /* made so far */
	return rc;
}

bool llext_veneer_lacks(const struct load *ld, uint32_t at)
{
	return counts_later(ld) && at != NOT_KEPT &&
	       ld->symbols.flags[at] == (SYMBOL_IMPORT | SYMBOL_EXACT) &&
	       !is_absent(ld->symbols.flags[at], ld->symbols.values[at]);
}

int llext_veneer_give(struct load *ld, uint32_t at)
{
	size_t index = ld->made.target_count;
	struct target *target = &ld->made.targets[index];
	elf_addr value = ld->symbols.values[at], text = ld->bases[LLEXT_MEM_TEXT];
	elf_addr veneer = ld->made.veneers.load + (elf_addr)index * llext_arch.veneer_bytes;

	if (index == ld->symtab.imports) /* one has been reserved for each */
		return llext_fail_changed(ld);
	target->value = value;
	target->branch = llext_branch_end(value, text, veneer) - text;
	ld->symbols.values[at] = (elf_addr)index;
	ld->symbols.flags[at] |= SYMBOL_VENEER;
	ld->made.target_count++;
	ld->made.veneers.count++;
	llext_veneers_fill(ld, index, index + 1);
	return 0;
}

/* The unused room is at the end of the text region, which is a block of its own. */
int llext_veneers_trim(struct load *ld)
{
	size_t left = ld->symtab.imports - ld->made.veneers.count;
	struct piece *piece;
	size_t bytes, align;

	if (!counts_later(ld) || left == 0)
		return 0;
	piece = pieces_of(ld->ext->priv);
	align = ld->layout.blocks[BLOCK_TEXT].align;
	bytes = ld->layout.regions[LLEXT_MEM_TEXT].bytes - left * llext_arch.veneer_bytes;
	if (ld->made.veneers.count == 0)
		bytes = ld->made.text_bytes;
	ld->ext->mem_size[LLEXT_MEM_TEXT] = bytes;
	llext_fit(ld, &bytes, &align);
	if (bytes >= piece->extent.bytes || align > ld->layout.blocks[BLOCK_TEXT].align ||
	    !llext_heap_trim(LLEXT_HEAP_INSTR, piece->extent.mem, bytes))
		return 0;
	ld->ext->alloc_size -= piece->extent.bytes - bytes;
	piece->extent.bytes = bytes;
	return 0;
}

#endif /* VENEERS_LATER */
