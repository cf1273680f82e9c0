/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs of relocations: RISC-V's low halves of an address (RELOC_PAIR) refer to the high half
 * (RELOC_HIGH) by its place. So the value of each high half is kept while a table is applied.
 */
#include "reloc_table.h"

#if LLEXT_ARCH_PAIRS

static bool pcrel_hi_less(const void *a, const void *b, const void *context)
{
	(void)context;
	return ((const struct pcrel_hi *)a)->place < ((const struct pcrel_hi *)b)->place;
}

/* If relocations were not counted, the table grows. */
static int more_pcrel_his(struct load *ld)
{
	struct pcrel_his *pcrel_his = &ld->made.pcrel_his;

	if (counts_later(ld)) {
		pcrel_his->items = llext_transient_grow(ld, pcrel_his->items, &pcrel_his->room,
							sizeof(*pcrel_his->items));
		return pcrel_his->items != NULL ? 0 : -ENOMEM;
	}
	return is_packed(ld) ? llext_fail(ld, -ENOEXEC, "a packed file has more pairs than it says")
			     : llext_fail_changed(ld);
}

int llext_pcrel_hi_keep(struct load *ld, elf_addr place, elf_addr value)
{
	struct pcrel_his *pcrel_his = &ld->made.pcrel_his;
	int rc = pcrel_his->count == pcrel_his->room ? more_pcrel_his(ld) : 0;

	if (rc != 0)
		return rc;
	if (pcrel_his->count > 0 && place < pcrel_his->items[pcrel_his->count - 1].place) {
		if (is_packed(ld)) /* it is read once, so low halves are looked up at once */
			return llext_fail(ld, -ENOEXEC,
					  "the pairs of a packed file are not in order");
		pcrel_his->unsorted = true;
	}
	pcrel_his->items[pcrel_his->count++] = (struct pcrel_hi){place, value};
	return 0;
}

bool llext_pcrel_hi_find(const struct pcrel_his *pcrel_his, elf_addr place, elf_addr *value)
{
	size_t low = 0, high = pcrel_his->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (pcrel_his->items[middle].place < place)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == pcrel_his->count || pcrel_his->items[low].place != place)
		return false;
	*value = pcrel_his->items[low].value;
	return true;
}

void llext_pcrel_hi_sort(struct load *ld)
{
	struct pcrel_his *pcrel_his = &ld->made.pcrel_his;

	if (pcrel_his->unsorted)
		llext_sort(ld, pcrel_his->items, pcrel_his->count, sizeof(*pcrel_his->items),
			   pcrel_hi_less, NULL);
	pcrel_his->unsorted = false;
}

#endif /* LLEXT_ARCH_PAIRS */
