/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of .exported_sym in the order of their names. The loader checks that order and sorts
 * only where it is not met: a load of a file with 1,000 exports takes a tenth of the instructions.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "pack.h"

/* A record, and the place that it has. */
struct exported {
	const char *name;
	uint64_t from;
};

static int by_name(const void *a, const void *b)
{
	const struct exported *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : compare_numbers(x->from, y->from);
}

/* The string that a relocation of a record's first word refers to; NULL: it refers to none. */
static const char *name_of(const struct pack *pack, const struct pack_relocation *relocation)
{
	const struct pack_symbol *symbol = &pack->symbols[relocation->symbol];
	const struct pack_section *section;
	struct llext_desk_reloc what;
	uint64_t offset;

	pack->core->reloc(relocation->type, &what);
	if (symbol->section == PACK_NONE || what.kind != LLEXT_DESK_ABS || relocation->resolved ||
	    relocation->shares)
		return NULL;
	section = &pack->sections[symbol->section];
	offset = symbol->value + (uint64_t)relocation->addend;
	if (section->bytes == NULL || offset >= section->size ||
	    memchr(section->bytes + offset, '\0', (size_t)(section->size - offset)) == NULL)
		return NULL;
	return (const char *)section->bytes + offset;
}

/* Each record must have its name; @return false where one has none. */
static bool find_names(const struct pack *pack, const struct pack_section *section,
		       struct exported *list, size_t count, size_t record)
{
	for (size_t i = 0; i < count; i++)
		list[i] = (struct exported){.from = i};
	for (size_t i = 0; i < section->relocation_count; i++) {
		const struct pack_relocation *relocation = &section->relocations[i];

		if (relocation->offset % record == 0)
			list[relocation->offset / record].name = name_of(pack, relocation);
	}
	for (size_t i = 0; i < count; i++) {
		if (list[i].name == NULL)
			return false;
	}
	return true;
}

/* Does any relocation refer to a record, by whatever symbol? Then it must stay where it is. */
static bool is_referred(const struct pack *pack, uint32_t section)
{
	for (size_t i = 0; i < pack->section_count; i++) {
		const struct pack_section *other = &pack->sections[i];

		for (size_t j = 0; j < other->relocation_count; j++) {
			const struct pack_relocation *relocation = &other->relocations[j];

			if (relocation->symbol != 0 &&
			    pack->symbols[relocation->symbol].section == section)
				return true;
		}
	}
	return false;
}

/* @to: by a record's place, the one that it gets. */
static void move(struct pack *pack, struct pack_section *section, const uint64_t *to, size_t count,
		 size_t record)
{
	uint8_t *bytes = need((size_t)section->size, 1);

	memcpy(bytes, section->bytes, (size_t)section->size);
	for (size_t i = 0; i < count; i++)
		memcpy(section->bytes + to[i] * record, bytes + i * record, record);
	free(bytes);
	for (size_t i = 0; i < section->relocation_count; i++) {
		struct pack_relocation *relocation = &section->relocations[i];

		relocation->offset =
			to[relocation->offset / record] * record + relocation->offset % record;
	}
	for (size_t i = 1; i < pack->symbol_count; i++) {
		struct pack_symbol *symbol = &pack->symbols[i];

		if (symbol->section == (uint32_t)(section - pack->sections) &&
		    symbol->value < section->size)
			symbol->value =
				to[symbol->value / record] * record + symbol->value % record;
	}
}

static void sort(struct pack *pack, struct pack_section *section)
{
	size_t record = 2 * image_word_bytes(pack->file->class);
	size_t count = (size_t)section->size / record;
	struct exported *list;
	uint64_t *to;

	if (section->bytes == NULL || is_referred(pack, (uint32_t)(section - pack->sections)))
		return;
	list = need(count, sizeof(*list));
	to = need(count, sizeof(*to));
	if (find_names(pack, section, list, count, record)) {
		qsort(list, count, sizeof(*list), by_name);
		for (size_t i = 0; i < count; i++)
			to[list[i].from] = i;
		move(pack, section, to, count, record);
	}
	free(to);
	free(list);
}

void pack_sort_exports(struct pack *pack)
{
	for (size_t i = 0; i < pack->section_count; i++) {
		if (strcmp(pack->sections[i].name, ".exported_sym") == 0)
			sort(pack, &pack->sections[i]);
	}
}
