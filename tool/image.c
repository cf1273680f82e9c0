/* SPDX-License-Identifier: Apache-2.0 */
/* An ELF file put together, little-endian, of either class. Source: gABI, chapters 4 and 5. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "packed.h"

/* Files are laid out for memory-mapped flash and for DMA, not for a page. */
#define MOST_FILE_ALIGN 16
/* What is loaded is copied by words. */
#define LEAST_FILE_ALIGN 4

size_t image_word_bytes(unsigned char class)
{
	return class == ELFCLASS64 ? 8 : 4;
}

void image_put_word(uint8_t *at, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* Fields one behind the other. */
static void put(uint8_t **at, size_t bytes, uint64_t value)
{
	image_put_word(*at, bytes, value);
	*at += bytes;
}

size_t image_symbol_bytes(unsigned char class)
{
	return class == ELFCLASS64 ? 24 : 16;
}

void image_put_symbol(uint8_t *at, unsigned char class, const struct image_symbol *symbol)
{
	put(&at, 4, symbol->name);
	if (class == ELFCLASS32) {
		put(&at, 4, symbol->value);
		put(&at, 4, symbol->size);
	}
	put(&at, 1, symbol->info);
	put(&at, 1, symbol->other);
	put(&at, 2, symbol->section);
	if (class == ELFCLASS64) {
		put(&at, 8, symbol->value);
		put(&at, 8, symbol->size);
	}
}

size_t image_relocation_bytes(unsigned char class, bool has_addends)
{
	return image_word_bytes(class) * (has_addends ? 3 : 2);
}

void image_put_relocation(uint8_t *at, unsigned char class, bool has_addends,
			  const struct relocation *relocation)
{
	size_t word = image_word_bytes(class);

	put(&at, word, relocation->offset);
	if (class == ELFCLASS64)
		put(&at, 8, (uint64_t)relocation->symbol << 32 | relocation->type);
	else
		put(&at, 4, relocation->symbol << 8 | (relocation->type & 0xff));
	if (has_addends)
		put(&at, word, (uint64_t)relocation->addend);
}

/* ---- section names: one may be the end of another ---- */

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), end_length = strlen(end);

	return length >= end_length && strcmp(name + length - end_length, end) == 0;
}

/* The names' table, whose offsets go to the sections. */
static char *collect_names(struct image_section *sections, size_t count, size_t *length)
{
	char *names;

	*length = 1;
	for (size_t i = 1; i < count; i++)
		*length += strlen(sections[i].name) + 1;
	names = need(*length, 1);
	*length = 1;
	for (size_t i = count - 1; i >= 1; i--) {
		const struct image_section *next = i + 1 < count ? &sections[i + 1] : NULL;

		/* A relocation section follows the section that it is named after. */
		if (next != NULL && ends_with(next->name, sections[i].name)) {
			sections[i].name_offset =
				next->name_offset +
				(uint32_t)(strlen(next->name) - strlen(sections[i].name));
			continue;
		}
		sections[i].name_offset = (uint32_t)*length;
		memcpy(names + *length, sections[i].name, strlen(sections[i].name));
		*length += strlen(sections[i].name) + 1;
	}
	return names;
}

/* ---- headers ---- */

static void put_header(uint8_t *at, const struct file *like, size_t count)
{
	size_t word = image_word_bytes(like->class), header = word == 8 ? 64 : 52;

	memcpy(at, like->bytes, EI_NIDENT);
	at += EI_NIDENT;
	put(&at, 2, ET_REL);
	put(&at, 2, like->machine);
	put(&at, 4, EV_CURRENT);
	put(&at, word, like->entry);
	put(&at, word, 0); /* e_phoff */
	put(&at, word, header);
	put(&at, 4, like->flags);
	put(&at, 2, header);
	put(&at, 2, 0);
	put(&at, 2, 0);
	put(&at, 2, word == 8 ? 64 : 40);
	put(&at, 2, count);
	put(&at, 2, 1); /* e_shstrndx */
}

void image_put_section_header(uint8_t *at, unsigned char class, const struct image_section *section)
{
	size_t word = image_word_bytes(class);

	put(&at, 4, section->name_offset);
	put(&at, 4, section->type);
	put(&at, word, section->flags);
	put(&at, word, section->addr);
	put(&at, word, section->offset);
	put(&at, word, section->size);
	put(&at, 4, section->link);
	put(&at, 4, section->info);
	put(&at, word, section->align);
	put(&at, word, section->entry_size);
}

void *own(struct owned *owned, void *bytes)
{
	owned->list = need_more(owned->list, owned->count + 1, sizeof(*owned->list));
	owned->list[owned->count++] = bytes;
	return bytes;
}

void owned_free(struct owned *owned)
{
	for (size_t i = 0; i < owned->count; i++)
		free(owned->list[i]);
	free(owned->list);
}

uint8_t *image_build(const struct file *like, struct image_section *sections, size_t count,
		     size_t *length)
{
	size_t header = like->class == ELFCLASS64 ? 64 : 52;
	size_t entry = like->class == ELFCLASS64 ? 64 : 40, names_length;
	char *names = collect_names(sections, count, &names_length);
	uint8_t *image;

	sections[1].bytes = (const uint8_t *)names;
	sections[1].size = names_length;
	*length = header + count * entry;
	for (size_t i = 1; i < count; i++) {
		struct image_section *section = &sections[i];
		uint64_t align =
			section->align < MOST_FILE_ALIGN ? section->align : MOST_FILE_ALIGN;

		if ((section->flags & SHF_ALLOC) && align < LEAST_FILE_ALIGN)
			align = LEAST_FILE_ALIGN;
		if (section->bytes != NULL && section->size != 0 && align > 1)
			*length = (*length + align - 1) & ~(align - 1);
		section->offset = *length;
		if (section->bytes != NULL)
			*length += section->size;
	}
	image = need(*length, 1);
	put_header(image, like, count);
	for (size_t i = 0; i < count; i++) {
		const struct image_section *section = &sections[i];

		image_put_section_header(image + header + i * entry, like->class, section);
		if (section->bytes != NULL)
			memcpy(image + section->offset, section->bytes, section->size);
	}
	free(names);
	sections[1].bytes = NULL;
	return image;
}
