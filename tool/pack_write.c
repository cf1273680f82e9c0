/* SPDX-License-Identifier: Apache-2.0 */
/* The last stage of tenon pack: symbols in their order, tables, and the file. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "attributes.h"
#include "debug_file.h"
#include "pack.h"
#include "runs.h"

/* Sections in front of those that are loaded. */
enum { SHSTRTAB = 1, NOTE, STRTAB, SYMTAB, FIRST_LOADED };

struct output {
	struct pack *pack;
	struct packed_note note;
	char *strings;
	size_t string_bytes;
	uint8_t *symbols;
	size_t symbol_count, local_count;
	struct image_section *sections;
	size_t section_count, section_room;
	uint32_t *numbers; /* section index of each of the pack's */
	struct owned owned;
};

/* ---- symbols ---- */

static bool is_local(const struct pack_symbol *symbol)
{
	return symbol->in.bind == STB_LOCAL && !symbol->hidden;
}

/*
 * Where a symbol stands: locals, those with a GOT entry last; then globals with a GOT entry, with
 * both, with a veneer, others, and last those that are exported. So those with an entry of either
 * table are neighbours, and so are names of exports, in the order in which a loader needs them.
 */
#define RANKS 7
static unsigned int rank(const struct pack_symbol *symbol)
{
	if (is_local(symbol))
		return symbol->got ? 1 : 0;
	if (symbol->got)
		return symbol->branch ? 3 : 2;
	if (symbol->branch)
		return 4;
	return symbol->exported ? 6 : 5;
}

static int by_rank_and_name(const void *a, const void *b)
{
	const struct pack_symbol *x = *(struct pack_symbol *const *)a;
	const struct pack_symbol *y = *(struct pack_symbol *const *)b;
	int order = 0;

	if (rank(x) != rank(y))
		return rank(x) < rank(y) ? -1 : 1;
	if (rank(x) == RANKS - 1)
		order = strcmp(x->in.name, y->in.name);
	return order != 0 ? order : compare_numbers((uintptr_t)x, (uintptr_t)y);
}

static uint32_t add_string(struct output *output, const char *text)
{
	size_t length = strlen(text) + 1, at = output->string_bytes;

	if (text[0] == '\0')
		return 0;
	memcpy(output->strings + at, text, length);
	output->string_bytes += length;
	return (uint32_t)at;
}

static void put_symbol(struct output *output, const struct image_symbol *symbol)
{
	unsigned char class = output->pack->file->class;

	image_put_symbol(output->symbols + output->symbol_count++ * image_symbol_bytes(class),
			 class, symbol);
}

/* The section symbols that relocations refer to. */
static void put_section_symbols(struct output *output)
{
	struct pack *pack = output->pack;

	for (size_t i = 0; i < pack->section_count; i++) {
		if (!pack->sections[i].referred)
			continue;
		pack->sections[i].symbol_index = (uint32_t)output->symbol_count;
		put_symbol(output,
			   &(struct image_symbol){.info = ELF32_ST_INFO(STB_LOCAL, STT_SECTION),
						  .section = (uint16_t)output->numbers[i]});
	}
}

/* A global one of a file without .exported_sym that shall not be exported. */
static bool is_unexported(const struct pack *pack, const struct pack_symbol *symbol)
{
	return !pack->has_export_section && !symbol->exported && !pack_is_import(symbol) &&
	       symbol->in.bind != STB_LOCAL;
}

static void put_kept(struct output *output, struct pack_symbol *symbol)
{
	const struct symbol *in = &symbol->in;
	uint8_t type =
		in->type == STT_SECTION || (in->type == STT_COMMON && symbol->section != PACK_NONE)
			? STT_NOTYPE
			: in->type;
	struct image_symbol made = {
		.info = (uint8_t)ELF32_ST_INFO(symbol->hidden ? STB_GLOBAL : in->bind, type),
		.other = symbol->hidden || is_unexported(output->pack, symbol) ? STV_HIDDEN
									       : in->visibility,
		.section = (uint16_t)in->section,
		.value = symbol->section != PACK_NONE ? symbol->value : in->value,
		.size = in->size,
	};

	/* In a file that is loaded it is an object like others, whatever its type was. */
	if (symbol->section != PACK_NONE && pack_is_common(output->pack, in))
		made.info = (uint8_t)ELF32_ST_INFO(in->bind, STT_OBJECT);
	if (symbol->section != PACK_NONE)
		made.section = (uint16_t)output->numbers[symbol->section];
	if (pack_is_import(symbol))
		made.value = symbol->ordinal;
	/* How far that is will be known when it is loaded. */
	if (pack_is_import(symbol) || in->section == SHN_ABS)
		made.size = symbol->branch ? symbol->branch_type : 0;
	if (pack_is_import(symbol) || symbol->exported)
		made.name = add_string(output, in->name);
	symbol->index = (uint32_t)output->symbol_count;
	put_symbol(output, &made);
}

static void put_symbols(struct output *output)
{
	struct pack *pack = output->pack;
	size_t entry = image_symbol_bytes(pack->file->class), first[RANKS + 1], names = 1, kept = 0;
	struct pack_symbol **order = need(pack->symbol_count, sizeof(struct pack_symbol *));

	output->symbols =
		own(&output->owned, need(1 + pack->section_count + pack->symbol_count, entry));
	output->string_bytes = output->symbol_count = 1; /* no name and no symbol come first */
	for (size_t i = 1; i < pack->symbol_count; i++)
		names += strlen(pack->symbols[i].in.name) + 1;
	output->strings = own(&output->owned, need(names, 1));
	put_section_symbols(output);
	for (size_t i = 1; i < pack->symbol_count; i++) {
		if (pack->symbols[i].kept)
			order[kept++] = &pack->symbols[i];
	}
	qsort(order, kept, sizeof(*order), by_rank_and_name);
	for (size_t i = 0, wanted = 0; wanted <= RANKS; wanted++) {
		for (; i < kept && rank(order[i]) < wanted; i++)
			put_kept(output, order[i]);
		first[wanted] = output->symbol_count;
	}
	free(order);
	output->local_count = first[2];
	output->note.got_first = (uint32_t)first[1];
	output->note.got_count = (uint32_t)(first[4] - first[1]);
	output->note.veneer_first = (uint32_t)first[3];
	output->note.veneer_count = (uint32_t)(first[5] - first[3]);
}

/* ---- relocations ---- */

struct ordered {
	uint64_t key;
	size_t index;
	bool moved;
};

static int by_key(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	return x->key != y->key ? compare_numbers(x->key, y->key)
				: compare_pairs(x->moved, y->moved, x->index, y->index);
}

/*
 * By offset; but the second half of a pair that stands before the first one comes right behind
 * that, so that a loader has met the first one.
 */
static void order_pairs(const struct pack *pack, struct pack_relocation *list, size_t count)
{
	struct ordered *ordered = need(count, sizeof(*ordered));
	struct pack_relocation *before = need(count, sizeof(*before));

	for (size_t i = 0; i < count; i++) {
		uint64_t label = pack->symbols[list[i].symbol].value;
		struct llext_desk_reloc what;

		pack->core->reloc(list[i].type, &what);
		ordered[i] = (struct ordered){.key = list[i].offset, .index = i};
		if (what.kind == LLEXT_DESK_PAIR && label > list[i].offset)
			ordered[i] = (struct ordered){label, i, true};
		before[i] = list[i];
	}
	qsort(ordered, count, sizeof(*ordered), by_key);
	for (size_t i = 0; i < count; i++)
		list[i] = before[ordered[i].index];
	free(ordered);
	free(before);
}

static int by_symbol(const void *a, const void *b)
{
	const struct relocation *x = a, *y = b;

	return x->type != y->type ? compare_numbers(x->type, y->type)
				  : compare_pairs(x->symbol, y->symbol, x->offset, y->offset);
}

static int by_place(const void *a, const void *b)
{
	const struct relocation *x = a, *y = b;

	return compare_numbers(x->offset, y->offset);
}

/*
 * So many relocations of one symbol are worth the way back to the first one's place, and mostly lie
 * near enough to each other for a step of two bytes.
 */
#define RUN 32

/* From @start on, how many are of its type, and of its symbol if @same_symbol. */
static size_t run_length(const struct crel *crel, size_t start, bool same_symbol)
{
	size_t end = start + 1;

	while (end < crel->count && crel->list[end].type == crel->list[start].type &&
	       (!same_symbol || crel->list[end].symbol == crel->list[start].symbol))
		end++;
	return end - start;
}

/* Of those of one type, the symbols that have many first, one after the other; the rest by place.
 */
static void order_type(struct relocation *list, const struct crel *crel, size_t start, size_t count)
{
	struct relocation *few = need(count, sizeof(*few));
	size_t few_count = 0, done = 0;

	for (size_t i = start, length; i < start + count; i += length) {
		length = run_length(crel, i, true);
		memcpy(length < RUN ? few + few_count : list + done, crel->list + i,
		       length * sizeof(*list));
		*(length < RUN ? &few_count : &done) += length;
	}
	qsort(few, few_count, sizeof(*few), by_place);
	memcpy(list + done, few, few_count * sizeof(*list));
	free(few);
}

/*
 * Where relocations have no addends, those of one symbol and type differ in nothing but their
 * places: one behind the other, they take a loader the fewest instructions, if there are some for
 * each way back that the places then take. Those that share a place keep their order, and so do all
 * of that section.
 */
static void order_by_symbol(struct crel *crel)
{
	struct relocation *list;

	if (crel->has_addends || crel->count < RUN)
		return;
	list = need(crel->count, sizeof(*list));
	qsort(crel->list, crel->count, sizeof(*list), by_symbol);
	for (size_t i = 0, length; i < crel->count; i += length) {
		length = run_length(crel, i, false);
		order_type(list + i, crel, i, length);
	}
	memcpy(crel->list, list, crel->count * sizeof(*list));
	free(list);
}

/*
 * Must a relocation stay compact, where it is applied with every check? Among others those of a
 * place are applied in their order, and an odd addend must not be carried into a state bit.
 */
static bool stays_compact(const struct pack *pack, const struct pack_relocation *relocation)
{
	const struct pack_symbol *symbol = &pack->symbols[relocation->symbol];

	return relocation->shares || (relocation->section == PACK_NONE &&
				      (symbol->in.bind == STB_WEAK || (relocation->addend & 1)));
}

/* The runs of a table, if it has any, then its compact relocations. */
static uint8_t *encode_table(struct output *output, struct pack_section *section, struct crel *crel,
			     const bool *compact, size_t *length)
{
	const struct file *file = output->pack->file;
	const struct runs_target target = {file->machine, file->class, section->bytes,
					   section->size, section->align};
	size_t run_bytes = 0;
	uint8_t *runs = NULL, *rest;
	bool shares = false;

	if (output->pack->format > PACKED_PLAIN)
		runs = runs_encode(&target, crel, compact, &run_bytes);
	section->has_runs = runs != NULL;
	*length = run_bytes;
	if (runs != NULL && crel->count == 0)
		return runs;
	for (size_t i = 0; i < section->relocation_count; i++)
		shares |= section->relocations[i].shares;
	if (!shares)
		order_by_symbol(crel);
	rest = crel_encode(crel, file->class, length);
	if (runs == NULL)
		return rest;
	runs = need_more(runs, run_bytes + *length, 1);
	memcpy(runs + run_bytes, rest, *length);
	*length += run_bytes;
	free(rest);
	return runs;
}

static uint8_t *encode_relocations(struct output *output, struct pack_section *section,
				   size_t *length, size_t *count)
{
	struct pack *pack = output->pack;
	struct crel crel = {need(section->relocation_count, sizeof(struct relocation)), 0,
			    section->has_addends};
	bool *compact = need(section->relocation_count, sizeof(*compact));
	size_t left = 0, highs = 0;
	uint8_t *bytes;

	for (size_t i = 0; i < section->relocation_count; i++) {
		if (!section->relocations[i].resolved)
			section->relocations[left++] = section->relocations[i];
	}
	section->relocation_count = left;
	order_pairs(pack, section->relocations, left);
	for (size_t i = 0; i < left; i++) {
		const struct pack_relocation *from = &section->relocations[i];
		struct llext_desk_reloc what;

		pack->core->reloc(from->type, &what);
		highs += what.high;
		compact[i] = stays_compact(pack, from);
		crel.list[crel.count++] = (struct relocation){
			.offset = from->offset,
			.symbol = from->section != PACK_NONE
					  ? pack->sections[from->section].symbol_index
				  : from->symbol != 0 ? pack->symbols[from->symbol].index
						      : 0,
			.type = from->type,
			.addend = section->has_addends ? from->addend : 0,
		};
	}
	highs += pack->offset_branches; /* no machine has both */
	if (highs > output->note.high_count)
		output->note.high_count = (uint32_t)highs;
	*count = crel.count;
	bytes = own(&output->owned, encode_table(output, section, &crel, compact, length));
	free(crel.list);
	free(compact);
	return bytes;
}

/* ---- sections ---- */

static struct image_section *add_section(struct output *output, const char *name, uint32_t type)
{
	struct image_section *section;

	output->sections = need_room(output->sections, output->section_count, &output->section_room,
				     sizeof(*section));
	section = &output->sections[output->section_count++];
	*section = (struct image_section){.name = name, .type = type, .align = 1};
	return section;
}

/*
 * Empty sections make no difference to an image where nothing is in them; but behind code and
 * constants the loader's own tables may follow, as aligned as what is there.
 */
static void leave_out(struct pack *pack)
{
	for (size_t i = 0; i < pack->section_count; i++) {
		struct pack_section *section = &pack->sections[i];

		section->left_out = !pack->keep_sections && section->size == 0 &&
				    !section->referred && (section->flags & SHF_WRITE);
	}
	for (size_t i = 1; i < pack->symbol_count; i++) {
		if (pack->symbols[i].kept && pack->symbols[i].section != PACK_NONE)
			pack->sections[pack->symbols[i].section].left_out = false;
	}
}

/* Which number each section gets: relocation sections stand in between. */
static void number_sections(struct output *output)
{
	const struct pack *pack = output->pack;
	uint32_t number = FIRST_LOADED;

	output->numbers = own(&output->owned, need(pack->section_count, sizeof(*output->numbers)));
	for (size_t i = 0; i < pack->section_count; i++) {
		const struct pack_section *section = &pack->sections[i];
		bool relocated = false;

		if (section->left_out)
			continue;
		output->numbers[i] = number++;
		for (size_t j = 0; j < section->relocation_count; j++)
			relocated |= !section->relocations[j].resolved;
		number += relocated;
	}
}

static void add_loaded(struct output *output, struct pack_section *from)
{
	struct pack *pack = output->pack;
	struct image_section *section = add_section(output, from->name, from->type);
	size_t length, count = 0;
	uint8_t *bytes = encode_relocations(output, from, &length, &count);

	section->flags = from->flags;
	section->align = from->align;
	section->size = from->size;
	section->bytes = from->bytes;
	section->link = from->link != PACK_NONE ? output->numbers[from->link] : 0;
	pack->image_bytes += from->bytes != NULL ? from->size : 0;
	if (count == 0)
		return;
	pack->after.relocations += count;
	section = add_section(
		output,
		own(&output->owned, need_text(from->has_runs ? ".runs%s" : ".crel%s", from->name)),
		from->has_runs ? SHT_LLEXT_RUNS : SHT_CREL);
	if (from->has_runs)
		output->note.version = PACKED_VERSION;
	section->flags = SHF_INFO_LINK;
	section->link = SYMTAB;
	section->info = (uint32_t)(section - output->sections) - 1;
	section->align = 4; /* so that a loader can copy words */
	section->entry_size = 1;
	section->bytes = bytes;
	section->size = length;
}

static void add_kept(void *context, const struct image_section *kept)
{
	struct output *output = context;

	*add_section(output, kept->name, kept->type) = *kept;
}

static bool add_debug_file(struct output *output)
{
	const struct pack *pack = output->pack;
	struct section_header id, link = {0};
	struct image_section *section;
	size_t length;
	void *owned;

	own(&output->owned, build_id_find(pack->file, &id));
	section = add_section(output, ".note.gnu.build-id", SHT_NOTE);
	section->align = 4;
	section->bytes = id.bytes;
	section->size = id.size;
	/* The addresses in the unstripped file are others now, unless the user has made one. */
	if (pack_is_relaxed(pack) && !pack->debug_given)
		return true;
	if (pack->debug_image != NULL) {
		owned = debug_link_make(pack->debug_path, pack->debug_image, pack->debug_length,
					&length);
		link = (struct section_header){.bytes = owned, .size = length};
	} else if (!debug_link_find(pack->file, pack->debug_path, pack->debug_given, &link, &owned))
		return false;
	(void)own(&output->owned, owned);
	section = add_section(output, ".gnu_debuglink", SHT_PROGBITS);
	section->align = 4;
	section->bytes = link.bytes;
	section->size = link.size;
	return true;
}

static void add_tables(struct output *output)
{
	const struct pack *pack = output->pack;
	size_t entry = image_symbol_bytes(pack->file->class);
	struct image_section *section;

	(void)add_section(output, "", SHT_NULL)->align;
	output->sections[0].align = 0;
	(void)add_section(output, ".shstrtab", SHT_STRTAB);
	section = add_section(output, PACKED_NOTE, SHT_NOTE);
	section->align = 4;
	section->size = PACKED_NOTE_BYTES;
	section = add_section(output, ".strtab", SHT_STRTAB);
	section->bytes = (const uint8_t *)output->strings;
	section->size = output->string_bytes;
	section = add_section(output, ".symtab", SHT_SYMTAB);
	section->align = image_word_bytes(pack->file->class);
	section->entry_size = entry;
	section->link = STRTAB;
	section->info = (uint32_t)output->local_count;
	section->bytes = output->symbols;
	section->size = output->symbol_count * entry;
}

static void finish_note(struct output *output)
{
	const struct pack *pack = output->pack;
	uint8_t *bytes = own(&output->owned, need(PACKED_NOTE_BYTES, 1));
	bool exports = false;

	for (size_t i = 1; i < pack->symbol_count; i++)
		exports |= pack->symbols[i].exported;
	output->note.relocation_count = (uint32_t)pack->after.relocations;
	if (pack->names != NULL) {
		output->note.flags |= PACKED_BOUND;
		output->note.fingerprint = pack->names->fingerprint;
	}
	if (exports || pack->bound < pack->imports)
		output->note.flags |= PACKED_NAMES;
	packed_note_write(&output->note, bytes);
	output->sections[NOTE].bytes = bytes;
}

uint8_t *pack_write(struct pack *pack, size_t *length)
{
	struct output output = {.pack = pack, .note.version = PACKED_PLAIN};
	struct file like = *pack->file;
	uint8_t *image = NULL;

	like.flags |= attributes_as_flags(pack->file);
	like.entry = pack_entry(pack);
	leave_out(pack);
	number_sections(&output);
	put_symbols(&output);
	add_tables(&output);
	for (size_t i = 0; i < pack->section_count; i++) {
		if (!pack->sections[i].left_out)
			add_loaded(&output, &pack->sections[i]);
	}
	pack_each_kept(pack, add_kept, &output);
	finish_note(&output);
	if (!add_debug_file(&output))
		goto out;
	if (output.section_count < SHN_LORESERVE)
		image = image_build(&like, output.sections, output.section_count, length);
	else
		complain(pack->file->path, "has too many sections");
	pack->after.sections = output.section_count;
	pack->after.symbols = output.symbol_count;
out:
	free(output.sections);
	owned_free(&output.owned);
	return image;
}
