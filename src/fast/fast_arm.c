/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops over the relocations of which a file has thousands: words, branches, and halves of
 * addresses, in tables without addends. A relocation that such a loop cannot apply is left
 * untouched to the general code.
 */
#include "../reloc_table.h"

#if LLEXT_FAST_ARM

#include "fast_arm.h"
#include "words.h"

/* ---- reach ---- */

bool llext_fast_branches(uint32_t number)
{
	return number == FAST_TYPE_BL || number == FAST_TYPE_B_W;
}

bool llext_fast_knows(uint32_t number)
{
	return is_word(number) || is_mov(number) || llext_fast_branches(number);
}

void llext_fast_reach(struct load *ld)
{
	elf_addr low, high;

	llext_heap_range(LLEXT_HEAP_INSTR, &low, &high);
	ld->made.reach.from = high + FAST_PC - (1u << 24);
	ld->made.reach.bytes = high - low < 1u << 25 ? (1u << 25) - (high - low) : 0;
}

/* ---- entries of an ordinary table ---- */

/*
 * Rotate @offset, so that one comparison with half of an even limit tells whether it is even and
 * below that limit: an odd offset gets the highest bit.
 */
static inline uint32_t half(uint32_t offset)
{
	return offset >> 1 | offset << 31;
}

/* An entry whose place and symbol exist. */
struct entry {
	uint32_t offset, symbol, type;
};

INLINE bool read_entry(const uint8_t *from, uint32_t half_span, uint32_t symbol_count,
		       struct entry *entry)
{
	uint32_t info;

	read_two(from, &entry->offset, &info);
	entry->symbol = ELF_R_SYM(info);
	entry->type = ELF_R_TYPE(info);
	return entry->symbol < symbol_count && half(entry->offset) < half_span;
}

/* One type after the other, since most come in runs. */
LOOP const uint8_t *entries(const struct table *table, uint32_t half_span, const uint8_t *next,
			    const uint8_t *end)
{
	const struct load *ld = table->ld;
	const struct section *section = table->section;
	const elf_addr *values = ld->symbols.values;
	const uint8_t *flags = ld->symbols.flags;
	uint8_t *mem = section->mem;
	uint32_t symbol_count = ld->symbols.count;
	elf_addr from = section->load - ld->bases[LLEXT_MEM_TEXT] + FAST_PC, value;
	struct entry entry;

	KEEP(from);
	while (next < end && read_entry(next, half_span, symbol_count, &entry)) {
		while (entry.type == FAST_TYPE_BL) {
			value = values[entry.symbol];
			if (!branch_target(ld, flags[entry.symbol], &value) ||
			    !fast_branch(FAST_BL, mem + entry.offset, value - from - entry.offset))
				return next;
			next += sizeof(elf_rel_t);
			if (next >= end || !read_entry(next, half_span, symbol_count, &entry))
				return next;
		}
		while (is_word(entry.type)) {
			value = values[entry.symbol];
			if (!word_value(ld, flags[entry.symbol], &value) ||
			    !fast_word(mem + entry.offset, value))
				return next;
			next += sizeof(elf_rel_t);
			if (next >= end || !read_entry(next, half_span, symbol_count, &entry))
				return next;
		}
		if (entry.type == FAST_TYPE_BL)
			continue;
		value = values[entry.symbol];
		if (entry.type != FAST_TYPE_B_W ||
		    !branch_target(ld, flags[entry.symbol], &value) ||
		    !fast_branch(FAST_B_W, mem + entry.offset, value - from - entry.offset))
			break;
		next += sizeof(elf_rel_t);
	}
	return next;
}

#if VENEERS_LATER
/* The value of an import for a relocation of this type. @return false: it is not ordinary. */
static __attribute__((noinline)) bool kept_value(const struct load *ld, uint32_t info,
						 elf_addr *value)
{
	uint32_t at = kept_at(ld, ELF_R_SYM(info)),
		 flags = at != NOT_KEPT ? ld->symbols.flags[at] : 0;
	bool word = is_word(ELF_R_TYPE(info));

	if (word &&
	    (flags == (SYMBOL_IMPORT | SYMBOL_EXACT) || flags == (SYMBOL_IMPORT | SYMBOL_SPECIAL)))
		*value = ld->symbols.values[at];
	else if (!word && flags >= SYMBOL_VENEER)
		*value =
			ld->made.targets[ld->symbols.values[at]].branch + ld->bases[LLEXT_MEM_TEXT];
	else
		return false;
	return true;
}

/* Likewise, if symbols are looked up in the symbol table (symtab_view.c). */
LOOP const uint8_t *entries_viewed(const struct table *table, uint32_t half_span,
				   const uint8_t *entry, const uint8_t *end)
{
	const struct load *ld = table->ld;
	const struct section *sections = ld->layout.sections;
	const elf_sym_t *seen = ld->symbols.view;
	uint8_t *mem = sections[table->target].mem;
	uint32_t symbol_count = ld->symbols.count, section_count = ld->headers.section_count;
	elf_addr from = sections[table->target].load + FAST_PC;

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
		if (ELF_R_TYPE(info) == FAST_TYPE_BL) {
			if (!fast_branch(FAST_BL, mem + offset, to - from - offset))
				break;
		} else if (is_word(ELF_R_TYPE(info))) {
			if (!fast_word(mem + offset, to))
				break;
		} else if (ELF_R_TYPE(info) != FAST_TYPE_B_W ||
			   !fast_branch(FAST_B_W, mem + offset, to - from - offset)) {
			break;
		}
		entry += sizeof(elf_rel_t);
	} while (entry < end);
	return entry;
}
#endif

/* ---- halves of addresses ---- */

bool llext_fast_mov(uint32_t type, uint8_t *place, elf_addr s)
{
	bool top = type == FAST_TYPE_MOVT;
	union fast_fields fields;
	elf_addr addend;

	memcpy(&fields, place, sizeof(fields));
	addend = (elf_addr)fields.mov.imm4 << 12 | (elf_addr)fields.mov.i << 11 |
		 (elf_addr)fields.mov.imm3 << 8 | (elf_addr)fields.mov.imm8;
	/* A function's state bit must not be carried, as fast_add() says. */
	if ((fields.word & MOVW_MASK) != (top ? MOVW_BITS | MOVT_BIT : MOVW_BITS) ||
	    (addend & s & 1))
		return false;
	s += (addend ^ 0x8000) - 0x8000;
	s >>= top ? 16 : 0;
	fields.mov.imm4 = s >> 12 & 0xf;
	fields.mov.i = s >> 11 & 1;
	fields.mov.imm3 = s >> 8 & 7;
	fields.mov.imm8 = s & 0xff;
	memcpy(place, &fields, sizeof(fields));
	return true;
}

/* Apply MOVW and MOVT, of which some compilers make every address, however symbols are found. */
LOOP const uint8_t *movs(const struct table *table, uint32_t half_span, const uint8_t *next,
			 const uint8_t *end)
{
	const struct load *ld = table->ld;
	uint8_t *mem = table->section->mem;
	struct entry entry;

	while (next < end && read_entry(next, half_span, ld->symbols.count, &entry)) {
		elf_addr value;
		uint8_t flags = symbol_get(ld, entry.symbol, &value);

		if (!is_mov(entry.type) || !word_value(ld, flags, &value) ||
		    !llext_fast_mov(entry.type, mem + entry.offset, value))
			break;
		next += sizeof(elf_rel_t);
	}
	return next;
}

/*
 * If this is the first branch to an import that needs a veneer, make the veneer. @return whether it
 * is.
 */
static bool give_veneer(struct load *ld, const uint8_t *entry)
{
#if VENEERS_LATER
	elf_addr info = read_word(entry + offsetof(elf_rel_t, r_info));
	uint32_t symbol = ELF_R_SYM(info), at;

	if ((ELF_R_TYPE(info) != FAST_TYPE_BL && ELF_R_TYPE(info) != FAST_TYPE_B_W) ||
	    symbol >= ld->symbols.count)
		return false;
	at = kept_at(ld, symbol);
	return llext_veneer_lacks(ld, at) && !is_reached(ld->made.reach, ld->symbols.values[at]) &&
	       llext_veneer_give(ld, at) == 0;
#else
	(void)ld, (void)entry;
	return false;
#endif
}

const uint8_t *llext_fast_apply(const struct table *table, const uint8_t *entry, const uint8_t *end)
{
	struct load *ld = table->ld;
	elf_addr size = table->size;
	const uint8_t *stopped;
	uint32_t half_span;

	/* No linker puts a table, or the start of code, at an odd address. */
	if (size < FAST_BYTES || table->has_addend || !relocates_local(ld) ||
	    (uintptr_t)entry % sizeof(elf_addr) != 0 || (table->section->load & 1))
		return entry;
	half_span = (size - FAST_BYTES) / 2 + 1;
	do {
#if VENEERS_LATER
		if (ld->symbols.view != NULL)
			entry = entries_viewed(table, half_span, entry, end);
		else
#endif
			entry = entries(table, half_span, entry, end);
		if (entry == end || give_veneer(ld, entry))
			continue;
		stopped = entry;
		entry = movs(table, half_span, entry, end);
		if (entry == stopped)
			break;
	} while (entry < end);
	return entry;
}

const uint8_t *llext_fast_few(const struct table *table, const uint8_t *entry, const uint8_t *end)
{
	if (table->size < FAST_BYTES || (uintptr_t)entry % sizeof(elf_addr) != 0 ||
	    (table->section->load & 1))
		return entry;
	return entries(table, (table->size - FAST_BYTES) / 2 + 1, entry, end);
}

#endif /* LLEXT_FAST_ARM */
