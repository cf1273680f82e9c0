/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a debugger reads for a packed file: sections as the packed file has them, with all symbols
 * of the input and its debug information, whose relocations refer to them. It is a plain ET_REL
 * file, since debuggers do not know compact relocations.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "attributes.h"
#include "debug_file.h"
#include "pack.h"

enum { SHSTRTAB = 1, STRTAB, SYMTAB, FIRST_LOADED };

struct debug_output {
	const struct pack *pack;
	struct image_section *sections;
	size_t section_count, section_room;
	uint32_t *numbers; /* of the input's sections with debug information; 0: it is none */
	struct owned owned;
};

/* ---- symbols: one for each loaded section, then the input's in their order ---- */

static uint32_t symbol_number(const struct pack *pack, uint32_t symbol)
{
	return symbol != 0 ? (uint32_t)(pack->section_count + symbol) : 0;
}

static uint32_t section_symbol(uint32_t section)
{
	return 1 + section;
}

/* Of a section that is gone, nothing is left but a number. */
static uint16_t section_of(const struct debug_output *output, const struct pack_symbol *symbol)
{
	uint32_t section = symbol->in.section;

	if (symbol->section != PACK_NONE)
		return (uint16_t)(FIRST_LOADED + symbol->section);
	if (section == SHN_UNDEF || section >= output->pack->file->section_count)
		return (uint16_t)section;
	return output->numbers[section] != 0 ? (uint16_t)output->numbers[section] : SHN_ABS;
}

static struct image_symbol convert(const struct debug_output *output,
				   const struct pack_symbol *symbol)
{
	const struct symbol *in = &symbol->in;
	bool is_loaded = symbol->section != PACK_NONE;

	/* Of merged sections, one has the symbol of the whole already. */
	return (struct image_symbol){
		.info = (uint8_t)ELF32_ST_INFO(
			in->bind, is_loaded && in->type == STT_SECTION ? STT_NOTYPE : in->type),
		.other = in->visibility,
		.section = section_of(output, symbol),
		.value = is_loaded ? symbol->value : in->value,
		.size = in->size,
	};
}

static void add_symbols(struct debug_output *output)
{
	const struct pack *pack = output->pack;
	unsigned char class = pack->file->class;
	size_t entry = image_symbol_bytes(class), count = pack->section_count + pack->symbol_count;
	struct image_section *table = &output->sections[SYMTAB];
	struct image_section *names = &output->sections[STRTAB];
	uint8_t *symbols = own(&output->owned, need(count, entry));
	size_t room = 1, locals = 1 + pack->section_count;
	char *strings;

	for (size_t i = 1; i < pack->symbol_count; i++) {
		room += strlen(pack->symbols[i].in.name) + 1;
		locals += pack->symbols[i].in.bind == STB_LOCAL;
	}
	strings = own(&output->owned, need(room, 1));
	for (uint32_t i = 0; i < pack->section_count; i++)
		image_put_symbol(
			symbols + section_symbol(i) * entry, class,
			&(struct image_symbol){.info = ELF32_ST_INFO(STB_LOCAL, STT_SECTION),
					       .section = (uint16_t)(FIRST_LOADED + i)});
	room = 1;
	for (uint32_t i = 1; i < pack->symbol_count; i++) {
		struct image_symbol made = convert(output, &pack->symbols[i]);
		size_t length = strlen(pack->symbols[i].in.name);

		made.name = length != 0 ? (uint32_t)room : 0;
		memcpy(strings + room, pack->symbols[i].in.name, length);
		room += length + 1;
		image_put_symbol(symbols + symbol_number(pack, i) * entry, class, &made);
	}
	*names = (struct image_section){.name = ".strtab",
					.type = SHT_STRTAB,
					.align = 1,
					.bytes = (const uint8_t *)strings,
					.size = room};
	*table = (struct image_section){.name = ".symtab",
					.type = SHT_SYMTAB,
					.align = image_word_bytes(class),
					.entry_size = entry,
					.link = STRTAB,
					.info = (uint32_t)locals,
					.bytes = symbols,
					.size = count * entry};
}

/* ---- sections ---- */

static struct image_section *add_section(struct debug_output *output,
					 const struct image_section *section)
{
	output->sections = need_room(output->sections, output->section_count, &output->section_room,
				     sizeof(*section));
	output->sections[output->section_count] = *section;
	return &output->sections[output->section_count++];
}

/* An empty table of relocations of the section @target; its bytes are to be filled. */
static uint8_t *add_table(struct debug_output *output, uint32_t target, size_t count, bool addends)
{
	unsigned char class = output->pack->file->class;
	size_t entry = image_relocation_bytes(class, addends);
	const char *form = addends ? ".rela" : ".rel";
	uint8_t *bytes = own(&output->owned, need(count, entry));

	(void)add_section(
		output, &(struct image_section){
				.name = own(&output->owned,
					    need_text("%s%s", form, output->sections[target].name)),
				.type = addends ? SHT_RELA : SHT_REL,
				.flags = SHF_INFO_LINK,
				.align = image_word_bytes(class),
				.entry_size = entry,
				.link = SYMTAB,
				.info = target,
				.bytes = bytes,
				.size = count * entry});
	return bytes;
}

static void add_loaded(struct debug_output *output, const struct pack_section *section)
{
	(void)add_section(output,
			  &(struct image_section){.name = section->name,
						  .type = section->type,
						  .flags = section->flags,
						  .align = section->align,
						  .link = section->link != PACK_NONE
								  ? FIRST_LOADED + section->link
								  : 0,
						  .bytes = section->bytes,
						  .size = section->size});
}

/* Those that depend on load addresses, such as of unwind tables. */
static void add_loaded_relocations(struct debug_output *output, uint32_t index)
{
	const struct pack *pack = output->pack;
	const struct pack_section *section = &pack->sections[index];
	size_t entry = image_relocation_bytes(pack->file->class, section->has_addends), left = 0;
	uint8_t *at;

	for (size_t i = 0; i < section->relocation_count; i++)
		left += !section->relocations[i].resolved;
	if (left == 0)
		return;
	at = add_table(output, FIRST_LOADED + index, left, section->has_addends);
	for (size_t i = 0; i < section->relocation_count; i++) {
		const struct pack_relocation *from = &section->relocations[i];
		struct relocation relocation = {.offset = from->offset,
						.type = from->type,
						.symbol = symbol_number(pack, from->symbol),
						.addend = section->has_addends ? from->addend : 0};

		if (from->resolved)
			continue;
		if (from->section != PACK_NONE)
			relocation.symbol = section_symbol(from->section);
		image_put_relocation(at, pack->file->class, section->has_addends, &relocation);
		at += entry;
	}
}

static bool is_debug(const struct section_header *header)
{
	return (starts_with(header->name, ".debug") || starts_with(header->name, ".zdebug")) &&
	       !(header->flags & SHF_ALLOC) && header->bytes != NULL;
}

/* The place that symbol and addend stand for may have moved by another number than the symbol. */
static int64_t moved_addend(const struct pack *pack, const struct relocation *relocation)
{
	const struct pack_symbol *symbol = &pack->symbols[relocation->symbol];
	uint64_t place = symbol->in.value + (uint64_t)relocation->addend;
	const struct pack_input *input;

	if (symbol->section == PACK_NONE || symbol->in.section >= pack->file->section_count)
		return relocation->addend;
	input = &pack->inputs[symbol->in.section];
	if (place > input->size)
		return relocation->addend;
	return (int64_t)(pack_moved(input, place) - symbol->value);
}

static void add_debug_relocations(struct debug_output *output, size_t table, uint32_t target)
{
	const struct pack *pack = output->pack;
	bool addends = file_relocation_addends(pack->file, table);
	size_t count = file_relocation_count(pack->file, table);
	size_t entry = image_relocation_bytes(pack->file->class, addends);
	uint8_t *bytes = add_table(output, target, count, addends);
	struct relocation relocation;

	for (size_t i = 0; file_relocation(pack->file, table, i, &relocation); i++) {
		if (relocation.symbol >= pack->symbol_count)
			continue; /* of no effect, as all zeros are */
		relocation.addend = moved_addend(pack, &relocation);
		relocation.symbol = symbol_number(pack, relocation.symbol);
		image_put_relocation(bytes + i * entry, pack->file->class, addends, &relocation);
	}
}

static void add_debug(struct debug_output *output)
{
	const struct file *file = output->pack->file;
	struct section_header header;

	for (size_t i = 0; file_next_section(file, &i, &header);) {
		if (!is_debug(&header))
			continue;
		output->numbers[i] = (uint32_t)output->section_count;
		(void)add_section(output, &(struct image_section){
						  .name = header.name,
						  .type = header.type,
						  .flags = header.flags & ~SHF_GROUP,
						  .align = header.align > 1 ? header.align : 1,
						  .entry_size = header.entry_size,
						  .bytes = header.bytes,
						  .size = header.size});
	}
	for (size_t i = 0; file_next_relocations(file, &i, &header);) {
		if (output->numbers[header.info] != 0)
			add_debug_relocations(output, i, output->numbers[header.info]);
	}
}

static void add_kept(void *context, const struct image_section *kept)
{
	(void)add_section(context, kept);
}

/* ---- the file ---- */

uint8_t *pack_debug_file(const struct pack *pack, size_t *length)
{
	struct debug_output output = {.pack = pack};
	struct section_header id;
	struct file like = *pack->file;
	uint8_t *image = NULL;

	like.flags |= attributes_as_flags(pack->file);
	like.entry = 0;
	output.numbers =
		own(&output.owned, need(pack->file->section_count, sizeof(*output.numbers)));
	(void)add_section(&output, &(struct image_section){.name = "", .type = SHT_NULL});
	(void)add_section(&output, &(struct image_section){
					   .name = ".shstrtab", .type = SHT_STRTAB, .align = 1});
	for (size_t i = STRTAB; i < FIRST_LOADED; i++) /* add_symbols() fills them in */
		(void)add_section(&output, &(struct image_section){.name = ""});
	for (size_t i = 0; i < pack->section_count; i++)
		add_loaded(&output, &pack->sections[i]);
	add_debug(&output);
	add_symbols(&output);
	for (uint32_t i = 0; i < pack->section_count; i++)
		add_loaded_relocations(&output, i);
	pack_each_kept(pack, add_kept, &output);
	own(&output.owned, build_id_find(pack->file, &id));
	(void)add_section(&output, &(struct image_section){.name = ".note.gnu.build-id",
							   .type = SHT_NOTE,
							   .align = 4,
							   .bytes = id.bytes,
							   .size = id.size});
	if (output.section_count < SHN_LORESERVE)
		image = image_build(&like, output.sections, output.section_count, length);
	else
		complain(pack->file->path, "has too many sections for --write-debug");
	free(output.sections);
	owned_free(&output.owned);
	return image;
}
