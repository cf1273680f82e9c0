/* SPDX-License-Identifier: Apache-2.0 */
/* How many relocations of which type a file has. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include "inspect.h"
#include "runs.h"

/* Types that exist are small numbers; a file may say any other. */
#define MOST_TYPES 4096

/* Would a load apply this table? */
static bool is_applied(const struct file *file, const struct section_header *table)
{
	struct section_header target;

	if (file->type != ET_REL)
		return (table->flags & SHF_ALLOC) != 0;
	return file_section(file, table->info, &target) && (target.flags & SHF_ALLOC) != 0;
}

/* SHT_RELR: an even entry is one word, an odd one has a bit for each of the words behind it. */
static size_t count_relr(const struct file *file, const struct section_header *table)
{
	size_t word = file->class == ELFCLASS64 ? 8 : 4, count = 0;

	for (uint64_t at = 0; table->bytes != NULL && at + word <= table->size; at += word) {
		uint64_t entry = file_word(table->bytes + at, word);

		count += (entry & 1) ? (size_t)__builtin_popcountll(entry >> 1) : 1;
	}
	return count;
}

static void count_table(struct relocations *relocations, const struct file *file, size_t index,
			bool applied, size_t counts[MOST_TYPES + 1])
{
	size_t count = file_relocation_count(file, index);
	struct relocation relocation;

	if (!applied) {
		relocations->elsewhere += count;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (file_relocation(file, index, i, &relocation))
			counts[relocation.type < MOST_TYPES ? relocation.type : MOST_TYPES]++;
	}
}

static int by_count(const void *a, const void *b)
{
	const struct relocation_count *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->type < y->type ? -1 : x->type > y->type;
}

static void add(struct relocations *relocations, struct relocation_count entry)
{
	relocations->list =
		need_more(relocations->list, relocations->count + 1, sizeof(*relocations->list));
	relocations->list[relocations->count++] = entry;
	relocations->total += entry.count;
}

void relocations_count(struct relocations *relocations, const struct file *file,
		       const struct llext_desk_core *core)
{
	size_t *counts = need(MOST_TYPES + 1, sizeof(*counts)), relr = 0;
	struct section_header header;

	*relocations = (struct relocations){0};
	for (size_t i = 1; i < file->section_count; i++) {
		if (!file_section(file, i, &header))
			continue;
		if (is_relocations(&header))
			count_table(relocations, file, i, is_applied(file, &header), counts);
		else if (header.type == SHT_RELR && (header.flags & SHF_ALLOC))
			relr += count_relr(file, &header);
	}
	for (uint32_t type = 0; type <= MOST_TYPES; type++) {
		struct relocation_count entry = {.type = type, .count = counts[type]};

		if (entry.count == 0)
			continue;
		core->reloc(type, &entry.what);
		entry.supported =
			entry.what.supported && (file->type != ET_REL || !entry.what.dynamic);
		add(relocations, entry);
	}
	if (relr != 0)
		add(relocations,
		    (struct relocation_count){.count = relr,
					      .supported = true,
					      .what = {.name = "RELR", .value = "B + A"}});
	if (relocations->count > 1)
		qsort(relocations->list, relocations->count, sizeof(*relocations->list), by_count);
	free(counts);
}
