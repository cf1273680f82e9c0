/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fast_arm.c is, for tables with addends, of which types are many and short: counted and
 * applied in loops that do nothing else. What such a loop cannot do it leaves to the general way,
 * with nothing done.
 */
#include "../reloc_table.h"

#if LLEXT_FAST_RISCV

#include "fast_riscv.h"

/* Each loop is a function of its own for the sake of the registers that it has. */
#define LOOP static __attribute__((noinline))

/* Or the compiler computes it again and again to save a register. */
#define KEEP(value) __asm__("" : "+r"(value))

/* A word of a table that begins at a multiple of a word. */
static inline elf_addr table_word(const uint8_t *entry, size_t offset)
{
	elf_addr word;

	memcpy(&word, __builtin_assume_aligned(entry + offset, sizeof(word)), sizeof(word));
	return word;
}

static inline elf_addr table_info(const uint8_t *entry)
{
	return table_word(entry, offsetof(elf_rela_t, r_info));
}

static bool is_aligned(const uint8_t *entry)
{
	return (uintptr_t)entry % sizeof(elf_addr) == 0;
}

/* ---- counting ---- */

LOOP const uint8_t *count(struct table *table, const uint8_t *entry, const uint8_t *end)
{
	static const struct fast_count counts[FAST_COUNTS] = FAST_COUNT_TABLE;
	struct load *ld = table->ld;
	const struct section *section = &ld->layout.sections[table->target];
	bool is_text = section->region == LLEXT_MEM_TEXT && is_in_region(section);
	elf_addr size = ld->headers.shdrs[table->target].sh_size, from = section->load;
	const uint8_t *flags = ld->symbols.flags;
	uint32_t symbol_count = ld->symbols.count;
	size_t passed = 0, high_count = 0;

	do {
		elf_addr info = table_info(entry), offset;
		uint32_t number = ELF_R_TYPE(info), symbol = ELF_R_SYM(info), flag;
		struct fast_count type;

		if (symbol >= symbol_count || number >= FAST_COUNTS)
			break;
		if (number == FAST_RELAX || number == 0) {
			passed++;
			continue;
		}
		type = counts[number];
		offset = table_word(entry, offsetof(elf_rela_t, r_offset));
		flag = flags[symbol];
		/* No bytes are more than any. */
		if ((flag & SYMBOL_UNLOADED) || offset >= size ||
		    (elf_addr)type.bytes - 1 >= size - offset)
			break;
		if (type.reach == 0)
			continue;
		if (type.reach == FAST_HIGH) {
			high_count++;
			continue;
		}
		if (flag & SYMBOL_VENEER) /* room for one is enough */
			continue;
		/* Both ends in the text region, where they stay as far from each other. */
		offset = ld->symbols.values[symbol] - from - offset +
			 ((elf_addr)1 << (type.reach - 1));
		if ((flag & SYMBOL_BASE) != LLEXT_MEM_TEXT || !is_text || offset >> type.reach != 0)
			break;
	} while ((entry += sizeof(elf_rela_t)) < end);
	ld->made.relocation_count -= passed;
	table->high_count += high_count;
	return entry;
}

const uint8_t *llext_fast_count(struct table *table, const uint8_t *entry, const uint8_t *end)
{
	return table->target != 0 && relocates_local(table->ld) && is_aligned(entry)
		       ? count(table, entry, end)
		       : entry;
}

/* ---- one relocation ---- */

/* The first half of a pair: its value is kept for the others, which refer to it by its place. */
static bool apply_high(struct load *ld, uint8_t *place, elf_addr left, elf_addr value, elf_addr p)
{
	struct pcrel_his *pcrel_his = &ld->made.pcrel_his;

	if (left < 4 || pcrel_his->count == pcrel_his->room ||
	    (pcrel_his->count > 0 && p <= pcrel_his->items[pcrel_his->count - 1].place) ||
	    !llext_fast_reaches(value, p) || !llext_riscv_upper(place, (uint32_t)(value - p)))
		return false;
	pcrel_his->items[pcrel_his->count++] = (struct pcrel_hi){p, value - p};
	return true;
}

/* Another half. Without an addend, which no compiler gives it. */
static bool apply_low(const struct load *ld, uint32_t number, uint8_t *place, elf_addr left,
		      elf_addr s)
{
	elf_addr value;

	if (left < 4 || ld->made.pcrel_his.unsorted ||
	    !llext_pcrel_hi_find(&ld->made.pcrel_his, s, &value))
		return false;
	return (number == FAST_PCREL_LO12_I ? llext_riscv_lower
					    : llext_riscv_store)(place, (uint32_t)value);
}

bool llext_fast_pair(struct load *ld, uint32_t number, uint8_t *place, elf_addr left, elf_addr s,
		     elf_addr a, elf_addr p)
{
	if (number == FAST_PCREL_HI20)
		return apply_high(ld, place, left, s + a, p);
	return a == 0 && apply_low(ld, number, place, left, s);
}

/* Of a symbol with a GOT entry or a veneer. A call goes by this one if it must. */
static inline elf_addr target_value(const struct load *ld, elf_addr index, unsigned int flags,
				    uint32_t number, elf_addr a)
{
	const struct target *target = &ld->made.targets[index];

	if (ELF_CLASS == 1 || !(flags & SYMBOL_VENEER) || a != 0 ||
	    (number != FAST_CALL && number != FAST_CALL_PLT))
		return target->value;
	return target->branch + ld->bases[LLEXT_MEM_TEXT];
}

/* Are places read and written one by one, in a section? */
static bool is_plain(const struct table *table)
{
	const struct load *ld = table->ld;
	const struct section *section = &ld->layout.sections[table->target];

	return table->target != 0 && relocates_local(ld) &&
	       !(((uintptr_t)section->mem | section->load) & 1) &&
	       !llext_code_by_words((enum llext_mem)section->region);
}

/* ---- entries of an ordinary table ---- */

/* Those whose places are in this stretch. */
LOOP const uint8_t *entries(const struct table *table, const struct stretch *stretch,
			    const uint8_t *entry, const uint8_t *end)
{
	struct load *ld = table->ld;
	const struct section *section = &ld->layout.sections[table->target];
	const elf_addr *values = ld->symbols.values;
	const uint8_t *flags = ld->symbols.flags;
	uint8_t *mem = section->mem + (stretch->from - stretch->cut);
	elf_addr from = stretch->from, bytes = stretch->bytes,
		 load = section->load + from - stretch->cut;
	uint32_t symbol_count = ld->symbols.count;

	KEEP(mem);
	KEEP(load);
	if (load & 1) /* no linker cuts an odd number of bytes */
		return entry;
	do {
		elf_addr info = table_info(entry), offset, s, a;
		uint32_t number = ELF_R_TYPE(info), symbol = ELF_R_SYM(info), flag;

		if (symbol >= symbol_count)
			break;
		if (number == FAST_RELAX)
			continue;
		offset = table_word(entry, offsetof(elf_rela_t, r_offset)) - from;
		flag = flags[symbol];
		if (offset >= bytes || (offset & 1))
			break;
		s = values[symbol];
		a = table_word(entry, offsetof(elf_rela_t, r_addend));
		if (!(flag & (SYMBOL_UNLOADED | SYMBOL_GOT | SYMBOL_VENEER)))
			s += ld->bases[flag & SYMBOL_BASE];
		else if (!(flag & SYMBOL_UNLOADED))
			s = target_value(ld, s, flag, number, a);
		else
			break;
		if (!fast_apply(ld, number, mem + offset, bytes - offset, s, a, load + offset))
			break;
	} while ((entry += sizeof(elf_rela_t)) < end);
	return entry;
}

const uint8_t *llext_fast_apply(const struct table *table, const uint8_t *entry, const uint8_t *end)
{
	struct load *ld = table->ld;
	struct stretch stretch, next;

	if (!is_aligned(entry) || !is_plain(table))
		return entry;
	llext_padding_stretch(ld, table->target, table_word(entry, 0), &next);
	do { /* one after the other, up to an entry that is in the same stretch, and not ordinary */
		stretch = next;
		entry = entries(table, &stretch, entry, end);
		if (entry == end || ld->made.paddings.count == 0)
			break;
		llext_padding_stretch(ld, table->target, table_word(entry, 0), &next);
	} while (next.from != stretch.from);
	return entry;
}

#endif /* LLEXT_FAST_RISCV */
