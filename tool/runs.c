/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of relocations: see runs.h, and src/packed/runs.c, which applies them. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "runs.h"

#define RUN_END     0
#define RUN_WORD    1    /* S + A in a word */
#define RUN_LOWER   2    /* RISC-V: its lower 12 bits in an instruction */
#define RUN_PAIR    3    /* RISC-V: S + A in two instructions */
#define RUN_CALL    4    /* Arm: BLs, whose addends are -4; an entry has two bytes */
#define RUN_JUMP    5    /* Arm: B.Ws, likewise */
#define RUN_PC      0x40 /* RISC-V: S + A - P in them */
#define RUN_SYMBOLS 0x80 /* each entry has a byte for its symbol, too */

#define SKIP         255    /* a step that only moves the place on */
#define NEW_SYMBOL   0xff00 /* of two bytes: this plus how far the symbol is behind the header's */
#define HEADER_BYTES 12
#define LOWER_AFTER  4          /* bytes: the nearest that the lower instruction of a pair may be */
#define BL           0xfffef7ff /* with that addend */
#define B_W          0xbffef7ff
#define FEW          8 /* of one symbol; fewer are not worth a header of their own */
#define FEW_MIXED    3 /* of several symbols, if there are compact ones anyway */

/* ---- what a machine has ---- */

static uint32_t word_type(const struct runs_target *target)
{
	switch (target->machine) {
	case EM_ARM:
		return R_ARM_ABS32;
	case EM_RISCV:
		return target->class == ELFCLASS32 ? R_RISCV_32 : R_RISCV_64;
	case EM_AARCH64:
		return R_AARCH64_ABS64;
	case EM_X86_64:
		return R_X86_64_64;
	default:
		return UINT32_MAX;
	}
}

static unsigned int word_bytes(const struct runs_target *target)
{
	return target->class == ELFCLASS32 ? 4 : 8;
}

/* S + A in a word. To a load, R_ARM_TARGET1 of .init_array is R_ARM_ABS32. */
static bool is_word(const struct runs_target *target, uint32_t type)
{
	return type == word_type(target) || (target->machine == EM_ARM && type == R_ARM_TARGET1);
}

/* Bytes of which places are multiples. */
static unsigned int unit_of(const struct runs_target *target, unsigned int kind)
{
	return (kind & ~RUN_SYMBOLS) == RUN_WORD ? word_bytes(target) : 2;
}

static bool is_branch(unsigned int kind)
{
	return kind == RUN_CALL || kind == RUN_JUMP;
}

/* The tables of all others have addends of their own. */
static bool has_addends(const struct runs_target *target)
{
	return target->machine != EM_ARM;
}

/* ---- places ---- */

static uint64_t get(const uint8_t *at, unsigned int bytes)
{
	return file_word(at, bytes);
}

static void put(uint8_t *at, uint64_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void put_upper(uint8_t *at, int64_t value)
{
	put(at, (get(at, 4) & 0xfff) | (((uint64_t)value + 0x800) & 0xfffff000), 4);
}

static void put_lower(uint8_t *at, int64_t value)
{
	put(at, (get(at, 4) & 0xfffff) | (uint64_t)value << 20, 4);
}

static int64_t get_lower(const uint8_t *at)
{
	return (int32_t)(uint32_t)get(at, 4) >> 20;
}

static int64_t get_pair(const uint8_t *upper, const uint8_t *lower)
{
	return (int32_t)((uint32_t)get(upper, 4) & 0xfffff000) + get_lower(lower);
}

/* ---- which relocations go to which kind of run ---- */

struct entry {
	unsigned int kind;  /* 0: it stays compact, unless it goes with its upper half */
	uint32_t lower;     /* bytes from the place to that of the lower half ... */
	size_t lower_index; /* ... whose relocation this is; 0: it has none of its own */
	bool has_upper;     /* is such a half */
	bool written;
};

static bool is_call(uint32_t type)
{
	return type == R_RISCV_CALL || type == R_RISCV_CALL_PLT;
}

/* The lower half that belongs to the upper one at @index; 0: none that a run can have. */
static size_t find_lower(const struct crel *crel, const struct entry *entries, const bool *compact,
			 size_t index)
{
	const struct relocation *upper = &crel->list[index];

	for (size_t i = index + 1; i < crel->count; i++) {
		const struct relocation *lower = &crel->list[i];
		uint64_t behind = lower->offset - upper->offset;

		if (behind > LOWER_AFTER + 2 * UINT8_MAX)
			break;
		if (lower->type == R_RISCV_LO12_I && lower->symbol == upper->symbol &&
		    lower->addend == upper->addend && !entries[i].has_upper && !compact[i] &&
		    behind >= LOWER_AFTER)
			return i;
	}
	return 0;
}

/* RISC-V's instructions. */
static void classify_code(const struct runs_target *target, const struct crel *crel,
			  struct entry *entries, const bool *compact, size_t index)
{
	const struct relocation *relocation = &crel->list[index];
	struct entry *entry = &entries[index];
	size_t lower = 0;

	if (relocation->type == R_RISCV_HI20)
		lower = find_lower(crel, entries, compact, index);
	if (lower != 0) {
		entry->kind = RUN_PAIR;
		entry->lower = (uint32_t)(crel->list[lower].offset - relocation->offset);
		entry->lower_index = lower;
		entries[lower].has_upper = true;
	} else if (is_call(relocation->type) && target->class == ELFCLASS32) {
		entry->kind = RUN_PAIR | RUN_PC;
		entry->lower = LOWER_AFTER;
	} else if (relocation->type == R_RISCV_LO12_I && !entry->has_upper) {
		entry->kind = RUN_LOWER;
	}
}

/* Arm's branches, with the addend that compilers give them. */
static unsigned int branch_kind(const struct runs_target *target,
				const struct relocation *relocation)
{
	bool call = relocation->type == R_ARM_THM_PC22;

	if ((!call && relocation->type != R_ARM_THM_JUMP24) ||
	    (relocation->offset | target->align) % 2 != 0 ||
	    get(target->bytes + relocation->offset, 4) != (call ? BL : B_W))
		return 0;
	return call ? RUN_CALL : RUN_JUMP;
}

static struct entry *classify(const struct runs_target *target, const struct crel *crel,
			      const bool *compact)
{
	struct entry *entries = need(crel->count, sizeof(*entries));

	for (size_t i = 0; i < crel->count; i++) {
		const struct relocation *relocation = &crel->list[i];

		if (compact[i] || relocation->symbol > UINT16_MAX ||
		    (has_addends(target) && relocation->addend != (int32_t)relocation->addend))
			continue;
		if (is_word(target, relocation->type)) {
			if ((relocation->offset | target->align) % word_bytes(target) == 0)
				entries[i].kind = RUN_WORD;
		} else if (target->machine == EM_RISCV &&
			   (relocation->offset | target->align) % 2 == 0) {
			classify_code(target, crel, entries, compact, i);
		} else if (target->machine == EM_ARM) {
			entries[i].kind = branch_kind(target, relocation);
		}
	}
	return entries;
}

/* ---- writing ---- */

struct writer {
	const struct runs_target *target;
	struct crel *crel;
	struct entry *entries;
	uint8_t *bytes;
	size_t length, room;
	size_t few; /* at least */
};

static void add(struct writer *writer, uint64_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++) {
		writer->bytes = need_room(writer->bytes, writer->length, &writer->room, 1);
		writer->bytes[writer->length++] = (uint8_t)(value >> 8 * i);
	}
}

/* Write a relocation's addend to its place. */
static void store_addend(const struct writer *writer, size_t index)
{
	const struct relocation *relocation = &writer->crel->list[index];
	const struct entry *entry = &writer->entries[index];
	uint8_t *place = writer->target->bytes + relocation->offset;

	if (!has_addends(writer->target))
		return;
	if (entry->kind == RUN_WORD) {
		put(place, (uint64_t)relocation->addend, word_bytes(writer->target));
		return;
	}
	if (entry->kind != RUN_LOWER)
		put_upper(place, relocation->addend);
	put_lower(place + entry->lower, relocation->addend);
}

/* Is the relocation at @index one for a run of @kind, whose first symbol is @symbol? */
static bool belongs(const struct writer *writer, size_t index, unsigned int kind, uint32_t symbol)
{
	const struct entry *entry = &writer->entries[index];
	uint32_t behind = writer->crel->list[index].symbol - symbol;
	bool several = kind & RUN_SYMBOLS || is_branch(kind);

	return (entry->kind | (kind & RUN_SYMBOLS)) == kind && !entry->written &&
	       behind <= (several ? UINT8_MAX : 0);
}

static size_t count_of(const struct writer *writer, unsigned int kind, uint32_t symbol)
{
	size_t count = 0;

	for (size_t i = 0; i < writer->crel->count; i++)
		count += belongs(writer, i, kind, symbol);
	return count;
}

/* The index of the first one that belongs; there is one. */
static size_t first_of(const struct writer *writer, unsigned int kind, uint32_t symbol)
{
	size_t index = 0;

	while (!belongs(writer, index, kind, symbol))
		index++;
	return index;
}

/* One after the other. @return the number of entries. */
static uint64_t put_entries(struct writer *writer, unsigned int kind, uint32_t symbol,
			    uint64_t place)
{
	unsigned int unit = unit_of(writer->target, kind);
	uint64_t count = 0;

	for (size_t i = 0; i < writer->crel->count; i++) {
		const struct relocation *relocation = &writer->crel->list[i];
		struct entry *entry = &writer->entries[i];

		if (!belongs(writer, i, kind, symbol))
			continue;
		for (; relocation->offset - place >= SKIP * unit; place += SKIP * unit, count++)
			add(writer, SKIP, 1);
		add(writer, (relocation->offset - place) / unit, 1);
		if ((kind & ~(RUN_PC | RUN_SYMBOLS)) == RUN_PAIR)
			add(writer, (entry->lower - LOWER_AFTER) / 2, 1);
		if (kind & RUN_SYMBOLS)
			add(writer, relocation->symbol - symbol, 1);
		store_addend(writer, i);
		place = relocation->offset;
		entry->written = true;
		if (entry->lower_index != 0)
			writer->entries[entry->lower_index].written = true;
		count++;
	}
	return count;
}

/* Likewise branches, one symbol after the other, as far as an entry reaches from @place. */
static uint64_t put_branches(struct writer *writer, unsigned int kind, uint32_t first,
			     uint64_t place)
{
	size_t before = writer->length;
	uint32_t current = first;

	for (uint32_t symbol = first; symbol <= first + UINT8_MAX; symbol++) {
		for (size_t i = 0; i < writer->crel->count; i++) {
			const struct relocation *relocation = &writer->crel->list[i];

			if (relocation->symbol != symbol || !belongs(writer, i, kind, symbol) ||
			    (relocation->offset - place) / 2 >= NEW_SYMBOL)
				continue;
			if (symbol != current)
				add(writer, NEW_SYMBOL + symbol - first, 2);
			current = symbol;
			add(writer, (relocation->offset - place) / 2, 2);
			writer->entries[i].written = true;
		}
	}
	return (writer->length - before) / 2;
}

static void put_run(struct writer *writer, unsigned int kind, uint32_t symbol)
{
	uint64_t place = writer->crel->list[first_of(writer, kind, symbol)].offset;
	size_t header = writer->length;

	add(writer, kind, 2);
	add(writer, symbol, 2);
	add(writer, place, 4);
	add(writer, 0, 4);
	put(writer->bytes + header + 8,
	    (is_branch(kind) ? put_branches : put_entries)(writer, kind, symbol, place), 4);
}

/* The lowest symbol from *@symbol on that has relocations for such a run. */
static bool find_symbol(const struct writer *writer, unsigned int kind, uint32_t *symbol)
{
	uint32_t from = *symbol;
	bool found = false;

	for (size_t i = 0; i < writer->crel->count; i++) {
		uint32_t other = writer->crel->list[i].symbol;

		if (other < from || (found && other >= *symbol) || !belongs(writer, i, kind, other))
			continue;
		*symbol = other;
		found = true;
	}
	return found;
}

static void put_runs(struct writer *writer, unsigned int kind)
{
	for (uint32_t symbol = 0; find_symbol(writer, kind, &symbol);) {
		if (count_of(writer, kind, symbol) >= writer->few)
			put_run(writer, kind, symbol);
		else
			symbol++;
	}
}

/* Those of several symbols. */
static void put_mixed_runs(struct writer *writer, size_t few)
{
	writer->few = few;
	put_runs(writer, RUN_WORD | RUN_SYMBOLS);
	put_runs(writer, RUN_PAIR | RUN_SYMBOLS);
	put_runs(writer, RUN_PAIR | RUN_PC | RUN_SYMBOLS);
	put_runs(writer, RUN_CALL);
	put_runs(writer, RUN_JUMP);
}

/* Could all that is left be in such runs? Without compact ones, a table is read faster. */
static bool all_can(const struct writer *writer)
{
	for (size_t i = 0; i < writer->crel->count; i++) {
		const struct entry *entry = &writer->entries[i];

		if (!entry->written && !entry->has_upper &&
		    (entry->kind == 0 || entry->kind == RUN_LOWER))
			return false;
	}
	return true;
}

static void put_end(struct writer *writer)
{
	add(writer, RUN_END, 4);
	add(writer, 0, 8);
}

uint8_t *runs_encode(const struct runs_target *target, struct crel *crel, const bool *compact,
		     size_t *length)
{
	struct writer writer = {target, crel, classify(target, crel, compact), NULL, 0, 0, FEW};
	size_t left = 0;

	/* Those of one symbol are quicker. */
	put_runs(&writer, RUN_WORD);
	put_runs(&writer, RUN_PAIR);
	put_runs(&writer, RUN_LOWER);
	put_mixed_runs(&writer, FEW_MIXED);
	if (all_can(&writer))
		put_mixed_runs(&writer, 1);
	for (size_t i = 0; i < crel->count; i++) {
		if (!writer.entries[i].written)
			crel->list[left++] = crel->list[i];
	}
	crel->count = left;
	if (writer.bytes != NULL && left > 0)
		put_end(&writer);
	free(writer.entries);
	*length = writer.length;
	return writer.bytes;
}

/* ---- reading ---- */

struct reader {
	const struct runs_target *target;
	const uint8_t *at, *end;
	struct crel *crel;
	size_t room;
};

static void append(struct reader *reader, uint64_t offset, uint32_t symbol, uint32_t type,
		   int64_t addend)
{
	struct crel *crel = reader->crel;

	crel->list = need_room(crel->list, crel->count, &reader->room, sizeof(*crel->list));
	crel->list[crel->count++] =
		(struct relocation){offset, symbol, type, has_addends(reader->target) ? addend : 0};
}

/* Do @bytes bytes lie in the section? */
static bool holds(const struct reader *reader, uint64_t place, uint64_t bytes)
{
	uint64_t size = reader->target->size;

	return bytes <= size && place <= size - bytes;
}

/* Of a relocation that stands for itself. */
static uint32_t type_of(const struct runs_target *target, unsigned int kind)
{
	switch (kind) {
	case RUN_CALL:
		return R_ARM_THM_PC22;
	case RUN_JUMP:
		return R_ARM_THM_JUMP24;
	default:
		return word_type(target);
	}
}

static bool read_entry(struct reader *reader, unsigned int kind, uint64_t place, uint32_t symbol)
{
	const struct runs_target *target = reader->target;
	bool pair = (kind & ~(RUN_PC | RUN_SYMBOLS)) == RUN_PAIR;
	uint64_t lower = 0, bytes = (kind & ~RUN_SYMBOLS) == RUN_WORD ? word_bytes(target) : 4;
	const uint8_t *at = target->bytes + place;

	if ((size_t)(reader->end - reader->at) < (size_t)pair + (kind & RUN_SYMBOLS ? 1 : 0))
		return false;
	if (pair)
		lower = LOWER_AFTER + 2 * (uint64_t)*reader->at++;
	if (kind & RUN_SYMBOLS)
		symbol += *reader->at++;
	if (!holds(reader, place, lower + bytes))
		return false;
	if (!pair && kind != RUN_LOWER) {
		append(reader, place, symbol, type_of(target, kind),
		       bytes == 4 ? (int32_t)(uint32_t)get(at, 4) : (int64_t)get(at, 8));
		return true;
	}
	if (pair)
		append(reader, place, symbol, kind & RUN_PC ? R_RISCV_CALL_PLT : R_RISCV_HI20,
		       get_pair(at, at + lower));
	if (!(kind & RUN_PC))
		append(reader, place + lower, symbol, R_RISCV_LO12_I,
		       pair ? get_pair(at, at + lower) : get_lower(at));
	return true;
}

/* An entry of branches, of which *@symbol is that of the one before. */
static bool read_branch(struct reader *reader, unsigned int kind, uint32_t place, uint32_t first,
			uint32_t *symbol)
{
	uint64_t entry;

	if (reader->end - reader->at < 2)
		return false;
	entry = get(reader->at, 2);
	reader->at += 2;
	if (entry >= NEW_SYMBOL) {
		*symbol = first + (uint32_t)(entry - NEW_SYMBOL);
		return true;
	}
	if (!holds(reader, place + 2 * entry, 4))
		return false;
	append(reader, place + 2 * entry, *symbol, type_of(reader->target, kind), 0);
	return true;
}

static bool is_kind(const struct runs_target *target, unsigned int kind)
{
	unsigned int plain = kind & ~RUN_SYMBOLS;

	if (is_branch(kind))
		return target->machine == EM_ARM;
	if (plain == RUN_WORD)
		return word_type(target) != UINT32_MAX;
	return target->machine == EM_RISCV &&
	       (kind == RUN_LOWER || plain == RUN_PAIR || plain == (RUN_PAIR | RUN_PC));
}

static bool read_run(struct reader *reader, unsigned int kind)
{
	uint32_t symbol = (uint32_t)get(reader->at + 2, 2), current = symbol;
	uint32_t place = (uint32_t)get(reader->at + 4, 4);
	uint32_t count = (uint32_t)get(reader->at + 8, 4);
	unsigned int unit = unit_of(reader->target, kind);

	if (reader->at[1] != 0 || !is_kind(reader->target, kind) || place % unit != 0)
		return false;
	reader->at += HEADER_BYTES;
	for (; count > 0; count--) {
		if (is_branch(kind)) {
			if (!read_branch(reader, kind, place, symbol, &current))
				return false;
			continue;
		}
		if (reader->at == reader->end)
			return false;
		place += *reader->at * unit;
		if (*reader->at++ != SKIP && !read_entry(reader, kind, place, symbol))
			return false;
	}
	return true;
}

/* The compact relocations behind the runs. */
static bool read_rest(struct reader *reader)
{
	struct crel rest;
	bool good = crel_decode(reader->at, (size_t)(reader->end - reader->at),
				reader->target->class, &rest);

	if (!good)
		return false;
	good = rest.has_addends == has_addends(reader->target);
	for (size_t i = 0; i < rest.count; i++)
		append(reader, rest.list[i].offset, rest.list[i].symbol, rest.list[i].type,
		       rest.list[i].addend);
	free(rest.list);
	return good;
}

/* Likewise of SHT_LLEXT_RUNS only: those of runs come first, and there may be no others. */
static bool decode(const struct runs_target *target, const uint8_t *bytes, size_t length,
		   struct crel *crel)
{
	struct reader reader = {target, bytes, bytes + length, crel, 0};
	bool good = target->bytes != NULL, done = false;

	*crel = (struct crel){.has_addends = has_addends(target)};
	while (good && !done) {
		good = reader.end - reader.at >= HEADER_BYTES;
		if (!good)
			break;
		if (*reader.at == RUN_END) {
			reader.at += HEADER_BYTES;
			good = read_rest(&reader);
			done = true;
		} else {
			good = read_run(&reader, *reader.at);
			done = reader.at == reader.end;
		}
	}
	if (!good) {
		free(crel->list);
		*crel = (struct crel){0};
	}
	return good;
}

bool compact_decode(const struct file *file, const struct section_header *table, struct crel *crel)
{
	struct section_header section;
	struct runs_target target = {.machine = file->machine, .class = file->class};

	if (table->type == SHT_CREL)
		return crel_decode(table->bytes, (size_t)table->size, file->class, crel);
	if (!file_section(file, table->info, &section))
		return false;
	target.bytes = (uint8_t *)(uintptr_t)section.bytes; /* they are only read */
	target.size = section.size;
	return decode(&target, table->bytes, (size_t)table->size, crel);
}
