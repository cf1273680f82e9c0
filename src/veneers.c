/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the loader makes, when everything has its address: GOT entries, and veneers, which were
 * either counted (count.c) or are made while relocations are applied (fast/veneers_later.c).
 */
#include "internal.h"

void llext_target_finish(struct load *ld, size_t index)
{
	struct target *target = &ld->made.targets[index];
	size_t slot = index - ld->made.veneer_first;
	elf_addr text = ld->bases[LLEXT_MEM_TEXT];
	elf_addr veneer = ld->made.veneers.load + (elf_addr)slot * llext_arch.veneer_bytes;

	target->value += ld->bases[target->base];
	target->branch = target->value - text;
	/* Otherwise it depends on the branch: those are looked at one by one. */
	if (index >= ld->made.veneer_first && slot < ld->made.veneers.count &&
	    !llext_fast_reaches(target->value, text) && !llext_fast_reaches(target->value, veneer))
		target->branch = (veneer | llext_arch.veneer_state) - text;
}

void llext_veneer_fill(const struct load *ld, size_t index)
{
	const struct target *target = &ld->made.targets[ld->made.veneer_first + index];
	elf_addr at = ld->made.veneers.load + (elf_addr)index * llext_arch.veneer_bytes;
	uint8_t copy[MAX_VENEER], *mem = ld->made.veneers.mem + index * llext_arch.veneer_bytes;
	bool by_words = llext_code_by_words(LLEXT_MEM_TEXT);

	llext_arch_veneer(by_words ? copy : mem, at, target->value);
	if (by_words)
		llext_code_write(mem, copy, llext_arch.veneer_bytes);
}

/* Write the GOT entries and veneers, now that every symbol has its value. */
int llext_fill_slots(struct load *ld)
{
	for (size_t i = 0; i < ld->made.got.count; i++)
		memcpy(ld->made.got.mem + i * sizeof(elf_addr), &ld->made.targets[i].value,
		       sizeof(elf_addr));
	for (size_t i = 0; i < ld->made.veneers.count; i++)
		llext_veneer_fill(ld, i);
	llext_tls_fill(ld);
	return 0;
}
