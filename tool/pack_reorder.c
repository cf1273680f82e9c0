/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input of tenon pack once more, with its global symbols in the order of the output, as the
 * file that the output is compared with: GOT entries and veneers then stand in the same order.
 * Common symbols, to which the loader gives room in the input's order, are sections of their own.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "pack.h"
#include "runs.h"

/*
 * Sections of one name that is a C identifier lie behind all others, in the order of their names'
 * hashes (src/cxx/init_arrays.c). No hash is higher than that of this name.
 */
#define LAST_NAME "commons_bctvgcd"

struct reordering {
	const struct pack *pack;
	const struct file *file;
	size_t table;     /* the symbol table's section */
	uint32_t *number; /* of each symbol of the input, in the new order */
	struct image_section *sections;
	size_t section_count;
	struct owned owned;
};

struct slot_order {
	uint32_t rank;  /* locals first, then those of the output, then others */
	uint32_t index; /* in the output, or in the input */
	uint32_t symbol;
};

static int by_rank(const void *a, const void *b)
{
	const struct slot_order *x = a, *y = b;

	return compare_pairs(x->rank, y->rank, x->index, y->index);
}

static void number_symbols(struct reordering *reordering)
{
	const struct pack *pack = reordering->pack;
	struct slot_order *places = need(pack->symbol_count, sizeof(*places));

	for (uint32_t i = 0; i < pack->symbol_count; i++) {
		const struct pack_symbol *symbol = &pack->symbols[i];
		bool local = i == 0 || symbol->in.bind == STB_LOCAL;
		bool ordered = !local && symbol->kept;

		places[i] = (struct slot_order){local     ? 0
						: ordered ? 1
							  : 2,
						ordered ? symbol->index : i, i};
	}
	qsort(places, pack->symbol_count, sizeof(*places), by_rank);
	for (uint32_t i = 0; i < pack->symbol_count; i++)
		reordering->number[places[i].symbol] = i;
	free(places);
}

/* A section of the copy is one further than in the input: the first one is that of names. */
static uint32_t moved(const struct reordering *reordering, uint32_t section)
{
	return section != 0 && section < reordering->file->section_count ? section + 1 : section;
}

static bool is_placed_common(const struct pack *pack, const struct pack_symbol *symbol)
{
	return symbol->section != PACK_NONE && pack_is_common(pack, &symbol->in);
}

static size_t placed_commons(const struct pack *pack)
{
	size_t count = 0;

	for (uint32_t i = 1; i < pack->symbol_count; i++)
		count += is_placed_common(pack, &pack->symbols[i]);
	return count;
}

/* A section for a common symbol, which has its room behind all of .bss. */
static void copy_common(struct reordering *reordering, const struct symbol *in, uint8_t *to)
{
	struct image_symbol symbol = {
		.info = (uint8_t)ELF32_ST_INFO(in->bind, STT_OBJECT),
		.other = in->visibility,
		.section = (uint16_t)reordering->section_count,
		.size = in->size,
	};

	symbol.name = (uint32_t)file_word(to, 4);
	image_put_symbol(to, reordering->file->class, &symbol);
	reordering->sections[reordering->section_count++] = (struct image_section){
		.name = LAST_NAME,
		.type = SHT_NOBITS,
		.flags = SHF_ALLOC | SHF_WRITE,
		.align = in->value,
		.size = in->size,
	};
}

static uint8_t *copy_symbols(struct reordering *reordering, const struct section_header *header)
{
	unsigned char class = reordering->file->class;
	size_t entry = image_symbol_bytes(class), at = class == ELFCLASS64 ? 6 : 14;
	uint8_t *bytes = need(reordering->pack->symbol_count, entry);

	for (uint32_t i = 0; i < reordering->pack->symbol_count; i++) {
		uint8_t *to = bytes + reordering->number[i] * entry;
		uint32_t section;

		memcpy(to, header->bytes + i * entry, entry);
		if (is_placed_common(reordering->pack, &reordering->pack->symbols[i])) {
			copy_common(reordering, &reordering->pack->symbols[i].in, to);
			continue;
		}
		section = (uint32_t)file_word(to + at, 2);
		if (section < SHN_LORESERVE)
			image_put_word(to + at, 2, moved(reordering, section));
	}
	return bytes;
}

static uint8_t *copy_relocations(const struct reordering *reordering, size_t table, size_t *length)
{
	unsigned char class = reordering->file->class;
	bool addends = file_relocation_addends(reordering->file, table);
	size_t count = file_relocation_count(reordering->file, table);
	size_t entry = image_relocation_bytes(class, addends);
	uint8_t *bytes = need(count, entry);
	struct relocation relocation;

	*length = count * entry;
	for (size_t i = 0; file_relocation(reordering->file, table, i, &relocation); i++) {
		if (relocation.symbol < reordering->pack->symbol_count)
			relocation.symbol = reordering->number[relocation.symbol];
		image_put_relocation(bytes + i * entry, class, addends, &relocation);
	}
	return bytes;
}

static void copy_section(struct reordering *reordering, size_t index)
{
	struct image_section *out = &reordering->sections[index + 1];
	struct section_header header;

	*out = (struct image_section){.name = "", .type = SHT_NULL};
	if (!file_section(reordering->file, index, &header) || header.type == SHT_NULL ||
	    header.type == SHT_GROUP)
		return;
	*out = (struct image_section){
		.name = header.name,
		.type = header.type,
		.flags = header.flags & ~(uint64_t)SHF_GROUP,
		.link = moved(reordering, header.link),
		.info = header.info,
		.align = header.align,
		.entry_size = header.entry_size,
		.size = header.size,
		.bytes = header.bytes,
	};
	if (index == reordering->table) {
		out->bytes = own(&reordering->owned, copy_symbols(reordering, &header));
	} else if (is_relocations(&header)) {
		bool addends = file_relocation_addends(reordering->file, index);

		out->bytes = own(&reordering->owned,
				 copy_relocations(reordering, index, (size_t *)&out->size));
		out->type = addends ? SHT_RELA : SHT_REL;
		out->entry_size = image_relocation_bytes(reordering->file->class, addends);
		out->align = image_word_bytes(reordering->file->class);
		out->info = moved(reordering, header.info);
	}
}

uint8_t *pack_reordered(const struct pack *pack, size_t *length)
{
	const struct file *file = pack->file;
	size_t count = file->section_count + 1, commons = placed_commons(pack);
	struct reordering reordering = {
		.pack = pack, .file = file, .table = file_symbol_table(file, false)};
	struct section_header header;
	uint8_t *image = NULL;

	/* The copy has one section more, and no sections beyond what a symbol can name. */
	if (count + commons >= SHN_LORESERVE || !file_section(file, reordering.table, &header) ||
	    header.bytes == NULL)
		return NULL;
	reordering.number = need(pack->symbol_count, sizeof(*reordering.number));
	reordering.sections = need(count + commons, sizeof(*reordering.sections));
	reordering.section_count = count;
	number_symbols(&reordering);
	reordering.sections[0] = (struct image_section){.name = "", .type = SHT_NULL};
	reordering.sections[1] =
		(struct image_section){.name = ".shstrtab", .type = SHT_STRTAB, .align = 1};
	for (size_t i = 1; i < file->section_count; i++)
		copy_section(&reordering, i);
	image = image_build(file, reordering.sections, count + commons, length);
	owned_free(&reordering.owned);
	free(reordering.number);
	free(reordering.sections);
	return image;
}
