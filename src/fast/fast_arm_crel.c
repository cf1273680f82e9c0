/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As fast_arm.c, for compact entries, which packed files have. They are decoded while they are
 * applied; runs of words and of branches have loops.
 */
#include "../reloc_table.h"

#if LLEXT_FAST_ARM && LLEXT_ON(CONFIG_LLEXT_PACKED)

#include "fast_arm.h"

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
	if (kind->fast == FAST_MOV)
		return !(offset & 1) && word_value(ld, ld->symbols.flags[crel->symbol], &value) &&
		       llext_fast_mov(kind->number, section->mem + offset, value);
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

#endif /* LLEXT_FAST_ARM && CONFIG_LLEXT_PACKED */
