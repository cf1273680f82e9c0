/* SPDX-License-Identifier: Apache-2.0 */
/* A file in memory, and its parts by name: tests change one field of a good file. */
#ifndef HOSTILE_IMAGE_H_
#define HOSTILE_IMAGE_H_

#include <stddef.h>
#include <stdint.h>
#include <llext/elf.h>

/* The machine's tables of relocations: Arm's keep addends in the place. */
#if LLEXT_TARGET_ARM
typedef elf_rel_t image_rel_t;
#define IMAGE_REL_TYPE SHT_REL
#define IMAGE_REL      ".rel"
#else
typedef elf_rela_t image_rel_t;
#define IMAGE_REL_TYPE SHT_RELA
#define IMAGE_REL      ".rela"
#endif

struct image {
	uint8_t *bytes;
	size_t size;
};

/* All of these end the program where what is asked for is not there. Pointers go stale when the
 * image grows. */
struct image image_read(const char *fixture);
void image_free(struct image *image);

elf_ehdr_t *image_header(const struct image *image);
elf_shdr_t *image_section(const struct image *image, const char *name);
elf_shdr_t *image_section_at(const struct image *image, unsigned int index);
elf_shdr_t *image_section_of_type(const struct image *image, uint32_t type);
unsigned int image_index(const struct image *image, const char *name);
uint8_t *image_bytes(const struct image *image, const char *section);
/* Instead of a section's bytes, of which there must be as many or more: it then has these. */
void image_set_bytes(const struct image *image, const char *section, const uint8_t *bytes,
		     size_t size);
elf_sym_t *image_symbol(const struct image *image, const char *name);
elf_sym_t *image_symbol_at(const struct image *image, unsigned int index);
unsigned int image_symbol_count(const struct image *image);
image_rel_t *image_relocation(const struct image *image, const char *table, unsigned int index);
/* The first relocation of a table that is against the named symbol. */
image_rel_t *image_relocation_to(const struct image *image, const char *table, const char *symbol);
/* The addend of a table's relocation of a whole word, wherever the machine has it. */
elf_addr image_addend(const struct image *image, const char *table, unsigned int index);
void image_set_addend(struct image *image, const char *table, unsigned int index, elf_addr addend);
elf_phdr_t *image_segment(const struct image *image, unsigned int index);

/* Add bytes, zeroed, at the end. @return their offset, a multiple of 16. */
size_t image_grow(struct image *image, size_t bytes);
/* Give a section other bytes, at the end of the file. */
void image_replace(struct image *image, const char *section, const void *bytes, size_t size);
/* Move the section headers to the end of the file, with room for @more. @return index of first. */
unsigned int image_add_sections(struct image *image, unsigned int more);

#endif /* HOSTILE_IMAGE_H_ */
