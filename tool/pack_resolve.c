/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relocations whose value is the same wherever the file is loaded are applied here, with the checks
 * of a load: what is relative to a place in the same section, differences of two labels of one
 * section in several steps, both halves of a pair. What does not fit stays: a load may reach
 * further by a veneer.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "pack.h"

#define MOST_STEPS 8 /* relocations of one place that make one value */

size_t pack_room(const struct pack_section *section, uint64_t offset)
{
	uint64_t room = section->size - offset;

	return room < PACK_MOST_PLACE ? (size_t)room : PACK_MOST_PLACE;
}

uint64_t pack_symbol_value(const struct pack *pack, const struct pack_symbol *symbol,
			   int64_t addend)
{
	uint64_t value = symbol->section != PACK_NONE ? symbol->value : symbol->in.value;

	/* The sum with an odd addend has the state bit of itself: see drop_state() of the loader.
	 */
	if ((addend & 1) && symbol->in.type == STT_FUNC)
		value = pack->core->code_address(value);
	return value;
}

/* The same wherever the file is loaded: S_ABS, and the null symbol, which is 0. */
static bool is_constant(const struct pack *pack, uint32_t index)
{
	return index == 0 || pack->symbols[index].in.section == SHN_ABS;
}

/* ---- one relocation ---- */

/* Does the value depend on no address? Then it goes to @value. */
static bool evaluate(const struct pack *pack, const struct pack_section *section,
		     const struct pack_relocation *relocation, const struct llext_desk_reloc *what,
		     uint64_t *value)
{
	const struct pack_symbol *symbol = &pack->symbols[relocation->symbol];
	uint64_t sum =
		pack_symbol_value(pack, symbol, relocation->addend) + (uint64_t)relocation->addend;
	bool inside = symbol->section == (uint32_t)(section - pack->sections);
	uint64_t align = what->align > 1 ? what->align : 1;

	if (what->check == 'i') /* the instruction may be relative to a word */
		align = 4;
	if (section->align < align)
		return false;
	switch (what->kind) {
	case LLEXT_DESK_ABS:
		*value = sum;
		return is_constant(pack, relocation->symbol);
	case LLEXT_DESK_SIZE:
		*value = symbol->in.size + (uint64_t)relocation->addend;
		return true;
	case LLEXT_DESK_PC:
		*value = sum - relocation->offset;
		return inside;
	case LLEXT_DESK_PC_WORD:
		*value = sum - (relocation->offset & ~(uint64_t)3);
		return inside && section->align >= 4;
	case LLEXT_DESK_PAGE_PC:
		*value = (sum & ~(uint64_t)0xfff) - (relocation->offset & ~(uint64_t)0xfff);
		/* The loader mends erratum 843419 where it relocates. */
		return inside && section->align >= 0x1000 && (relocation->offset & 0xff8) != 0xff8;
	default:
		return false;
	}
}

static int write_value(const struct pack *pack, struct pack_section *section,
		       const struct pack_relocation *relocation, uint64_t value)
{
	return pack->core->write(relocation->type, section->bytes + relocation->offset,
				 pack_room(section, relocation->offset), relocation->offset, value);
}

/* Would the value fit? Nothing is written. */
static bool fits(const struct pack *pack, const struct pack_section *section,
		 const struct pack_relocation *relocation, uint64_t value)
{
	size_t room = pack_room(section, relocation->offset);
	uint8_t copy[PACK_MOST_PLACE];

	memcpy(copy, section->bytes + relocation->offset, room);
	return pack->core->write(relocation->type, copy, room, relocation->offset, value) == 0;
}

/* ---- several steps that make one value ---- */

enum effect { EFFECT_OTHER, EFFECT_SET, EFFECT_ADD, EFFECT_SUB };

/* What the architecture does with a 5 in the place and a value of 1. */
static enum effect effect_of(const struct pack *pack, uint32_t type,
			     const struct llext_desk_reloc *what)
{
	static const uint8_t zeros[PACK_MOST_PLACE];
	uint8_t place[PACK_MOST_PLACE] = {5};

	if (what->kind != LLEXT_DESK_ABS || what->check != '-' ||
	    pack->core->encode(type, place, 0, 1) != 0 ||
	    memcmp(place + 1, zeros, sizeof(place) - 1) != 0)
		return EFFECT_OTHER;
	return place[0] == 1   ? EFFECT_SET
	       : place[0] == 6 ? EFFECT_ADD
	       : place[0] == 4 ? EFFECT_SUB
			       : EFFECT_OTHER;
}

/* Is each section added as often as it is subtracted, in the same width? */
static bool cancels(const struct pack *pack, const struct pack_relocation *steps, size_t count)
{
	int effects[MOST_STEPS];
	unsigned int bytes = 0;

	for (size_t i = 0; i < count; i++) {
		struct llext_desk_reloc what;
		enum effect effect;

		pack->core->reloc(steps[i].type, &what);
		effect = effect_of(pack, steps[i].type, &what);
		if (effect == EFFECT_OTHER || (effect == EFFECT_SET && i != 0) ||
		    (i != 0 && what.bytes != bytes) ||
		    (pack->symbols[steps[i].symbol].section == PACK_NONE &&
		     !is_constant(pack, steps[i].symbol)))
			return false;
		bytes = what.bytes;
		effects[i] = effect == EFFECT_SUB ? -1 : 1;
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t section = pack->symbols[steps[i].symbol].section;
		int sum = 0;

		for (size_t j = 0; section != PACK_NONE && j < count; j++) {
			if (pack->symbols[steps[j].symbol].section == section)
				sum += effects[j];
		}
		if (sum != 0)
			return false;
	}
	return true;
}

static void resolve_steps(struct pack *pack, struct pack_section *section,
			  struct pack_relocation *steps, size_t count)
{
	size_t room = pack_room(section, steps[0].offset);
	uint8_t *place = section->bytes + steps[0].offset, before[PACK_MOST_PLACE];

	if (count > MOST_STEPS || !cancels(pack, steps, count))
		return;
	memcpy(before, place, room);
	for (size_t i = 0; i < count; i++) {
		uint64_t value =
			pack_symbol_value(pack, &pack->symbols[steps[i].symbol], steps[i].addend) +
			(uint64_t)steps[i].addend;

		if (write_value(pack, section, &steps[i], value) != 0) {
			memcpy(place, before, room);
			return;
		}
	}
	for (size_t i = 0; i < count; i++)
		steps[i].resolved = true;
}

/* ---- pairs: the second half has what is left of the first one's value ---- */

struct high {
	struct pack_relocation *relocation;
	uint64_t value;
	bool resolvable;
};

struct highs {
	struct high *list; /* by offset */
	size_t count;
};

static struct highs find_highs(struct pack *pack, struct pack_section *section)
{
	struct highs highs = {need(section->relocation_count, sizeof(struct high)), 0};
	struct llext_desk_reloc what;

	for (size_t i = 0; i < section->relocation_count; i++) {
		struct high *high = &highs.list[highs.count];

		high->relocation = &section->relocations[i];
		pack->core->reloc(high->relocation->type, &what);
		if (!what.high)
			continue;
		highs.count++;
		high->resolvable = !high->relocation->shares &&
				   evaluate(pack, section, high->relocation, &what, &high->value) &&
				   fits(pack, section, high->relocation, high->value);
	}
	return highs;
}

static struct high *find_high(const struct pack *pack, const struct highs *highs,
			      const struct pack_section *section,
			      const struct pack_relocation *pair)
{
	const struct pack_symbol *symbol = &pack->symbols[pair->symbol];

	if (symbol->section != (uint32_t)(section - pack->sections))
		return NULL;
	for (size_t low = 0, end = highs->count; low < end;) {
		size_t middle = low + (end - low) / 2;
		struct high *high = &highs->list[middle];

		if (high->relocation->offset < symbol->value)
			low = middle + 1;
		else if (high->relocation->offset > symbol->value)
			end = middle;
		else
			return high;
	}
	return NULL;
}

/* The first half was rounded for the value without the addend. */
static bool same_upper(uint64_t value, int64_t addend)
{
	return (((value + (uint64_t)addend + 0x800) ^ (value + 0x800)) & ~(uint64_t)0xfff) == 0;
}

/* What cannot be resolved keeps its first half from it; then what can be is @written. */
static bool visit_pairs(struct pack *pack, struct pack_section *section, const struct highs *highs,
			bool written)
{
	struct llext_desk_reloc what;

	for (size_t i = 0; i < section->relocation_count; i++) {
		struct pack_relocation *pair = &section->relocations[i];
		struct high *high;
		uint64_t value;

		pack->core->reloc(pair->type, &what);
		if (what.kind != LLEXT_DESK_PAIR)
			continue;
		high = find_high(pack, highs, section, pair);
		if (high == NULL)
			return false;
		value = high->value + (uint64_t)pair->addend;
		if (!written)
			high->resolvable &= !pair->shares &&
					    same_upper(high->value, pair->addend) &&
					    fits(pack, section, pair, value);
		else if (high->resolvable)
			pair->resolved = write_value(pack, section, pair, value) == 0;
	}
	return true;
}

/* All pairs of a first half are resolved with it, or none of them. */
static bool resolve_pairs(struct pack *pack, struct pack_section *section)
{
	struct highs highs = find_highs(pack, section);
	bool good = visit_pairs(pack, section, &highs, false) &&
		    visit_pairs(pack, section, &highs, true);

	for (size_t i = 0; good && i < highs.count; i++) {
		struct high *high = &highs.list[i];

		if (high->resolvable)
			high->relocation->resolved =
				write_value(pack, section, high->relocation, high->value) == 0;
	}
	free(highs.list);
	if (!good)
		complain(pack->file->path, "malformed: a relocation of a pair stands alone");
	return good;
}

/* ---- all of them ---- */

static int by_offset(const void *a, const void *b)
{
	const struct pack_relocation *x = a, *y = b;

	return compare_pairs(x->offset, y->offset, x->order, y->order);
}

/*
 * A branch inside a section is as long in every load. A packed file says only of imports and of
 * addresses whether they need a veneer, so that one out of reach could not be loaded.
 */
static bool complain_out_of_reach(const struct pack *pack, const struct pack_section *section,
				  const struct pack_relocation *relocation)
{
	const char *name = pack->symbols[relocation->symbol].in.name;

	complain(pack->file->path,
		 "the branch at %s + 0x%llx does not reach %s, and in a packed file only imports "
		 "and absolute addresses have veneers",
		 section->name, (unsigned long long)relocation->offset,
		 name[0] != '\0' ? printable(name) : "its target");
	return false;
}

static bool resolve_one(struct pack *pack, struct pack_section *section,
			struct pack_relocation *relocation)
{
	struct llext_desk_reloc what;
	uint64_t value;
	int rc;

	pack->core->reloc(relocation->type, &what);
	if (what.high || !evaluate(pack, section, relocation, &what, &value))
		return true;
	rc = write_value(pack, section, relocation, value);
	relocation->resolved = rc == 0;
	if (rc != -ERANGE || !what.branch || what.kind != LLEXT_DESK_PC)
		return true;
	return complain_out_of_reach(pack, section, relocation);
}

/*
 * How many bytes at its place a relocation writes. Where that depends on the instruction, the last
 * byte may belong to the next one: then it does not matter, and is left as it was.
 */
static unsigned int written(const struct pack *pack, const struct pack_section *section,
			    const struct pack_relocation *relocation)
{
	uint8_t zeros[PACK_MOST_PLACE] = {0}, ones[PACK_MOST_PLACE] = {0};
	struct llext_desk_reloc what;
	unsigned int last;

	pack->core->reloc(relocation->type, &what);
	if (what.check != 'i')
		return what.bytes;
	last = what.bytes - 1;
	memcpy(zeros, section->bytes + relocation->offset, last);
	memcpy(ones, zeros, last);
	ones[last] = 0xff;
	/* A short branch to the end of a long one reaches. */
	if (pack->core->encode(relocation->type, zeros, relocation->offset, 4) == 0 &&
	    pack->core->encode(relocation->type, ones, relocation->offset, 4) == 0 &&
	    zeros[last] == 0 && ones[last] == 0xff)
		return last;
	return what.bytes;
}

/* Relocations in the order of their places; those of one place are a group. */
static bool resolve_section(struct pack *pack, struct pack_section *section)
{
	struct pack_relocation *list = section->relocations;
	size_t count = section->relocation_count, next;
	uint64_t end = 0;

	if (list != NULL)
		qsort(list, count, sizeof(*list), by_offset);
	for (size_t i = 0; i < count; i = next) {
		/* In another order they would give another result. */
		if (list[i].offset < end) {
			complain(pack->file->path, "relocations of %s overlap at 0x%llx",
				 printable(section->name), (unsigned long long)list[i].offset);
			return false;
		}
		for (next = i; next < count && list[next].offset == list[i].offset; next++) {
			uint64_t behind = list[next].offset + written(pack, section, &list[next]);

			end = behind > end ? behind : end;
		}
		for (size_t j = i; next - i > 1 && j < next; j++)
			list[j].shares = true;
		if (next - i > 1)
			resolve_steps(pack, section, &list[i], next - i);
		else if (!resolve_one(pack, section, &list[i]))
			return false;
	}
	return resolve_pairs(pack, section);
}

bool pack_resolve(struct pack *pack)
{
	for (size_t i = 0; i < pack->section_count; i++) {
		struct pack_section *section = &pack->sections[i];

		if (!resolve_section(pack, section))
			return false;
		for (size_t j = 0; j < section->relocation_count; j++)
			pack->resolved += section->relocations[j].resolved;
	}
	return true;
}
