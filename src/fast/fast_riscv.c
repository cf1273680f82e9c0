/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As fast_arm.c, for RISC-V: loops that count and apply relocations of tables with addends, which
 * have many types. A relocation that such a loop cannot handle is left untouched to the general
 * code.
 */
#include "../reloc_table.h"

#if LLEXT_FAST_RISCV

#include "fast_riscv.h"

/* Each loop is a function of its own, so that it has all registers to itself. */
#define LOOP static __attribute__((noinline))

/* Keep a value in a register: the compiler would compute it again and again instead. */
#define KEEP(value) __asm__("" : "+r"(value))

/* A word of a table that is aligned to words. */
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
	const struct section *section = table->section;
	bool is_text = section->region == LLEXT_MEM_TEXT && is_in_region(section);
	elf_addr size = table->size, from = section->load;
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
		/* For a type with 0 bytes, which is not ordinary, this is always true. */
		if ((flag & SYMBOL_UNLOADED) || offset >= size ||
		    (elf_addr)type.bytes - 1 >= size - offset) {
			if (number != FAST_ALIGN || (flag & SYMBOL_UNLOADED) ||
			    !llext_padding_add(ld, table->target, offset,
					       table_word(entry, offsetof(elf_rela_t, r_addend))))
				break;
			passed++;
			continue;
		}
		if (type.reach == 0)
			continue;
		if (type.reach == FAST_HIGH) {
			high_count++;
			continue;
		}
		if (flag & SYMBOL_VENEER) /* it has room for a veneer already */
			continue;
		/* Both ends are in the text region, so their distance will not change. */
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

/*
 * Apply the high half of a pair, and keep its value for the low halves, which refer to its place.
 */
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

/* Apply a low half. It has no addend: no compiler gives it one. */
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

/* The value of a symbol with a GOT entry or a veneer. A call gets the veneer's if it needs that. */
static inline elf_addr target_value(const struct load *ld, elf_addr index, unsigned int flags,
				    uint32_t number, elf_addr a)
{
	const struct target *target = &ld->made.targets[index];

	if (ELF_CLASS == 1 || !(flags & SYMBOL_VENEER) || a != 0 ||
	    (number != FAST_CALL && number != FAST_CALL_PLT))
		return target->value;
	return target->branch + ld->bases[LLEXT_MEM_TEXT];
}

/* Where symbols are found. */
struct symbols {
	const elf_addr *values; /* those of symbols below kept_end, ... */
	const uint8_t *flags;   /* ... and their flags */
	uint32_t kept_end;
	uint32_t local_end; /* others below this one are in blocks */
};

/* Find a symbol's value. @return false: it is not at hand, or in a section that is not loaded. */
FAST_INLINE bool find_value(const struct load *ld, const struct symbols *symbols, uint32_t symbol,
			    uint32_t number, elf_addr a, elf_addr *s)
{
	unsigned int flag;

	if (symbol < symbols->kept_end) {
		flag = symbols->flags[symbol];
		*s = symbols->values[symbol];
	} else if (__builtin_expect(symbol < symbols->local_end, 0)) { /* or the others jump */
		*s = symtab_view_label(ld->symbols.view, symbol);
		return *s != NO_LABEL;
	} else {
		elf_addr value;

		flag = llext_symtab_view_get(ld, symbol, &value);
		*s = value;
	}
	if (!(flag & (SYMBOL_UNLOADED | SYMBOL_GOT | SYMBOL_VENEER)))
		*s += ld->bases[flag & SYMBOL_BASE];
	else if (!(flag & SYMBOL_UNLOADED))
		*s = target_value(ld, *s, flag, number, a);
	else
		return false;
	return true;
}

/* True if places are in a section, and can be read and written directly. */
static bool is_plain(const struct table *table)
{
	const struct load *ld = table->ld;
	const struct section *section = table->section;

	return table->target != 0 && relocates_local(ld) &&
	       !(((uintptr_t)section->mem | section->load) & 1) &&
	       !llext_code_by_words((enum llext_mem)section->region);
}

/* ---- entries of an ordinary table ---- */

/* Apply entries whose places are in this stretch. */
LOOP const uint8_t *entries(const struct table *table, const struct stretch *stretch,
			    const uint8_t *entry, const uint8_t *end)
{
	struct load *ld = table->ld;
	const struct section *section = table->section;
	const struct symbols symbols = {
		.values = ld->symbols.values,
		.flags = ld->symbols.flags,
		.kept_end = has_symtab_view(ld) ? 0 : ld->symbols.count,
		.local_end = ld->symtab.kept_first,
	};
	uint8_t *mem = section->mem + (stretch->from - stretch->cut);
	elf_addr from = stretch->from, bytes = stretch->bytes,
		 load = section->load + from - stretch->cut;

	KEEP(mem);
	KEEP(load);
	if (load & 1) /* no linker cuts an odd number of bytes */
		return entry;
	do {
		elf_addr info = table_info(entry), offset, s, a;
		uint32_t number = ELF_R_TYPE(info), symbol = ELF_R_SYM(info);

		if (number == FAST_RELAX && symbol == 0)
			continue;
		a = table_word(entry, offsetof(elf_rela_t, r_addend));
		if (!find_value(ld, &symbols, symbol, number, a, &s))
			break;
		offset = table_word(entry, offsetof(elf_rela_t, r_offset)) - from;
		if (offset >= bytes || (offset & 1))
			break;
		if (!fast_apply(ld, number, mem + offset, bytes - offset, s, a, load + offset))
			break;
	} while ((entry += sizeof(elf_rela_t)) < end);
	return entry;
}

const uint8_t *llext_fast_apply(const struct table *table, const uint8_t *entry, const uint8_t *end)
{
	struct load *ld = table->ld;
	struct stretch stretch;
	elf_addr from;

	if (!is_aligned(entry) || !is_plain(table))
		return entry;
	llext_padding_stretch(ld, table->target, table_word(entry, 0), &stretch);
	do { /* one after the other, up to an entry that is in the same stretch, and not ordinary */
		from = stretch.from;
		entry = entries(table, &stretch, entry, end);
		if (entry == end || ld->made.paddings.count == 0)
			break;
		if (ELF_R_TYPE(table_info(entry)) != FAST_ALIGN) {
			llext_padding_stretch(ld, table->target, table_word(entry, 0), &stretch);
			continue;
		}
		/* The padding that ends the stretch has been cut. */
		llext_padding_next(ld, table->target, &stretch);
		entry += sizeof(elf_rela_t);
	} while (entry < end && stretch.from != from);
	return entry;
}

#endif /* LLEXT_FAST_RISCV */
