/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops over the relocations of which a file has thousands: words and branches, in tables without
 * addends. A relocation that such a loop cannot apply is left untouched to the general code.
 */
#include "../reloc_table.h"

#if LLEXT_FAST_ARM

#include "fast_arm.h"
#include "words.h"

/* Each loop is a function of its own, so that it has all registers to itself. */
#define LOOP static __attribute__((noinline))

#define INLINE static inline __attribute__((always_inline))

/* Keep a value in a register: the compiler would compute it again and again instead. */
#define KEEP(value) __asm__("" : "+r"(value))

/* ---- reach ---- */

uint32_t llext_fast_kind(uint32_t number)
{
	return number == FAST_TYPE_WORD  ? FAST_WORD
	       : number == FAST_TYPE_BL  ? FAST_BL
	       : number == FAST_TYPE_B_W ? FAST_B_W
					 : FAST_NONE;
}

void llext_fast_reach(struct load *ld)
{
	elf_addr low, high;

	llext_heap_range(LLEXT_HEAP_INSTR, &low, &high);
	ld->made.reach = high + FAST_PC - (1u << 24);
	ld->made.reach_bytes = high - low < 1u << 25 ? (1u << 25) - (high - low) : 0;
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

/* Make *@value, the symbol's value, what is added to a word. */
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

/* Make *@value, the symbol's value, where a branch goes: an offset from the text region's start. */
INLINE bool branch_target(const struct load *ld, uint32_t flag, elf_addr *value)
{
	if (flag == LLEXT_MEM_TEXT)
		return true;
	if (flag < SYMBOL_VENEER)
		return false;
	*value = ld->made.targets[*value].branch;
	return true;
}

/* One type after the other, since most come in runs. */
LOOP const uint8_t *entries(const struct table *table, uint32_t half_span, const uint8_t *next,
			    const uint8_t *end)
{
	const struct load *ld = table->ld;
	const struct section *section = &ld->layout.sections[table->target];
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
		while (entry.type == FAST_TYPE_WORD) {
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
	bool is_word = ELF_R_TYPE(info) == FAST_TYPE_WORD;

	if (is_word &&
	    (flags == (SYMBOL_IMPORT | SYMBOL_EXACT) || flags == (SYMBOL_IMPORT | SYMBOL_SPECIAL)))
		*value = ld->symbols.values[at];
	else if (!is_word && flags >= SYMBOL_VENEER)
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
		} else if (ELF_R_TYPE(info) == FAST_TYPE_WORD) {
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
	return llext_veneer_lacks(ld, at) &&
	       ld->symbols.values[at] - ld->made.reach >= ld->made.reach_bytes &&
	       llext_veneer_give(ld, at) == 0;
#else
	(void)ld, (void)entry;
	return false;
#endif
}

const uint8_t *llext_fast_apply(const struct table *table, const uint8_t *entry, const uint8_t *end)
{
	struct load *ld = table->ld;
	elf_addr size = table->target != 0 ? ld->headers.shdrs[table->target].sh_size : 0;
	uint32_t half_span;

	/* No linker puts a table, or the start of code, at an odd address. */
	if (size < FAST_BYTES || table->has_addend || !relocates_local(ld) ||
	    (uintptr_t)entry % sizeof(elf_addr) != 0 ||
	    (ld->layout.sections[table->target].load & 1))
		return entry;
	half_span = (size - FAST_BYTES) / 2 + 1;
	do {
#if VENEERS_LATER
		if (ld->symbols.view != NULL)
			entry = entries_viewed(table, half_span, entry, end);
		else
#endif
			entry = entries(table, half_span, entry, end);
	} while (entry < end && give_veneer(ld, entry));
	return entry;
}

/* ---- compact entries ---- */

#if LLEXT_ON(CONFIG_LLEXT_PACKED)

#define CHANGES (CREL_SYMBOL | CREL_TYPE)

/* How much the place grows, according to an entry's first byte. */
#define STEP(head) (((head)&0x7f) >> 2)

/* Add to the word at @offset. @return false: nothing has been done. */
INLINE bool add_at(uint8_t *mem, elf_addr span, elf_addr offset, elf_addr value, uint32_t state)
{
	return offset < span && fast_add(mem + offset, value, state);
}

/*
 * Apply words whose entries differ from the one before in their place only, have one or two bytes,
 * and begin before @enough. @value is added to each word.
 */
LOOP void word_places(const struct kind *kind, uint8_t *mem, elf_addr value, struct crel *crel,
		      const uint8_t *enough)
{
	const uint8_t *next = crel->next;
	uint32_t shift = crel->shift, state = value & 1;
	elf_addr place = crel->offset, span = kind->span, room;

	/* This many entries are at hand, even if each takes two bytes. */
	while (next < enough && (room = (elf_addr)(enough - next) / 2) > 0 && crel->left > 0) {
		elf_addr count = crel->left < room ? crel->left : room, left = crel->left - count;

		do {
			uint32_t head = *next;
			elf_addr to = place + STEP(head);

			if (!(head & (CREL_MORE | CHANGES))) {
				if (!add_at(mem, span, to << shift, value, state))
					break;
				next++;
			} else {
				uint32_t more = next[1];

				to += more << 5;
				if ((head & CHANGES) || (more & 0x80) ||
				    !add_at(mem, span, to << shift, value, state))
					break;
				next += 2;
			}
			place = to;
		} while (--count > 0);
		crel->left = left + count;
		if (count > 0)
			break;
	}
	crel->next = next;
	crel->offset = place;
}

/* The difference of symbols that one byte encodes. */
#define CHANGE(byte) (((byte) ^ 0x40u) - 0x40u)

/* Likewise words whose entries also differ in their symbols, by one byte. */
LOOP void word_symbols(const struct table *table, const struct kind *kind, struct crel *crel,
		       const uint8_t *enough)
{
	const struct load *ld = table->ld;
	uint8_t *mem = ld->layout.sections[table->target].mem;
	const uint8_t *next = crel->next;
	elf_addr place = crel->offset, left = crel->left;
	uint32_t symbol = crel->symbol;

	/* An entry takes three bytes at most. */
	for (; left > 0 && next < enough && enough - next >= 3; left--) {
		const uint8_t *at = next;
		uint32_t head = *at++, changed;
		elf_addr to = place + STEP(head), value;

		if ((head & CHANGES) != CREL_SYMBOL)
			break;
		if (head & CREL_MORE) {
			if (*at & 0x80)
				break;
			to += (elf_addr)*at++ << 5;
		}
		if (*at & 0x80)
			break;
		changed = symbol + CHANGE(*at++);
		if (changed >= ld->symbols.count)
			break;
		value = ld->symbols.values[changed];
		if (!word_value(ld, ld->symbols.flags[changed], &value) ||
		    !add_at(mem, kind->span, to << crel->shift, value, value & 1))
			break;
		next = at;
		place = to;
		symbol = changed;
	}
	crel->next = next;
	crel->left = left;
	crel->offset = place;
	crel->symbol = symbol;
}

/* The state of a walk over branches of one kind. */
struct branches {
	const struct load *ld;
	const uint8_t *next;
	uint8_t *mem;
	elf_addr span, from, to, offset;
	uint32_t shift, symbol, instruction;
};

/*
 * Apply the next @count entries, which are at hand. The state is copied to local variables, which
 * stay in registers. @return how many entries are left: the first of those is not ordinary.
 */
LOOP elf_addr branch_entries(struct branches *b, elf_addr count)
{
	const struct load *ld = b->ld;
	const uint8_t *next = b->next;
	uint8_t *mem = b->mem;
	elf_addr span = b->span, to = b->to, offset = b->offset;
	uint32_t shift = b->shift, symbol = b->symbol, instruction = b->instruction;

	KEEP(instruction);
	do {
		const uint8_t *at = next;
		uint32_t head = *at++, more, change = 0;
		elf_addr place = STEP(head);

		if (head & CREL_TYPE)
			break;
		if (head & CREL_MORE) {
			more = *at++;
			KEEP(more); /* the compiler would read it twice */
			if (more & 0x80)
				break;
			place += more << 5;
		}
		if (head & CREL_SYMBOL) {
			more = *at++;
			KEEP(more);
			if (more & 0x80)
				break;
			change = CHANGE(more);
			if (symbol + change >= ld->symbols.count)
				break;
			to = ld->symbols.values[symbol + change];
			if (!branch_target(ld, ld->symbols.flags[symbol + change], &to))
				break;
			to -= b->from;
		}
		place = offset + (place << shift);
		if (place >= span || !fast_branch(instruction, mem + place, to - place))
			break;
		next = at;
		offset = place;
		symbol += change;
	} while (--count > 0);
	b->next = next;
	b->to = to;
	b->offset = offset;
	b->symbol = symbol;
	return count;
}

/* @value is where branches to the last symbol go, from branch_target(). */
static void branches(const struct table *table, const struct kind *kind, elf_addr value,
		     struct crel *crel, const uint8_t *enough)
{
	const struct load *ld = table->ld;
	const struct section *section = &ld->layout.sections[table->target];
	elf_addr from = section->load - ld->bases[LLEXT_MEM_TEXT] + FAST_PC, count;
	struct branches b = {
		.ld = ld,
		.next = crel->next,
		.mem = section->mem,
		.span = kind->span,
		.from = from,
		.to = value - from,
		.offset = crel->offset << crel->shift,
		.shift = crel->shift,
		.symbol = crel->symbol,
		.instruction = kind->fast,
	};

	while (crel->left > 0 && b.next < enough && enough - b.next >= 3) {
		/* This many entries are at hand, even if each takes three bytes. */
		count = (elf_addr)(enough - b.next) / 3;
		if (count > crel->left)
			count = crel->left;
		crel->left -= count;
		count = branch_entries(&b, count);
		crel->left += count;
		if (count > 0)
			break;
	}
	crel->next = b.next;
	crel->offset = b.offset >> crel->shift;
	crel->symbol = b.symbol;
}

bool llext_fast_compact(const struct table *table, const struct kind *kind, struct crel *crel,
			const uint8_t *enough)
{
	const struct load *ld = table->ld;
	const struct section *section = &ld->layout.sections[table->target];
	elf_addr offset = crel->offset << crel->shift, value;
	const uint8_t *before;

	/* If the file is compact but not packed, symbols may be looked up in their table. */
	if (crel->symbol >= ld->symbols.count || offset >= kind->span || symtab_view(ld) != NULL)
		return false;
	value = ld->symbols.values[crel->symbol];
	if (kind->fast != FAST_WORD) {
		/* Their places are even. */
		if (crel->shift == 0 ||
		    !branch_target(ld, ld->symbols.flags[crel->symbol], &value) ||
		    !fast_branch(kind->fast, section->mem + offset,
				 value + ld->bases[LLEXT_MEM_TEXT] - section->load - FAST_PC -
					 offset))
			return false;
		branches(table, kind, value, crel, enough);
		return true;
	}
	if (!word_value(ld, ld->symbols.flags[crel->symbol], &value) ||
	    !fast_word(section->mem + offset, value))
		return false;
	for (;;) {
		word_places(kind, section->mem, value, crel, enough);
		before = crel->next;
		word_symbols(table, kind, crel, enough);
		if (crel->next == before)
			return true;
		value = ld->symbols.values[crel->symbol];
		/* It succeeds, as it has just done. */
		(void)word_value(ld, ld->symbols.flags[crel->symbol], &value);
	}
}

#endif /* CONFIG_LLEXT_PACKED */

#endif /* LLEXT_FAST_ARM */
