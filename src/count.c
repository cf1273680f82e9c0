/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relocations counted, before anything is allocated: each one is checked, and the GOT entries and
 * veneers that they need get their room.
 */
#include "reloc_table.h"

/* The load addresses, or offsets in the text region, between which a symbol or place will be. */
struct bounds {
	elf_addr low, high;
};

static struct bounds heap_bounds(enum llext_heap heap)
{
	struct bounds bounds;

	llext_heap_range(heap, &bounds.low, &bounds.high);
	return bounds;
}

static struct bounds exactly(elf_addr address)
{
	return (struct bounds){address, address};
}

/* May this branch be out of reach, wherever its ends are placed? */
static bool needs_veneer(const struct table *table, const struct reloc *reloc)
{
	const struct load *ld = table->ld;
	const struct section *section = &ld->sections[table->target];
	elf_addr bias = (elf_addr)(elf_saddr)reloc->type->bias, value = ld->values[reloc->symbol];
	bool in_region = section->region == LLEXT_MEM_TEXT && section->storage == SECTION_IN_REGION;
	struct bounds to = heap_bounds(LLEXT_HEAP_DATA);
	struct bounds from =
		heap_bounds(section->region == LLEXT_MEM_TEXT ? LLEXT_HEAP_INSTR : LLEXT_HEAP_DATA);
	int64_t limit;

	if (section->storage == SECTION_IN_PLACE || ld->param->pre_located)
		from = exactly(section->load + reloc->offset);
	if (ld->flags[reloc->symbol] & SYMBOL_EXACT) {
		to = exactly(value);
	} else if (ld->flags[reloc->symbol] & SYMBOL_TEXT) {
		to = in_region ? exactly(value) : heap_bounds(LLEXT_HEAP_INSTR);
		from = in_region ? exactly(section->load + reloc->offset) : from;
	}
	return !llext_in_range(reloc->encoding, to.high + bias - from.low, &limit) ||
	       !llext_in_range(reloc->encoding, to.low + bias - from.high, &limit);
}

static int count_one(struct table *table, const struct reloc *reloc)
{
	struct load *ld = table->ld;
	int rc = 0;

	if (ld->flags[reloc->symbol] & SYMBOL_UNLOADED)
		rc = llext_import_missing(ld, reloc->symbol);
	if (rc != 0)
		return rc;
	switch (reloc->type->value) {
	case RELOC_GOT_PC:
	case RELOC_GOT_OFFSET:
	case RELOC_GOT_ABS:
	case RELOC_GOT_PAGE:
	case RELOC_GOT_PAGE_PC:
		if ((reloc->type->flags & RELOC_GDAT) && reloc->addend != 0)
			return llext_fail_reloc(table, reloc, -ENOTSUP,
						"GOT entry for a symbol with an addend");
		ld->flags[reloc->symbol] |= SYMBOL_GOT;
		break;
	case RELOC_ALIGN:
		ld->paddings.room++;
		return 0;
	default:
		/* A file's branches mostly stay inside it; one answer per symbol is enough. */
		if ((reloc->type->flags & RELOC_BRANCH) && table->target != 0 &&
		    !(ld->flags[reloc->symbol] & SYMBOL_VENEER) && needs_veneer(table, reloc))
			ld->flags[reloc->symbol] |= SYMBOL_VENEER;
		break;
	}
	ld->relocation_count++;
	table->high_count += (reloc->type->flags & RELOC_HIGH) != 0;
	return 0;
}

static int count_word(struct load *ld, elf_addr offset)
{
	(void)offset;
	ld->relocation_count++;
	return 0;
}

static int add_slots(struct load *ld, struct slots *slots, uint8_t flag, enum llext_mem region,
		     size_t bytes, size_t align)
{
	size_t offset;
	int rc = llext_slots_build(ld, slots, flag);

	if (rc == 0 && slots->count > SIZE_MAX / bytes)
		return -ENOMEM;
	if (rc == 0 && slots->count > 0 && (is_shared_object(ld) || ld->param->pre_located)) {
		/* The caller or the linker has placed everything: there is no room to add to. */
		if (flag == SYMBOL_GOT) {
			rc = llext_fail(ld, -ENOTSUP, "a GOT entry is needed and has no room");
			llext_diag_symbol(ld, slots->symbols[0]);
		}
		slots->count = 0;
	}
	/* An empty GOT still has a base. */
	if (rc == 0 && (slots->count > 0 || flag == SYMBOL_GOT) && !is_shared_object(ld) &&
	    !ld->param->pre_located) {
		rc = llext_region_append(ld, region, slots->count * bytes, align, &offset);
		slots->load = offset; /* in the region, until that is placed */
	}
	return rc;
}

/* The most RELOC_HIGH relocations of one table: relocate.c keeps their values. */
static int count_table(struct load *ld, uint32_t index)
{
	struct table table;
	int rc = llext_table_open(ld, index, &table);

	if (rc <= 0)
		return rc;
	rc = llext_table_walk(&table, count_one);
	if (table.high_count > ld->highs.room)
		ld->highs.room = table.high_count;
	return rc;
}

int llext_relocate_count(struct load *ld)
{
	int rc = 0;

	for (uint32_t i = 1; rc == 0 && i < ld->section_count; i++)
		rc = is_shared_object(ld) && ld->shdrs[i].sh_type == SHT_RELR
			     ? llext_relr_walk(ld, i, count_word)
			     : count_table(ld, i);
	if (rc == 0)
		rc = add_slots(ld, &ld->got, SYMBOL_GOT, LLEXT_MEM_RODATA, sizeof(elf_addr),
			       sizeof(elf_addr));
	if (rc == 0)
		rc = add_slots(ld, &ld->veneers, SYMBOL_VENEER, LLEXT_MEM_TEXT,
			       llext_arch.veneer_bytes, llext_arch.veneer_align);
	if (rc == 0 && ld->highs.room > 0) {
		ld->highs.items = llext_transient(ld, ld->highs.room * sizeof(*ld->highs.items),
						  sizeof(elf_addr));
		rc = ld->highs.items != NULL ? 0 : -ENOMEM;
	}
	return rc != 0 ? rc : llext_padding_find(ld);
}
