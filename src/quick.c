/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relocations of which a file has thousands, in loops that do nothing else: words, and
 * branches of an architecture's quick.h, in tables without addends. What such a loop cannot do it
 * leaves to the general way, with nothing done.
 */
#include "reloc_table.h"

#if CONFIG_LLEXT_QUICK && QUICK_ARCH && !QUICK_RELA

/* Each loop is a function of its own for the sake of the registers that it has. */
#define LOOP static __attribute__((noinline))

/* Or the compiler computes it again and again to save a register. */
#define KEEP(value) __asm__("" : "+r"(value))

/* ---- entries of an ordinary table ---- */

/* With one comparison, is @offset even and below some limit, of which this is given half? */
static inline uint32_t half(uint32_t offset)
{
	return offset >> 1 | offset << 31;
}

/* An entry whose place and symbol exist. */
struct entry {
	uint32_t offset, symbol, type;
};

#define INLINE static inline __attribute__((always_inline))

INLINE bool read_entry(const uint8_t *from, uint32_t half_span, uint32_t symbol_count,
		       struct entry *entry)
{
	uint32_t info;

	read_two(from, &entry->offset, &info);
	entry->symbol = ELF_R_SYM(info);
	entry->type = ELF_R_TYPE(info);
	return entry->symbol < symbol_count && half(entry->offset) < half_span;
}

/* What is added to a word; @value is the symbol's. */
INLINE bool word_value(const struct load *ld, uint32_t flag, elf_addr *value)
{
	if (flag > SYMBOL_BASE) {
		if (flag & (SYMBOL_UNLOADED | SYMBOL_GOT | SYMBOL_VENEER))
			return false;
		flag &= SYMBOL_BASE;
	}
	*value += ld->bases[flag];
	return true;
}

/* Where a branch goes, from the start of the text region; @value is the symbol's. */
INLINE bool branch_target(const struct load *ld, uint32_t flag, elf_addr *value)
{
	if (flag == LLEXT_MEM_TEXT)
		return true;
	if (flag < SYMBOL_VENEER)
		return false;
	*value = ld->targets[*value].branch;
	return true;
}

/* One kind after the other, since most come in runs. */
LOOP const uint8_t *entries(const struct table *table, uint32_t half_span, const uint8_t *next,
			    const uint8_t *end)
{
	const struct load *ld = table->ld;
	const struct section *section = &ld->sections[table->target];
	const elf_addr *values = ld->values;
	const uint8_t *flags = ld->flags;
	uint8_t *mem = section->mem;
	uint32_t symbol_count = ld->symbol_count;
	elf_addr from = section->load - ld->bases[LLEXT_MEM_TEXT] + QUICK_PC, value;
	struct entry entry;

	KEEP(from);
	while (next < end && read_entry(next, half_span, symbol_count, &entry)) {
		while (entry.type == QUICK_TYPE_BL) {
			value = values[entry.symbol];
			if (!branch_target(ld, flags[entry.symbol], &value) ||
			    !quick_branch(QUICK_BL, mem + entry.offset,
					  value - from - entry.offset))
				return next;
			next += sizeof(elf_rel_t);
			if (next >= end || !read_entry(next, half_span, symbol_count, &entry))
				return next;
		}
		while (entry.type == QUICK_TYPE_WORD) {
			value = values[entry.symbol];
			if (!word_value(ld, flags[entry.symbol], &value) ||
			    !quick_word(mem + entry.offset, value))
				return next;
			next += sizeof(elf_rel_t);
			if (next >= end || !read_entry(next, half_span, symbol_count, &entry))
				return next;
		}
		if (entry.type == QUICK_TYPE_BL)
			continue;
		value = values[entry.symbol];
		if (entry.type != QUICK_TYPE_B_W ||
		    !branch_target(ld, flags[entry.symbol], &value) ||
		    !quick_branch(QUICK_B_W, mem + entry.offset, value - from - entry.offset))
			break;
		next += sizeof(elf_rel_t);
	}
	return next;
}

#if AS_NEEDED
/* What an import is to a relocation of this type; @return false: that is for others to say. */
static __attribute__((noinline)) bool kept_value(const struct load *ld, uint32_t info,
						 elf_addr *value)
{
	uint32_t at = kept_at(ld, ELF_R_SYM(info)), flags = at != NOT_KEPT ? ld->flags[at] : 0;
	bool is_word = ELF_R_TYPE(info) == QUICK_TYPE_WORD;

	if (is_word && flags == (SYMBOL_IMPORT | SYMBOL_EXACT))
		*value = ld->values[at];
	else if (!is_word && flags >= SYMBOL_VENEER)
		*value = ld->targets[ld->values[at]].branch + ld->bases[LLEXT_MEM_TEXT];
	else
		return false;
	return true;
}

/* Likewise where symbols are looked up in their own table (seen.c). */
LOOP const uint8_t *entries_seen(const struct table *table, uint32_t half_span,
				 const uint8_t *entry, const uint8_t *end)
{
	const struct load *ld = table->ld;
	const struct section *sections = ld->sections;
	const elf_sym_t *seen = ld->seen;
	uint8_t *mem = sections[table->target].mem;
	uint32_t symbol_count = ld->symbol_count, section_count = ld->section_count;
	elf_addr from = sections[table->target].load + QUICK_PC;

	KEEP(from);
	do {
		uint32_t offset, info, symbol, shndx;
		elf_addr to;

		read_two(entry, &offset, &info);
		symbol = ELF_R_SYM(info);
		if (symbol >= symbol_count || half(offset) >= half_span)
			break;
		shndx = seen[symbol].st_shndx;
		if (shndx != SHN_UNDEF && shndx < section_count) {
			if (sections[shndx].region == LLEXT_MEM_COUNT)
				break;
			to = seen[symbol].st_value + sections[shndx].load;
		} else if (!kept_value(ld, info, &to)) {
			break;
		}
		if (ELF_R_TYPE(info) == QUICK_TYPE_BL) {
			if (!quick_branch(QUICK_BL, mem + offset, to - from - offset))
				break;
		} else if (ELF_R_TYPE(info) == QUICK_TYPE_WORD) {
			if (!quick_word(mem + offset, to))
				break;
		} else if (ELF_R_TYPE(info) != QUICK_TYPE_B_W ||
			   !quick_branch(QUICK_B_W, mem + offset, to - from - offset)) {
			break;
		}
		entry += sizeof(elf_rel_t);
	} while (entry < end);
	return entry;
}
#endif

/* Is it the first branch to an import that needs a veneer? Then there is one now. */
static bool give_veneer(struct load *ld, const uint8_t *entry)
{
#if AS_NEEDED
	elf_addr info = read_word(entry + offsetof(elf_rel_t, r_info)), low, high, to;
	uint32_t symbol = ELF_R_SYM(info), kind = quick_kind(ELF_R_TYPE(info));

	if (kind == QUICK_NONE || kind == QUICK_WORD || symbol >= ld->symbol_count ||
	    !llext_veneer_lacks(ld, symbol))
		return false;
	/* As llext_may_miss(), for these kinds. */
	to = ld->values[kept_at(ld, symbol)];
	llext_heap_range(LLEXT_HEAP_INSTR, &low, &high);
	return !(quick_reaches(to, low) && quick_reaches(to, high)) &&
	       llext_veneer_give(ld, symbol) == 0;
#else
	(void)ld, (void)entry;
	return false;
#endif
}

const uint8_t *llext_quick_entries(const struct table *table, const uint8_t *entry,
				   const uint8_t *end)
{
	elf_addr size = table->target != 0 ? table->ld->shdrs[table->target].sh_size : 0;
	uint32_t half_span;

	/* No linker puts a table at an odd address, or has code begin there. */
	if (size < QUICK_BYTES || table->has_addend || !relocates_local(table->ld) ||
	    (uintptr_t)entry % sizeof(elf_addr) != 0 ||
	    (table->ld->sections[table->target].load & 1))
		return entry;
	half_span = (size - QUICK_BYTES) / 2 + 1;
	do {
#if AS_NEEDED
		if (table->ld->seen != NULL)
			entry = entries_seen(table, half_span, entry, end);
		else
#endif
			entry = entries(table, half_span, entry, end);
	} while (entry < end && give_veneer(table->ld, entry));
	return entry;
}

/* ---- compact entries ---- */

#if CONFIG_LLEXT_PACKED

/*
 * How far on the next entry's place is, in @step, where the entry has no more than that and ends
 * before @end. @return what is behind it; NULL: it is another one.
 */
static inline __attribute__((always_inline)) const uint8_t *
next_place(const uint8_t *next, const uint8_t *end, elf_addr *step)
{
	unsigned int head = *next++;

	if (head & (CREL_SYMBOL | CREL_TYPE))
		return NULL;
	*step = (head & 0x7f) >> 2;
	if (head & CREL_MORE) {
		if (next == end || (*next & 0x80))
			return NULL;
		*step += (elf_addr)*next++ << 5;
	}
	return next;
}

/*
 * @s: what is added to words, or where branches go, from the section's start less QUICK_PC.
 * @is_word is a constant: each kind has a loop of its own.
 */
static inline __attribute__((always_inline)) void places(const struct kind *kind, bool is_word,
							 uint8_t *mem, elf_addr s,
							 struct crel *crel, const uint8_t *enough)
{
	const uint8_t *next = crel->next, *after;
	elf_addr place = crel->offset, left = crel->left, span = kind->span, step, offset;
	unsigned int shift = crel->shift;
	uint32_t opcode = kind->quick;

	for (; left > 0 && next < enough; left--) {
		after = next_place(next, enough, &step);
		if (after == NULL)
			break;
		step += place;
		offset = step << shift;
		if (offset >= span)
			break;
		if (is_word ? !quick_word(mem + offset, s)
			    : (offset & 1) || !quick_branch(opcode, mem + offset, s - offset))
			break;
		place = step;
		next = after;
	}
	crel->next = next;
	crel->offset = place;
	crel->left = left;
}

LOOP void word_places(const struct kind *kind, uint8_t *mem, elf_addr s, struct crel *crel,
		      const uint8_t *enough)
{
	places(kind, true, mem, s, crel, enough);
}

LOOP void branch_places(const struct kind *kind, uint8_t *mem, elf_addr s, struct crel *crel,
			const uint8_t *enough)
{
	places(kind, false, mem, s, crel, enough);
}

bool llext_quick_compact(const struct table *table, const struct kind *kind, struct crel *crel,
			 const uint8_t *enough)
{
	const struct load *ld = table->ld;
	const struct section *section = &ld->sections[table->target];
	elf_addr offset = crel->offset << crel->shift, s;
	unsigned int flags;

	if (crel->symbol >= ld->symbol_count || offset >= kind->span)
		return false;
	if (seen_symbols(ld) != NULL) /* compact, but not packed */
		return false;
	flags = ld->flags[crel->symbol];
	if (flags & SYMBOL_UNLOADED)
		return false;
	s = ld->values[crel->symbol];
	if (flags < SYMBOL_GOT)
		s += ld->bases[flags & SYMBOL_BASE];
	else if (kind->quick == QUICK_WORD)
		s = ld->targets[s].value;
	else
		s = ld->targets[s].branch + ld->bases[LLEXT_MEM_TEXT];
	if (kind->quick == QUICK_WORD) {
		if (!quick_word(section->mem + offset, s))
			return false;
		word_places(kind, section->mem, s, crel, enough);
		return true;
	}
	s -= section->load + QUICK_PC;
	if ((offset & 1) || !quick_branch(kind->quick, section->mem + offset, s - offset))
		return false;
	branch_places(kind, section->mem, s, crel, enough);
	return true;
}

#endif /* CONFIG_LLEXT_PACKED */

#endif /* CONFIG_LLEXT_QUICK && QUICK_ARCH && !QUICK_RELA */
