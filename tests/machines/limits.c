/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every field of every header, symbol and relocation of a file, near each number that some check
 * may compare it with: sizes of sections and tables, their counts, the file's size, the ends of the
 * type. A wrong bound that one changed byte would not show is seen here by the sanitizers and by
 * the invariants of world_try().
 *
 * limits FILE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "image.h"
#include "world.h"

#define LIMITS_MAX 64
#define SYMBOLS    8u /* of each end of a symbol table: those between are like them */

static uint64_t limits[LIMITS_MAX];
static size_t limit_count;
static unsigned long tried, loaded;

static void add_limit(uint64_t limit)
{
	for (size_t i = 0; i < limit_count; i++) {
		if (limits[i] == limit)
			return;
	}
	if (limit_count == LIMITS_MAX)
		abort();
	limits[limit_count++] = limit;
}

static void find_limits(const struct image *image)
{
	limit_count = 0;
	add_limit(0);
	add_limit(image->size);
	add_limit(image_header(image)->e_shnum);
	add_limit(image_header(image)->e_shoff);
	add_limit(image_symbol_count(image));
	for (unsigned int i = 1; i < image_header(image)->e_shnum; i++) {
		const elf_shdr_t *shdr = image_section_at(image, i);

		add_limit(shdr->sh_size);
		if (shdr->sh_type == SHT_SYMTAB)
			add_limit(shdr->sh_info);
	}
}

static void attempt(const struct image *image, const char *what, size_t at, uint64_t value)
{
	static const unsigned int sources[] = {0, SOURCE_NO_PEEK};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct trial trial = {.source = sources[i]};
		const char *wrong = world_try(image->bytes, image->size, &trial);

		tried++;
		loaded += trial.rc == 0;
		if (wrong == NULL)
			continue;
		fprintf(stderr, "%s at %zu is 0x%llx, source %u: %s\n", what, at,
			(unsigned long long)value, sources[i], wrong);
		exit(1);
	}
}

/* Little-endian, as the machines are that this runs on and for. */
static void field(const struct image *image, const char *what, void *field, size_t bytes)
{
	size_t at = (size_t)((uint8_t *)field - image->bytes);
	uint64_t good = 0;

	memcpy(&good, field, bytes);
	for (size_t i = 0; i < limit_count; i++) {
		for (int near = -9; near <= 4; near++) {
			uint64_t value = limits[i] + (uint64_t)(int64_t)near;

			memcpy(field, &value, bytes);
			attempt(image, what, at, value);
		}
	}
	memcpy(field, &good, bytes);
}

#define FIELD(structure, name) field(image, #name, &(structure)->name, sizeof((structure)->name))

static void symbols(const struct image *image)
{
	unsigned int count = image_symbol_count(image);

	for (unsigned int i = 0; i < count; i++) {
		elf_sym_t *sym = image_symbol_at(image, i);

		if (i >= SYMBOLS && i + SYMBOLS < count)
			continue;
		FIELD(sym, st_name);
		FIELD(sym, st_shndx);
		FIELD(sym, st_value);
		FIELD(sym, st_size);
		FIELD(sym, st_info);
	}
}

/* Symbol and type are parts of one field. */
static void info(const struct image *image, elf_rel_t *rel)
{
	elf_addr good = rel->r_info;

	for (size_t i = 0; i < limit_count; i++) {
		for (unsigned int near = 0; near < 4; near++) {
			uint64_t symbol = limits[i] + near - 1;

			rel->r_info = ELF_R_INFO(symbol, ELF_R_TYPE(good));
			attempt(image, "symbol", (size_t)((uint8_t *)rel - image->bytes), symbol);
		}
	}
	/* Each type, where nothing is left for it to write to and where one byte is. */
	for (unsigned int type = 0; type < 256; type++) {
		rel->r_info = ELF_R_INFO(ELF_R_SYM(good), type);
		attempt(image, "type", (size_t)((uint8_t *)rel - image->bytes), type);
	}
	rel->r_info = good;
}

static void relocations(const struct image *image, const elf_shdr_t *shdr)
{
	elf_addr end = image_section_at(image, shdr->sh_info)->sh_size;

	for (size_t at = 0; at < shdr->sh_size; at += shdr->sh_entsize) {
		elf_rel_t *rel = (elf_rel_t *)(void *)(image->bytes + shdr->sh_offset + at);
		elf_addr offset = rel->r_offset;

		FIELD(rel, r_offset);
		for (elf_addr left = 0; left < 9 && left <= end; left++) {
			rel->r_offset = end - left;
			info(image, rel);
		}
		rel->r_offset = offset;
		if (shdr->sh_type == SHT_RELA)
			FIELD((elf_rela_t *)(void *)rel, r_addend);
	}
}

static void sections(const struct image *image)
{
	for (unsigned int i = 0; i < image_header(image)->e_shnum; i++) {
		elf_shdr_t *shdr = image_section_at(image, i);

		if ((shdr->sh_type == SHT_REL || shdr->sh_type == SHT_RELA) && shdr->sh_entsize > 0)
			relocations(image, shdr);
		FIELD(shdr, sh_name);
		FIELD(shdr, sh_type);
		FIELD(shdr, sh_flags);
		FIELD(shdr, sh_addr);
		FIELD(shdr, sh_offset);
		FIELD(shdr, sh_size);
		FIELD(shdr, sh_link);
		FIELD(shdr, sh_info);
		FIELD(shdr, sh_addralign);
		FIELD(shdr, sh_entsize);
	}
}

static void header(const struct image *image)
{
	elf_ehdr_t *ehdr = image_header(image);

	FIELD(ehdr, e_entry);
	FIELD(ehdr, e_phoff);
	FIELD(ehdr, e_shoff);
	FIELD(ehdr, e_flags);
	FIELD(ehdr, e_phnum);
	FIELD(ehdr, e_shnum);
	FIELD(ehdr, e_shstrndx);
}

int main(int argc, char **argv)
{
	world_open();
	for (int i = 1; i < argc; i++) {
		struct image image = image_read(argv[i]);

		find_limits(&image);
		symbols(&image);
		sections(&image);
		header(&image);
		image_free(&image);
	}
	world_close();
	printf("fields near a limit: %lu (%lu of them harmless and loaded)\n", tried, loaded);
	return loaded > 0 && loaded < tried ? 0 : 1;
}
