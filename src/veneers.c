/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the loader makes, when everything has its address: GOT entries, and veneers, which were
 * either counted (count.c) or are given out while relocations are applied.
 */
#include "internal.h"

void llext_target_finish(struct load *ld, size_t index)
{
	struct target *target = &ld->targets[index];
	size_t slot = index - ld->veneer_first;
	elf_addr text = ld->bases[LLEXT_MEM_TEXT];
	elf_addr veneer = ld->veneers.load + (elf_addr)slot * llext_arch.veneer_bytes;

	target->value += ld->bases[target->base];
	target->branch = target->value - text;
	/* Otherwise it depends on the branch: those are looked at one by one. */
	if (CONFIG_LLEXT_QUICK && index >= ld->veneer_first && slot < ld->veneers.count &&
	    !quick_reaches(target->value, text) && !quick_reaches(target->value, veneer))
		target->branch = (veneer | llext_arch.veneer_state) - text;
}

void llext_veneer_fill(const struct load *ld, size_t index)
{
	const struct target *target = &ld->targets[ld->veneer_first + index];
	elf_addr at = ld->veneers.load + (elf_addr)index * llext_arch.veneer_bytes;
	uint8_t copy[MAX_VENEER], *mem = ld->veneers.mem + index * llext_arch.veneer_bytes;
	bool by_words = llext_code_by_words(LLEXT_MEM_TEXT);

	llext_arch_veneer(by_words ? copy : mem, at, target->value);
	if (by_words)
		llext_code_write(mem, copy, llext_arch.veneer_bytes);
}

/* Write the GOT entries and veneers, now that every symbol has its value. */
int llext_fill_slots(struct load *ld)
{
	for (size_t i = 0; i < ld->got.count; i++)
		memcpy(ld->got.mem + i * sizeof(elf_addr), &ld->targets[i].value, sizeof(elf_addr));
	for (size_t i = 0; i < ld->veneers.count; i++)
		llext_veneer_fill(ld, i);
	return 0;
}

/* ---- given out as needed ---- */

#if AS_NEEDED

bool llext_veneer_lacks(const struct load *ld, uint32_t at)
{
	return ld->as_needed && at != NOT_KEPT && ld->flags[at] == (SYMBOL_IMPORT | SYMBOL_EXACT);
}

int llext_veneer_give(struct load *ld, uint32_t at)
{
	size_t index = ld->target_count;
	struct target *target = &ld->targets[index];

	if (index == ld->imports) /* each of which has been reserved one */
		return llext_fail(ld, -EBADMSG, "the file changed while it was loaded");
	target->value = ld->values[at];
	target->base = SYMBOL_EXACT;
	ld->values[at] = (elf_addr)index;
	ld->flags[at] |= SYMBOL_VENEER;
	ld->target_count++;
	ld->veneers.count++;
	llext_target_finish(ld, index);
	llext_veneer_fill(ld, index);
	return 0;
}

/* It is at the end of the text region, which is a block. */
int llext_trim(struct load *ld)
{
	struct piece *piece = pieces_of(ld->ext->priv);
	size_t left = ld->imports - ld->veneers.count, align = ld->blocks[BLOCK_TEXT].align;
	size_t bytes = ld->regions[LLEXT_MEM_TEXT].bytes - left * llext_arch.veneer_bytes;

	if (!ld->as_needed || left == 0)
		return 0;
	if (ld->veneers.count == 0)
		bytes = ld->text_bytes;
	ld->ext->mem_size[LLEXT_MEM_TEXT] = bytes;
	llext_fit(ld, &bytes, &align);
	if (bytes >= piece->extent.bytes || align > ld->blocks[BLOCK_TEXT].align)
		return 0;
	ld->ext->alloc_size -= piece->extent.bytes - bytes;
	piece->extent.bytes = bytes;
	llext_heap_trim(LLEXT_HEAP_INSTR, piece->extent.mem, bytes);
	return 0;
}

#endif /* AS_NEEDED */
