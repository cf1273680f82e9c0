/* SPDX-License-Identifier: Apache-2.0 */
/* tenon inspect --map: what lies on each heap, to scale, with what alignment and protection cost.
 */
#include <inttypes.h>
#include <string.h>
#include "bars.h"
#include "inspect.h"
#include "json.h"

enum { MOST_MAP_PARTS = LLEXT_MEM_COUNT + 4 };

/* One heap, or an executable's own memory. */
struct heap_map {
	const char *name;
	struct bar_part parts[MOST_MAP_PARTS];
	size_t count;
	uint64_t bytes; /* all parts, without what protection costs */
	uint64_t lost;
};

static const char letters[LLEXT_MEM_COUNT] = {
	[LLEXT_MEM_TEXT] = 'c',
	[LLEXT_MEM_DATA] = 'd',
	[LLEXT_MEM_RODATA] = 'k',
	[LLEXT_MEM_BSS] = 'z',
	[LLEXT_MEM_EXPORT] = 'e',
	[LLEXT_MEM_PREINIT] = 'i',
	[LLEXT_MEM_INIT] = 'i',
	[LLEXT_MEM_FINI] = 'i',
#ifdef CONFIG_LLEXT_RODATA_NO_RELOC
	[LLEXT_MEM_RODATA_NO_RELOC] = 'r',
#endif
};

static void add(struct heap_map *map, char letter, const char *name, uint64_t bytes)
{
	if (bytes == 0)
		return;
	map->parts[map->count++] = (struct bar_part){letter, name, bytes};
	map->bytes += bytes;
}

/* The regions of which @code says whether they are instructions; veneers and GOT by themselves. */
static void add_regions(struct heap_map *map, const struct llext_plan *plan, bool code)
{
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		uint64_t bytes = plan->mem[i].bytes, made = 0;

		if ((i == LLEXT_MEM_TEXT) != code || bytes == 0)
			continue;
		if (i == LLEXT_MEM_TEXT)
			made = plan->veneer_bytes;
		else if (i == LLEXT_MEM_RODATA)
			made = plan->got_bytes;
		made = made < bytes ? made : bytes;
		add(map, letters[i], region_name((enum llext_mem)i), bytes - made);
		add(map, code ? 'v' : 'g', code ? "veneers" : "GOT", made);
	}
}

/* What the heap gives beyond the parts, and what it would give with protection. */
static void add_padding(struct heap_map *map, uint64_t bytes, uint64_t with_protection)
{
	if (bytes > map->bytes)
		add(map, '.', "padding", bytes - map->bytes);
	map->lost = with_protection > bytes ? with_protection - bytes : 0;
}

/* @return how many heaps the file takes memory of: 0 to 2. */
static size_t measure(const struct report *report, struct heap_map maps[2])
{
	const struct llext_plan *plan = &report->plan, *with = &report->protected_plan;
	bool one = report->file->type != ET_REL;
	size_t count = 0;

	memset(maps, 0, 2 * sizeof(*maps));
	if (one) {
		maps[0].name = report->file->type == ET_EXEC ? "own addresses" : "heap";
		add_regions(&maps[0], plan, true);
		add_regions(&maps[0], plan, false);
		add_padding(&maps[0], plan->instr_bytes + plan->data_bytes,
			    with->instr_bytes + with->data_bytes);
		count = 1;
	} else {
		maps[0].name = "instruction heap";
		add_regions(&maps[0], plan, true);
		add_padding(&maps[0], plan->instr_bytes, with->instr_bytes);
		maps[1].name = "data heap";
		add_regions(&maps[1], plan, false);
		add_padding(&maps[1], plan->data_bytes, with->data_bytes);
		count = 2;
	}
	add(&maps[count - 1], 't', "tables", plan->table_bytes);
	return count;
}

static void print_part(FILE *stream, const struct bar_part *part)
{
	fprintf(stream, "    %c %-20s %10" PRIu64 "\n", part->letter, part->name, part->bytes);
}

static void print_heap(const struct heap_map *map, const char *protection, uint64_t scale,
		       FILE *stream)
{
	struct bar_part parts[MOST_MAP_PARTS + 1];
	size_t count = map->count;

	memcpy(parts, map->parts, count * sizeof(*parts));
	if (map->lost != 0)
		parts[count++] = (struct bar_part){'#', "lost to protection", map->lost};
	fprintf(stream, "  %s%s%s: %" PRIu64 " bytes", style_on(stream, STYLE_TITLE), map->name,
		style_off(stream), map->bytes);
	if (map->lost != 0)
		fprintf(stream, ", %" PRIu64 " under %s", map->bytes + map->lost, protection);
	fprintf(stream, "\n  |");
	bar_print(stream, parts, count, scale, terminal_columns() - 4);
	fprintf(stream, "|\n");
	for (size_t i = 0; i < count; i++)
		print_part(stream, &parts[i]);
}

void map_print(const struct report *report, FILE *stream)
{
	struct heap_map maps[2];
	size_t count = measure(report, maps);
	uint64_t scale = 1;

	for (size_t i = 0; i < count; i++) {
		if (maps[i].bytes + maps[i].lost > scale)
			scale = maps[i].bytes + maps[i].lost;
	}
	fprintf(stream, "%s: %s\n", printable(report->file->path),
		report->protection.name != NULL ? report->protection.name : "no protection");
	for (size_t i = 0; i < count; i++)
		print_heap(&maps[i], report->protection.name, scale, stream);
}

void map_print_json(const struct report *report, void *root)
{
	struct json_object *list = json_list(root, "map"), *item, *parts, *part;
	struct heap_map maps[2];
	size_t count = measure(report, maps);

	json_text(root, "protection", report->protection.name);
	for (size_t i = 0; i < count; i++) {
		item = json_item(list);
		json_text(item, "heap", maps[i].name);
		json_number(item, "bytes", maps[i].bytes);
		json_number(item, "lost_to_protection_bytes", maps[i].lost);
		parts = json_list(item, "parts");
		for (size_t j = 0; j < maps[i].count; j++) {
			part = json_item(parts);
			json_text(part, "name", maps[i].parts[j].name);
			json_number(part, "bytes", maps[i].parts[j].bytes);
		}
	}
}
