/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan that succeeds says what the load then takes, figure by figure. What a plan returned
 * before must not show through, so its memory is filled first.
 *
 * figures FILE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/plan.h>
#include "image.h"
#include "world.h"

static int failures;

static void compare(const char *file, unsigned int source, const char *what, size_t planned,
		    size_t found)
{
	if (planned == found)
		return;
	printf("%s, source %u: %s: planned %zu, found %zu\n", file, source, what, planned, found);
	failures++;
}

struct counted {
	size_t relocations, undefined;
};

/* The first number of an SHT_CREL section: the count, and three bits. */
static size_t crel_count(const uint8_t *at)
{
	uint64_t value = 0;

	for (unsigned int shift = 0;; shift += 7) {
		value |= (uint64_t)(*at & 0x7f) << shift;
		if (!(*at++ & 0x80))
			return (size_t)(value >> 3);
	}
}

#define RISCV_RELAX 51 /* a hint to linkers */

/* Without those for which there is nothing to do. */
static size_t table_count(const uint8_t *bytes, const elf_shdr_t *shdr)
{
	size_t count = 0;

	for (size_t at = 0; at < shdr->sh_size; at += shdr->sh_entsize) {
		elf_rel_t rel; /* the start of an elf_rela_t, too */
		uint32_t type;

		memcpy(&rel, bytes + at, sizeof(rel));
		type = ELF_R_TYPE(rel.r_info);
		count += type != 0 &&
			 (!(LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64) || type != RISCV_RELAX);
	}
	return count;
}

static size_t relr_count(const uint8_t *bytes, size_t size)
{
	size_t count = 0;

	for (size_t at = 0; at < size; at += sizeof(elf_addr)) {
		elf_addr entry;

		memcpy(&entry, bytes + at, sizeof(entry));
		count += entry & 1 ? (size_t)__builtin_popcountll(entry) - 1 : 1;
	}
	return count;
}

/* Undefined, and defined by the loader: not an import. */
static bool is_own(const struct image *image, const elf_sym_t *sym)
{
	uint32_t type = image_header(image)->e_type == ET_DYN ? SHT_DYNSYM : SHT_SYMTAB;
	const elf_shdr_t *shdr = image_section_of_type(image, type);
	const elf_shdr_t *strings = image_section_at(image, shdr->sh_link);
	const char *name = (const char *)image->bytes + strings->sh_offset + sym->st_name;

	return strcmp(name, "_GLOBAL_OFFSET_TABLE_") == 0 || strcmp(name, "__dso_handle") == 0;
}

static bool holds_relocations(uint32_t type)
{
	return type == SHT_REL || type == SHT_RELA || type == SHT_CREL || type == SHT_RELR;
}

/* Of a linked file, those that its segments hold; of others, those for a section in memory. */
static bool is_applied(const struct image *image, const elf_shdr_t *shdr)
{
	if (image_header(image)->e_type != ET_REL)
		return (shdr->sh_flags & SHF_ALLOC) != 0;
	return (image_section_at(image, shdr->sh_info)->sh_flags & SHF_ALLOC) != 0;
}

/* What a load has to look at. */
static struct counted count(const struct image *image)
{
	struct counted counted = {0};

	for (unsigned int i = 1; i < image_header(image)->e_shnum; i++) {
		const elf_shdr_t *shdr = image_section_at(image, i);
		const uint8_t *bytes = image->bytes + shdr->sh_offset;

		if (!holds_relocations(shdr->sh_type) || !is_applied(image, shdr))
			continue;
		if (shdr->sh_type == SHT_REL || shdr->sh_type == SHT_RELA)
			counted.relocations += table_count(bytes, shdr);
		else if (shdr->sh_type == SHT_CREL)
			counted.relocations += crel_count(bytes);
		else if (shdr->sh_type == SHT_RELR)
			counted.relocations += relr_count(bytes, shdr->sh_size);
	}
	for (unsigned int i = 1; i < image_symbol_count(image); i++)
		counted.undefined += image_symbol_at(image, i)->st_shndx == SHN_UNDEF &&
				     !is_own(image, image_symbol_at(image, i));
	return counted;
}

static void one(const char *name, const struct image *image, unsigned int kind)
{
	static const char extension[] = "figures";
	struct counted counted = count(image);
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_plan plan;
	struct source source;
	struct llext *ext = NULL;
	int rc;

	memset(&plan, 0xa5, sizeof(plan));
	source_init(&source, image->bytes, image->size, kind);
	rc = llext_plan(&source.loader, &param, &plan);
	compare(name, kind, "result of the plan", 0, (size_t)-rc);
	rc = llext_load(&source.loader, extension, &ext, &param);
	compare(name, kind, "result of the load", 0, (size_t)-rc);
	if (rc != 0 || ext == NULL)
		return;
	/* A linked file's regions have gaps, which only the load knows. */
	for (int i = 0; i < LLEXT_MEM_COUNT && plan.elf_type == ET_REL; i++)
		compare(name, kind, "mem", plan.mem[i].bytes, ext->mem_size[i]);
	compare(name, kind, "alloc_size",
		plan.instr_bytes + plan.data_bytes + plan.table_bytes + sizeof(extension),
		ext->alloc_size);
	compare(name, kind, "relocations", plan.relocations, counted.relocations);
	compare(name, kind, "imports", plan.imports, counted.undefined);
	compare(name, kind, "imports_missing", plan.imports_missing, 0);
	compare(name, kind, "got", plan.got_bytes, plan.got_slots * sizeof(elf_addr));
	compare(name, kind, "elf_type", plan.elf_type, image_header(image)->e_type);
	if (llext_unload(&ext) != 0)
		failures++;
}

int main(int argc, char **argv)
{
	static const unsigned int kinds[] = {0, SOURCE_NO_PEEK, SOURCE_FORWARD | SOURCE_NO_PEEK};

	world_open();
	for (int i = 1; i < argc; i++) {
		struct image image = image_read(argv[i]);
		size_t count = strncmp(argv[i], "packed", 6) == 0 ? 3 : 2;

		for (size_t k = 0; k < count; k++)
			one(argv[i], &image, kinds[k]);
		/* Without its note a packed file is one with compact tables: all is counted. */
		if (count == 3) {
			image_section_of_type(&image, SHT_NOTE)->sh_type = SHT_PROGBITS;
			for (size_t k = 0; k < 2; k++)
				one(argv[i], &image, kinds[k]);
		}
		image_free(&image);
	}
	world_close();
	puts(failures ? "FAILED" : "all is well");
	return failures != 0;
}
