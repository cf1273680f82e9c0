/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "image.h"
#include "world.h"

static void missing(const char *what)
{
	fprintf(stderr, "fixture has no %s\n", what);
	abort();
}

struct image image_read(const char *fixture)
{
	struct image image;

	image.bytes = fixture_read(fixture, &image.size);
	return image;
}

void image_free(struct image *image)
{
	free(image->bytes);
	*image = (struct image){0};
}

elf_ehdr_t *image_header(const struct image *image)
{
	return (elf_ehdr_t *)(void *)image->bytes;
}

elf_shdr_t *image_section_at(const struct image *image, unsigned int index)
{
	if (index >= image_header(image)->e_shnum)
		missing("section of that index");
	return (elf_shdr_t *)(void *)(image->bytes + image_header(image)->e_shoff) + index;
}

unsigned int image_index(const struct image *image, const char *name)
{
	const elf_ehdr_t *ehdr = image_header(image);
	const char *names =
		(const char *)image->bytes + image_section_at(image, ehdr->e_shstrndx)->sh_offset;

	for (unsigned int i = 1; i < ehdr->e_shnum; i++) {
		if (strcmp(names + image_section_at(image, i)->sh_name, name) == 0)
			return i;
	}
	missing(name);
	return 0;
}

elf_shdr_t *image_section(const struct image *image, const char *name)
{
	return image_section_at(image, image_index(image, name));
}

elf_shdr_t *image_section_of_type(const struct image *image, uint32_t type)
{
	for (unsigned int i = 1; i < image_header(image)->e_shnum; i++) {
		if (image_section_at(image, i)->sh_type == type)
			return image_section_at(image, i);
	}
	missing("section of that type");
	return NULL;
}

uint8_t *image_bytes(const struct image *image, const char *section)
{
	return image->bytes + image_section(image, section)->sh_offset;
}

void image_set_bytes(const struct image *image, const char *section, const uint8_t *bytes,
		     size_t size)
{
	elf_shdr_t *shdr = image_section(image, section);

	if (size > shdr->sh_size)
		missing("so many bytes of a section");
	memcpy(image->bytes + shdr->sh_offset, bytes, size);
	shdr->sh_size = size;
}

static elf_shdr_t *symbol_table(const struct image *image)
{
	return image_section_of_type(image, image_header(image)->e_type == ET_DYN ? SHT_DYNSYM
										  : SHT_SYMTAB);
}

unsigned int image_symbol_count(const struct image *image)
{
	return (unsigned int)(symbol_table(image)->sh_size / sizeof(elf_sym_t));
}

elf_sym_t *image_symbol_at(const struct image *image, unsigned int index)
{
	return (elf_sym_t *)(void *)(image->bytes + symbol_table(image)->sh_offset) + index;
}

elf_sym_t *image_symbol(const struct image *image, const char *name)
{
	const elf_shdr_t *strings = image_section_at(image, symbol_table(image)->sh_link);

	for (unsigned int i = 1; i < image_symbol_count(image); i++) {
		elf_sym_t *sym = image_symbol_at(image, i);

		if (strcmp((const char *)image->bytes + strings->sh_offset + sym->st_name, name) ==
		    0)
			return sym;
	}
	missing(name);
	return NULL;
}

image_rel_t *image_relocation(const struct image *image, const char *table, unsigned int index)
{
	if (index >= image_section(image, table)->sh_size / sizeof(image_rel_t))
		missing("relocation of that index");
	return (image_rel_t *)(void *)image_bytes(image, table) + index;
}

image_rel_t *image_relocation_to(const struct image *image, const char *table, const char *symbol)
{
	size_t count = image_section(image, table)->sh_size / sizeof(image_rel_t);

	for (unsigned int i = 0; i < count; i++) {
		image_rel_t *rel = image_relocation(image, table, i);

		if (image_symbol_at(image, ELF_R_SYM(rel->r_info)) == image_symbol(image, symbol))
			return rel;
	}
	missing(symbol);
	return NULL;
}

static void *place_of_addend(const struct image *image, const char *table, unsigned int index)
{
	image_rel_t *rel = image_relocation(image, table, index);
#if LLEXT_TARGET_ARM
	const elf_shdr_t *shdr = image_section_at(image, image_section(image, table)->sh_info);

	return image->bytes + shdr->sh_offset + rel->r_offset;
#else
	return &rel->r_addend;
#endif
}

elf_addr image_addend(const struct image *image, const char *table, unsigned int index)
{
	elf_addr addend;

	memcpy(&addend, place_of_addend(image, table, index), sizeof(addend));
	return addend;
}

void image_set_addend(struct image *image, const char *table, unsigned int index, elf_addr addend)
{
	memcpy(place_of_addend(image, table, index), &addend, sizeof(addend));
}

elf_phdr_t *image_segment(const struct image *image, unsigned int index)
{
	if (index >= image_header(image)->e_phnum)
		missing("segment of that index");
	return (elf_phdr_t *)(void *)(image->bytes + image_header(image)->e_phoff) + index;
}

size_t image_grow(struct image *image, size_t bytes)
{
	size_t start = (image->size + 15) & ~(size_t)15;
	uint8_t *grown = calloc(1, start + bytes);

	if (grown == NULL)
		missing("memory");
	memcpy(grown, image->bytes, image->size);
	free(image->bytes);
	*image = (struct image){grown, start + bytes};
	return start;
}

void image_replace(struct image *image, const char *section, const void *bytes, size_t size)
{
	size_t offset = image_grow(image, size);
	elf_shdr_t *shdr = image_section(image, section);

	memcpy(image->bytes + offset, bytes, size);
	shdr->sh_offset = offset;
	shdr->sh_size = size;
}

unsigned int image_add_sections(struct image *image, unsigned int more)
{
	unsigned int count = image_header(image)->e_shnum;
	size_t offset = image_grow(image, (count + more) * sizeof(elf_shdr_t));
	elf_ehdr_t *ehdr = image_header(image);

	memcpy(image->bytes + offset, image->bytes + ehdr->e_shoff, count * sizeof(elf_shdr_t));
	ehdr->e_shoff = offset;
	ehdr->e_shnum = (elf_half)(count + more);
	return count;
}
