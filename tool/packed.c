/* SPDX-License-Identifier: Apache-2.0 */
/* What is particular to packed files, and the plain file that one stands for. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "packed.h"
#include "runs.h"

/* ---- the note ---- */

static const uint8_t note_head[] = {6, 0, 0,   0,   40,  0,   0,   0, 1, 0,
				    0, 0, 'L', 'L', 'E', 'X', 'T', 0, 0, 0};

void packed_note_write(const struct packed_note *note, uint8_t out[PACKED_NOTE_BYTES])
{
	const uint32_t words[10] = {note->version,
				    note->flags,
				    note->got_first,
				    note->got_count,
				    note->veneer_first,
				    note->veneer_count,
				    note->high_count,
				    note->relocation_count,
				    (uint32_t)note->fingerprint,
				    (uint32_t)(note->fingerprint >> 32)};

	memcpy(out, note_head, sizeof(note_head));
	for (size_t i = 0; i < 10; i++)
		image_put_word(out + sizeof(note_head) + 4 * i, 4, words[i]);
}

bool packed_note_read(const struct file *file, struct packed_note *note)
{
	struct section_header header;
	uint32_t words[10];

	if (file->type != ET_REL ||
	    !file_section(file, file_find_section(file, PACKED_NOTE), &header) ||
	    header.type != SHT_NOTE || header.bytes == NULL || header.size != PACKED_NOTE_BYTES ||
	    memcmp(header.bytes, note_head, sizeof(note_head)) != 0)
		return false;
	for (size_t i = 0; i < 10; i++)
		words[i] = (uint32_t)file_word(header.bytes + sizeof(note_head) + 4 * i, 4);
	*note = (struct packed_note){words[0], words[1], words[2],
				     words[3], words[4], words[5],
				     words[6], words[7], words[8] | (uint64_t)words[9] << 32};
	return note->version >= 1 && note->version <= PACKED_VERSION;
}

uint64_t packed_fingerprint(const struct packed_names *names)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a, 64 bits */

	for (size_t i = 0; i < names->count; i++) {
		const char *at = names->list[i];

		do
			hash = (hash ^ (uint8_t)*at) * 0x100000001b3;
		while (*at++ != '\0');
	}
	return hash;
}

void packed_names_of(struct packed_names *names, const struct firmware *firmware)
{
	names->count = firmware->records;
	names->list = need(names->count, sizeof(*names->list));
	for (size_t i = 0; i < names->count; i++)
		names->list[i] = firmware->table[i].name;
	names->fingerprint = packed_fingerprint(names);
}

/* ---- back to a plain file ---- */

struct expansion {
	const struct file *file;
	struct image_section *sections;
	size_t count;
	uint32_t *map; /* section index of the packed file to that of the plain one */
	struct owned owned;
};

static bool malformed(const struct file *file, const char *section, const char *what)
{
	complain(file->path, "malformed: %s %s", printable(section), what);
	return false;
}

/* Which sections remain, and under which number. .shstrtab is made anew as the first one. */
static void number_sections(struct expansion *expansion)
{
	const struct file *file = expansion->file;
	struct section_header header;
	size_t count = 2;

	expansion->map = need(file->section_count, sizeof(*expansion->map));
	for (size_t i = 0; file_next_section(file, &i, &header);) {
		if (header.type == SHT_NULL || strcmp(header.name, PACKED_NOTE) == 0)
			continue;
		if (i == 1 && header.type == SHT_STRTAB && !(header.flags & SHF_ALLOC))
			expansion->map[i] = 1;
		else
			expansion->map[i] = (uint32_t)count++;
	}
	expansion->count = count;
	expansion->sections = need(count, sizeof(*expansion->sections));
	expansion->sections[1] =
		(struct image_section){.name = ".shstrtab", .type = SHT_STRTAB, .align = 1};
}

static uint32_t mapped(const struct expansion *expansion, uint32_t section)
{
	return section < expansion->file->section_count ? expansion->map[section] : 0;
}

static bool expand_relocations(struct expansion *expansion, const struct section_header *header,
			       struct image_section *out)
{
	const struct file *file = expansion->file;
	struct crel crel;
	uint8_t *bytes;
	size_t entry;

	if (!compact_decode(file, header, &crel))
		return malformed(file, header->name, "does not hold compact relocations");
	entry = image_relocation_bytes(file->class, crel.has_addends);
	bytes = own(&expansion->owned, need(crel.count, entry));
	for (size_t i = 0; i < crel.count; i++) {
		const struct relocation *relocation = &crel.list[i];

		if (file->class == ELFCLASS32 &&
		    (relocation->symbol >> 24 != 0 || relocation->type >> 8 != 0)) {
			free(crel.list);
			return malformed(file, header->name, "has a number that is too large");
		}
		image_put_relocation(bytes + i * entry, file->class, crel.has_addends, relocation);
	}
	out->type = crel.has_addends ? SHT_RELA : SHT_REL;
	out->entry_size = entry;
	out->align = image_word_bytes(file->class);
	out->bytes = bytes;
	out->size = crel.count * entry;
	free(crel.list);
	return true;
}

/* ".crel.text" or ".runs.text" to ".rel.text"; to be freed. */
static char *expanded_name(const char *name, bool has_addends)
{
	return need_text("%s%s", has_addends ? ".rela" : ".rel", name + strlen(".crel"));
}

/* Imports lose their ordinals, and symbols move with their sections. */
static bool expand_symbols(struct expansion *expansion, const struct section_header *header,
			   size_t index, struct image_section *out)
{
	const struct file *file = expansion->file;
	size_t count = file_symbol_count(file, index), entry = image_symbol_bytes(file->class);
	uint8_t *bytes = own(&expansion->owned, need(count, entry));
	struct symbol symbol;

	if (header->entry_size != entry || count != header->size / entry)
		return malformed(file, header->name, "is not a table of symbols");
	for (size_t i = 0; i < count; i++) {
		struct image_symbol *made = &(struct image_symbol){0};
		const uint8_t *raw = header->bytes + i * entry;

		if (!file_symbol(file, index, i, &symbol))
			return malformed(file, header->name, "is not a table of symbols");
		*made = (struct image_symbol){
			.name = (uint32_t)file_word(raw, 4),
			.info = (uint8_t)(symbol.bind << 4 | symbol.type),
			.other = raw[file->class == ELFCLASS64 ? 5 : 13],
			.section = (uint16_t)symbol.section,
			.value = symbol.section != SHN_UNDEF ? symbol.value : 0,
			.size = symbol.section != SHN_UNDEF && symbol.section != SHN_ABS
					? symbol.size
					: 0,
		};
		if (symbol.section != SHN_UNDEF && symbol.section < SHN_LORESERVE) {
			made->section = (uint16_t)mapped(expansion, symbol.section);
			if (made->section == 0)
				return malformed(file, header->name,
						 "has a symbol in a section that does not exist");
		}
		image_put_symbol(bytes + i * entry, file->class, made);
	}
	out->bytes = bytes;
	return true;
}

static bool expand_section(struct expansion *expansion, size_t index)
{
	const struct file *file = expansion->file;
	uint32_t number = expansion->map[index];
	struct image_section *out = &expansion->sections[number];
	struct section_header header;

	if (number <= 1 || !file_section(file, index, &header))
		return true;
	if (header.bytes == NULL && header.type != SHT_NOBITS)
		return malformed(file, header.name, "does not lie inside the file");
	*out = (struct image_section){
		.name = header.name,
		.type = header.type,
		.link = mapped(expansion, header.link),
		.info = header.info,
		.flags = header.flags,
		.align = header.align,
		.entry_size = header.entry_size,
		.size = header.size,
		.bytes = header.bytes,
	};
	if (header.type == SHT_SYMTAB)
		return expand_symbols(expansion, &header, index, out);
	if (is_relocations(&header))
		out->info = mapped(expansion, header.info);
	if (!is_compact(&header))
		return true;
	return expand_relocations(expansion, &header, out);
}

/* In the order of their numbers, behind the headers, one behind the other. */
static bool in_order(const struct file *file)
{
	size_t header = file->class == ELFCLASS64 ? 64 : 52;
	size_t entry = file->class == ELFCLASS64 ? 64 : 40;
	uint64_t end = header + (uint64_t)file->section_count * entry;
	struct section_header section;

	if (file->section_count >= SHN_LORESERVE)
		return malformed(file, "it", "has too many sections");
	for (size_t i = 0; file_next_section(file, &i, &section);) {
		if (section.bytes == NULL || section.size == 0)
			continue;
		if (section.offset < end)
			return malformed(file, section.name, "overlaps what is before it");
		end = section.offset + section.size;
	}
	return true;
}

uint8_t *packed_expand(const struct file *file, size_t *length)
{
	struct expansion expansion = {.file = file};
	uint8_t *image = NULL;
	bool good = in_order(file);

	number_sections(&expansion);
	for (size_t i = 1; good && i < file->section_count; i++)
		good = expand_section(&expansion, i);
	for (size_t i = 2; good && i < expansion.count; i++) {
		struct image_section *section = &expansion.sections[i];

		if (starts_with(section->name, ".crel") || starts_with(section->name, ".runs"))
			section->name =
				own(&expansion.owned,
				    expanded_name(section->name, section->type == SHT_RELA));
	}
	if (good)
		image = image_build(file, expansion.sections, expansion.count, length);
	owned_free(&expansion.owned);
	free(expansion.sections);
	free(expansion.map);
	return image;
}
