/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that begins with groups, as compilers write C++ files. A load with a copy of the section
 * headers uses the memory of those of groups for other things, so nothing may look at them again,
 * whatever in the file names them. Every answer is that of a load that sees the headers where they
 * lie.
 */
#include <llext/plan.h>
#include "check.h"

#define GROUPS 200

/* The number of a section, behind as many new ones. */
static unsigned int moved(unsigned int index)
{
	return index != 0 && index < SHN_LORESERVE ? index + GROUPS : index;
}

static void move_symbols(const struct image *image)
{
	for (unsigned int i = 0; i < image_symbol_count(image); i++) {
		elf_sym_t *sym = image_symbol_at(image, i);

		sym->st_shndx = (elf_half)moved(sym->st_shndx);
	}
}

static struct image read_with_groups(const char *fixture)
{
	struct image image = image_read(fixture);
	unsigned int count = image_add_sections(&image, GROUPS);
	elf_shdr_t *shdrs = image_section_at(&image, 0);

	move_symbols(&image);
	memmove(shdrs + 1 + GROUPS, shdrs + 1, (count - 1) * sizeof(*shdrs));
	for (unsigned int i = 1 + GROUPS; i < count + GROUPS; i++) {
		shdrs[i].sh_link = moved(shdrs[i].sh_link);
		if (shdrs[i].sh_type == IMAGE_REL_TYPE)
			shdrs[i].sh_info = moved(shdrs[i].sh_info);
	}
	for (unsigned int i = 1; i <= GROUPS; i++)
		shdrs[i] = (elf_shdr_t){.sh_type = SHT_GROUP,
					.sh_offset = sizeof(elf_ehdr_t),
					.sh_name = shdrs[1 + GROUPS].sh_name};
	HEADER->e_shstrndx = (elf_half)moved(HEADER->e_shstrndx);
	return image;
}

/* What a load says of the file, from each source and with each option. */
static void all_agree(const struct image *image)
{
	static const unsigned int sources[] = {SOURCE_NO_PEEK, SOURCE_NO_PEEK | SOURCE_NO_LENGTH};

	for (unsigned int option = 0; option < 8; option++) {
		struct trial in_memory = {.keep_section_info = option & 1,
					  .plan = (option & 2) == 0,
					  .detached = (option & 4) != 0};
		const char *wrong = world_try(image->bytes, image->size, &in_memory);

		assert_null(wrong);
		for (size_t i = 0; i < COUNT(sources); i++) {
			struct trial read = {.source = sources[i],
					     .keep_section_info = option & 1,
					     .plan = (option & 2) == 0,
					     .detached = (option & 4) != 0};

			wrong = world_try(image->bytes, image->size, &read);
			assert_null(wrong);
			assert_int_equal(read.rc, in_memory.rc);
			assert_string_equal(read.diag.section, in_memory.diag.section);
			assert_string_equal(read.diag.symbol, in_memory.diag.symbol);
			if (read.rc != 0)
				assert_string_equal(read.diag.what, in_memory.diag.what);
		}
	}
}

static void G01_loads(void **state)
{
	static const char *const fixtures[] = {"everything.o", "plain.o", "objects.o", "tls.o"};

	(void)state;
	for (size_t i = 0; i < COUNT(fixtures); i++) {
		struct image image = read_with_groups(fixtures[i]);

		loads(&image);
		all_agree(&image);
		image_free(&image);
	}
}

static void G02_symbols_in_a_group(void **state)
{
	static const elf_half groups[] = {1, 2, GROUPS / 2, GROUPS};
	struct image image = read_with_groups("everything.o");

	(void)state;
	for (unsigned int i = 1; i < image_symbol_count(&image); i++) {
		elf_sym_t *sym = image_symbol_at(&image, i), good = *sym;

		sym->st_shndx = groups[i % COUNT(groups)];
		all_agree(&image);
		sym->st_info = (good.st_info & 0xf0) | STT_FUNC;
		all_agree(&image);
		sym->st_info = (good.st_info & 0xf0) | STT_TLS;
		all_agree(&image);
		*sym = good;
	}
	image_free(&image);
}

/* In each group: what is where the header of one was depends on its number. */
static void G02_symbol_in_any_group(void **state)
{
	static const uint8_t types[] = {STT_FUNC, STT_TLS, STT_SECTION};
	struct image image = read_with_groups("everything.o");
	elf_sym_t *sym = image_symbol_at(&image, image_symbol_count(&image) - 1);

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		sym->st_info = (STB_GLOBAL << 4) | types[i];
		sym->st_value = 1;
		for (elf_half group = 1; group <= GROUPS; group++) {
			sym->st_shndx = group;
			all_agree(&image);
		}
	}
	image_free(&image);
}

static void G03_sections_that_name_a_group(void **state)
{
	struct image image = read_with_groups("everything.o");
	elf_half names = HEADER->e_shstrndx;

	(void)state;
	for (unsigned int i = GROUPS + 1; i < HEADER->e_shnum; i++) {
		elf_shdr_t *shdr = image_section_at(&image, i), good = *shdr;

		shdr->sh_link = GROUPS;
		all_agree(&image);
		*shdr = good;
		shdr->sh_info = GROUPS / 2;
		all_agree(&image);
		*shdr = good;
	}
	for (elf_half i = 1; i <= GROUPS; i += GROUPS - 1) {
		HEADER->e_shstrndx = i;
		all_agree(&image);
	}
	HEADER->e_shstrndx = names;
	for (unsigned int i = 1; i <= GROUPS; i += GROUPS - 1) { /* of another type */
		image_section_at(&image, i)->sh_type = SHT_PROGBITS;
		all_agree(&image);
		image_section_at(&image, i)->sh_flags = SHF_ALLOC;
		all_agree(&image);
		image_section_at(&image, i)->sh_type = SHT_GROUP;
		all_agree(&image);
		image_section_at(&image, i)->sh_flags = 0;
	}
	HEADER->e_entry = 4;
	all_agree(&image);
	image_free(&image);
}

static size_t transient_bytes(const struct image *image, bool kept)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_plan plan;
	struct source source;

	param.keep_section_info = kept;
	source_init(&source, image->bytes, image->size, SOURCE_NO_PEEK);
	assert_int_equal(llext_plan(&source.loader, &param, &plan), 0);
	return plan.transient_bytes;
}

/* Where each section goes takes no memory beside that of the groups' headers. */
static void G04_memory(void **state)
{
	struct image image = read_with_groups("plain.o");
	size_t places = HEADER->e_shnum * (2 * sizeof(elf_addr) + 4);

	(void)state;
	assert_true(transient_bytes(&image, false) + places <= transient_bytes(&image, true));
	image_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(G01_loads),
		cmocka_unit_test(G02_symbols_in_a_group),
		cmocka_unit_test(G02_symbol_in_any_group),
		cmocka_unit_test(G03_sections_that_name_a_group),
		cmocka_unit_test(G04_memory),
	};

	return cmocka_run_group_tests_name("hostile-groups", tests, hostile_setup,
					   hostile_teardown);
}
