/* SPDX-License-Identifier: Apache-2.0 */
/* What lies at an address of a loaded extension: its sections and symbols, with load addresses. */
#include <stdlib.h>
#include <string.h>
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>

#define MOST_MERGED 1024 /* sections of a file that is matched with another by their names */

const char *region_name(enum llext_mem region)
{
	static const char *const names[LLEXT_MEM_COUNT] = {
		"text",   "data",  "rodata",        "bss",        "exports",   "symtab",
		"strtab", "names", "preinit_array", "init_array", "fini_array"};

	return (unsigned int)region < LLEXT_MEM_COUNT ? names[region] : "";
}

static int by_address(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	/* At one address the one last in order is found: prefer what is global and has a size. */
	if (x->bind != y->bind)
		return x->bind < y->bind ? -1 : 1;
	return x->size < y->size ? -1 : x->size > y->size;
}

static void add_sections(struct address_map *map, const struct file *file, const struct llext *ext,
			 section_info_fn *section_info)
{
	map->sections = need(file->section_count, sizeof(*map->sections));
	map->ordered = need(file->section_count, sizeof(*map->ordered));
	map->section_count = file->section_count;
	for (size_t i = 1; i < file->section_count; i++) {
		struct section_header header;
		enum llext_mem region;
		const void *addr;
		size_t size;

		if (section_info(ext, (unsigned int)i, &region, &addr, &size) != 0 ||
		    region == LLEXT_MEM_COUNT || !file_section(file, i, &header))
			continue;
		map->sections[i] = (struct place){
			.low = (uintptr_t)addr,
			.high = (uintptr_t)addr + size,
			.name = header.name,
			.size = size,
			.section = (uint32_t)i,
			.type = (uint8_t)region,
		};
		if (size != 0)
			map->ordered[map->ordered_count++] = map->sections[i];
	}
	qsort(map->ordered, map->ordered_count, sizeof(*map->ordered), by_address);
}

static bool names_a_place(const struct address_map *map, const struct symbol *symbol)
{
	return symbol->section < map->section_count &&
	       map->sections[symbol->section].name != NULL && symbol->name[0] != '\0' &&
	       symbol->type != STT_SECTION && symbol->type != STT_FILE &&
	       symbol->name[0] != '$' && /* $t, $d, $x: marks of Arm and RISC-V objects */
	       strncmp(symbol->name, ".L", 2) != 0; /* a compiler's own labels, on RISC-V */
}

/*
 * @numbers: which of the map's sections each of the file's is, 0: none; NULL: each is the one of
 * its own number.
 */
static void add_symbols(struct address_map *map, const struct file *file, const uint32_t *numbers)
{
	size_t table = file_symbol_table(file, true), count = file_symbol_count(file, table);
	struct section_header header;
	struct symbol symbol;

	map->symbols = need_more(map->symbols, map->symbol_count + count, sizeof(*map->symbols));
	for (size_t i = 1; i < count; i++) {
		uint64_t low;

		if (!file_symbol(file, table, i, &symbol) ||
		    !file_section(file, symbol.section, &header))
			continue;
		if (numbers != NULL)
			symbol.section = numbers[symbol.section];
		if (!names_a_place(map, &symbol))
			continue;
		low = map->sections[symbol.section].low + symbol.value;
		if (file->type != ET_REL)
			low -= header.addr;
		if (file->machine == EM_ARM && symbol.type == STT_FUNC)
			low &= ~(uint64_t)1; /* of the instruction set, not of the address */
		map->symbols[map->symbol_count++] = (struct place){
			.low = low,
			.high = low + symbol.size,
			.name = symbol.name,
			.size = symbol.size,
			.section = symbol.section,
			.type = symbol.type,
			.bind = symbol.bind,
		};
	}
	qsort(map->symbols, map->symbol_count, sizeof(*map->symbols), by_address);
}

void address_map_build(struct address_map *map, const struct file *file, const struct llext *ext,
		       section_info_fn *section_info)
{
	*map = (struct address_map){0};
	add_sections(map, file, ext, section_info);
	add_symbols(map, file, NULL);
}

static uint32_t same_section(const struct address_map *map, const struct section_header *header)
{
	for (uint32_t i = 1; i < map->section_count; i++) {
		if (map->sections[i].name != NULL && map->sections[i].size == header->size &&
		    strcmp(map->sections[i].name, header->name) == 0)
			return i;
	}
	return 0;
}

void address_map_add(struct address_map *map, const struct file *file)
{
	uint32_t *numbers = need(file->section_count, sizeof(*numbers));
	struct section_header header;

	/* As many comparisons as the product: a packed file has few sections. */
	for (size_t i = 1; i < file->section_count && map->ordered_count <= MOST_MERGED; i++) {
		if (file_section(file, i, &header) && (header.flags & SHF_ALLOC))
			numbers[i] = same_section(map, &header);
	}
	add_symbols(map, file, numbers);
	free(numbers);
}

void address_map_free(struct address_map *map)
{
	free(map->sections);
	free(map->ordered);
	free(map->symbols);
	*map = (struct address_map){0};
}

/* The number of places, sorted by address, that start at or below @address. */
static size_t count_below(const struct place *places, size_t count, uint64_t address)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (places[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct place *address_section(const struct address_map *map, uint64_t address)
{
	size_t below = count_below(map->ordered, map->ordered_count, address);

	if (below == 0 || address >= map->ordered[below - 1].high)
		return NULL;
	return &map->ordered[below - 1];
}

const struct place *address_symbol(const struct address_map *map, uint64_t address)
{
	const struct place *section = address_section(map, address);
	size_t below = count_below(map->symbols, map->symbol_count, address);

	const struct place *nearest = NULL;

	/*
	 * The function that it lies in, among the nearest symbols of the same section, or the
	 * nearest one. That is none where it has a size and ends before: what lies behind it is a
	 * function whose name was stripped, a static one in a packed file.
	 */
	for (size_t looks = 0; below-- > 0 && section != NULL && looks < 1000; looks++) {
		const struct place *symbol = &map->symbols[below];

		if (symbol->low < section->low)
			break;
		if (symbol->section != section->section)
			continue;
		if (symbol->type == STT_FUNC && address < symbol->high)
			return symbol;
		if (nearest == NULL)
			nearest = symbol;
	}
	return nearest != NULL && nearest->size != 0 && address >= nearest->high ? NULL : nearest;
}
