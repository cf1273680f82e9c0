/* SPDX-License-Identifier: Apache-2.0 */
/* What tenon pack has done: a summary, or JSON. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <llext/lz4_loader.h>
#include "json.h"
#include "pack.h"

void pack_count_before(struct pack *pack)
{
	pack->before.file_bytes = pack->file->length;
	pack->before.sections = pack->file->section_count;
	pack->before.symbols = file_symbol_count(pack->file, file_symbol_table(pack->file, false));
}

static void print_relaxation(const struct pack *pack)
{
	const char *nothing = pack_relax_nothing(pack);
	size_t shorter = pack->relaxation.jumps + pack->relaxation.compressed;

	if (nothing != NULL) {
		printf("  %-12s nothing to relax: %s\n", "long calls", nothing);
		return;
	}
	printf("  %-12s %10zu %10zu  %zu made jal, %zu c.j or c.jal: %zu bytes less\n",
	       "long calls", pack->relaxation.calls, pack->relaxation.calls - shorter,
	       pack->relaxation.jumps, pack->relaxation.compressed, pack->relaxation.bytes);
}

/* What an application's loader may look for. */
static void print_lost(const struct pack *pack)
{
	for (size_t i = 0; i < pack->lost_count; i++)
		printf("  %-12s %10" PRIu64 "            of %s, which is not loaded: see "
		       "--keep-section\n",
		       "dropped", pack->lost[i].size, printable(pack->lost[i].name));
}

void pack_print(const struct pack *pack, const char *output)
{
	const struct pack_numbers *a = &pack->before, *b = &pack->after;

	printf("%s%s%s\n", style_on(stdout, STYLE_TITLE), printable(output), style_off(stdout));
	printf("  %-12s %10s %10s\n", "", "before", "after");
	printf("  %-12s %10zu %10zu  for an image of %zu\n", "file bytes", a->file_bytes,
	       b->file_bytes, pack->image_bytes);
	printf("  %-12s %10zu %10zu\n", "sections", a->sections, b->sections);
	printf("  %-12s %10zu %10zu\n", "symbols", a->symbols, b->symbols);
	printf("  %-12s %10zu %10zu  ", "relocations", a->relocations, b->relocations);
	if (pack->file->type == ET_DYN) {
		printf("%zu of them in SHT_RELR\n", pack->relative);
		if (pack->relax)
			print_relaxation(pack);
		print_lost(pack);
		return;
	}
	printf("%zu resolved, %zu with nothing to do\n", pack->resolved, pack->dropped);
	printf("  %-12s %10zu", "imports", pack->imports);
	if (pack->names != NULL)
		printf("             %zu bound, fingerprint %016" PRIx64, pack->bound,
		       pack->names->fingerprint);
	putchar('\n');
	if (pack->relax)
		print_relaxation(pack);
	if (pack->stored != 0)
		printf("  %-12s %10s %10zu  in LZ4 blocks of %zu: a buffer of %zu bytes\n",
		       "compressed", "", pack->stored, pack->block,
		       LLEXT_LZ4_BUFFER_BYTES(pack->block));
	print_lost(pack);
}

/* What --relax has done; null where it is not asked for. */
static void add_relaxation(struct json_object *root, const struct pack *pack)
{
	struct json_object *child;

	if (!pack->relax) {
		json_text(root, "relaxation", NULL);
		return;
	}
	child = json_child(root, "relaxation");
	json_text(child, "nothing_because", pack_relax_nothing(pack));
	json_number(child, "calls", pack->relaxation.calls);
	json_number(child, "jal", pack->relaxation.jumps);
	json_number(child, "compressed", pack->relaxation.compressed);
	json_number(child, "bytes", pack->relaxation.bytes);
}

static void add_numbers(struct json_object *root, const char *key,
			const struct pack_numbers *numbers)
{
	struct json_object *child = json_child(root, key);

	json_number(child, "file_bytes", numbers->file_bytes);
	json_number(child, "sections", numbers->sections);
	json_number(child, "symbols", numbers->symbols);
	json_number(child, "relocations", numbers->relocations);
}

/* Where each section of the input is: what a debugger must be told. */
static void add_map(struct json_object *root, const struct pack *pack)
{
	struct json_object *list = json_list(root, "sections");
	struct section_header header;

	for (size_t i = 0; pack->inputs != NULL && file_next_section(pack->file, &i, &header);) {
		const struct pack_input *input = &pack->inputs[i];
		struct json_object *item;

		if (input->section == PACK_NONE || header.size == 0)
			continue;
		item = json_item(list);
		json_text(item, "name", header.name);
		json_number(item, "size", header.size);
		json_text(item, "section", pack->sections[input->section].name);
		json_number(item, "offset", input->offset);
	}
}

/* The input's numbers of the symbols that the output has, in the output's order. */
static void add_symbols(struct json_object *root, const struct pack *pack)
{
	struct json_object *list = json_list(root, "symbols");
	size_t *numbers = need(pack->after.symbols, sizeof(*numbers));

	for (size_t i = 1; i < pack->symbol_count; i++) {
		if (pack->symbols[i].kept)
			numbers[pack->symbols[i].index] = i;
	}
	for (size_t i = 1; i < pack->after.symbols; i++) {
		if (numbers[i] != 0) /* others are the sections' */
			json_object_array_add(list, json_object_new_uint64(numbers[i]));
	}
	free(numbers);
}

void pack_print_json(const struct pack *pack, const char *output)
{
	struct json_object *root = json_root("pack"), *lost;

	json_text(root, "file", pack->file->path);
	json_text(root, "output", output);
	add_numbers(root, "before", &pack->before);
	add_numbers(root, "after", &pack->after);
	json_number(root, "image_bytes", pack->image_bytes);
	json_number(root, "resolved", pack->resolved);
	json_number(root, "dropped", pack->dropped);
	json_number(root, "relr", pack->relative);
	json_number(root, "imports", pack->imports);
	json_number(root, "bound", pack->bound);
	json_text(root, "fingerprint", NULL);
	if (pack->names != NULL) {
		char text[17];

		snprintf(text, sizeof(text), "%016" PRIx64, pack->names->fingerprint);
		json_text(root, "fingerprint", text);
	}
	lost = json_list(root, "dropped_sections");
	for (size_t i = 0; i < pack->lost_count; i++) {
		struct json_object *item = json_item(lost);

		json_text(item, "name", pack->lost[i].name);
		json_number(item, "bytes", pack->lost[i].size);
	}
	add_relaxation(root, pack);
	json_compression(root, pack->stored, pack->block);
	add_map(root, pack);
	add_symbols(root, pack);
	json_print(root, stdout);
}
