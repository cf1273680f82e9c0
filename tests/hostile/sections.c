/* SPDX-License-Identifier: Apache-2.0 */
/* Section headers. */
#include <llext/plan.h>
#include "check.h"

static void S01_name_outside_strings(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(".text")->sh_name = 0xffffffff, -ENOEXEC, ELF,
		"section name outside its string table");
	REFUSED("everything.o", SECTION(".text")->sh_name = (uint32_t)SECTION(".shstrtab")->sh_size,
		-ENOEXEC, ELF, "section name outside its string table");
	LOADS("everything.o",
	      SECTION(NOT_LOADED)->sh_name = (uint32_t)SECTION(".shstrtab")->sh_size - 1);
}

static void S02_names_empty(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(".shstrtab")->sh_size = 0, -ENOEXEC, ELF,
		"string table is empty or not inside the file");
	REFUSED("everything.o", SECTION(".strtab")->sh_size = 0, -ENOEXEC, ELF,
		"string table is empty or not inside the file");
}

static void S03_names_without_end(void **state)
{
	(void)state;
	REFUSED("everything.o",
		image_bytes(&image, ".shstrtab")[SECTION(".shstrtab")->sh_size - 1] = 'x', -ENOEXEC,
		ELF, "string table does not end with NUL");
	REFUSED("everything.o",
		image_bytes(&image, ".strtab")[SECTION(".strtab")->sh_size - 1] = 'x', -ENOEXEC,
		ELF, "string table does not end with NUL");
	assert_string_equal(refusal.section, ".strtab");
}

/* A name is not read beyond its end, which is the file's. */
static void S03_name_of_one_letter_at_the_end(void **state)
{
	struct image image = image_read("everything.o");
	size_t size = (size_t)SECTION(".shstrtab")->sh_size;
	char *names = malloc(size + 2);

	(void)state;
	assert_non_null(names);
	memcpy(names, image_bytes(&image, ".shstrtab"), size);
	memcpy(names + size, ".", 2);
	SECTION(".data")->sh_name = (uint32_t)size;
	image_replace(&image, ".shstrtab", names, size + 2);
	loads(&image);
	free(names);
	image_free(&image);
}

static void S04_unknown_type(void **state)
{
	static const uint32_t types[] = {0x7fffffff, 0x60000001, 0x6ffffff0,
					 0x70000002, 12,         0x1234};

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		REFUSED("everything.o", SECTION(".data")->sh_type = types[i], -ENOTSUP, ELF,
			"loaded section of unknown type");
		assert_string_equal(refusal.section, ".data");
		LOADS("everything.o", SECTION(NOT_LOADED)->sh_type = types[i]);
	}
}

static void S05_writable_and_executable(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(".text")->sh_flags |= SHF_WRITE, -ENOEXEC, ELF,
		"section is writable and executable");
	REFUSED("everything.o", SECTION(".bss")->sh_flags |= SHF_EXECINSTR, -ENOEXEC, ELF,
		"section is writable and executable");
	assert_string_equal(refusal.section, ".bss");
}

static void S06_flags_that_cannot_be_ignored(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(".data")->sh_flags |= SHF_COMPRESSED, -ENOTSUP, ELF,
		"loaded section is compressed");
	REFUSED("everything.o", SECTION(".data")->sh_flags |= SHF_OS_NONCONFORMING, -ENOTSUP, ELF,
		"loaded section needs a linker's help");
	REFUSED("everything.o", SECTION(".bss.second")->sh_flags |= SHF_TLS, -ENOEXEC, RELOCATE,
		"thread-local variable where there can be none");
	LOADS("everything.o", SECTION(NOT_LOADED)->sh_flags |= SHF_COMPRESSED);
	LOADS("objects.o", (void)image); /* SHF_GROUP: one copy of each group is there */
}

static void S07_offset_outside_file(void **state)
{
	static const char outside[] = "section does not lie inside the file";

	(void)state;
	REFUSED("everything.o", SECTION(".text")->sh_offset = 0xffffffff, -ENOEXEC, ELF, outside);
	REFUSED("everything.o", SECTION(".text")->sh_offset = ~(elf_addr)0, -ENOEXEC, ELF, outside);
	REFUSED("everything.o", SECTION(".text")->sh_offset = image.size, -ENOEXEC, ELF, outside);
	REFUSED("everything.o",
		SECTION(".text")->sh_offset = image.size - SECTION(".text")->sh_size + 1, -ENOEXEC,
		ELF, outside);
	assert_string_equal(refusal.section, ".text");
	LOADS("everything.o", SECTION(".bss")->sh_offset = ~(elf_addr)0); /* has no bytes there */
}

static void S08_size_outside_file(void **state)
{
	static const elf_xword sizes[] = {
		~(elf_xword)0, TOP_BIT + 1, TOP_BIT - 1, ~(elf_xword)0 - 0x1e,
		0xffffffff,    0x80000001,  0x7fffffff};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		REFUSED("everything.o", SECTION(".data")->sh_size = sizes[i], -ENOEXEC, ELF,
			"section does not lie inside the file");
}

static void S09_offset_and_size_wrap(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(".data")->sh_offset = 0x80;
		SECTION(".data")->sh_size = (elf_xword)0 - 0x40, -ENOEXEC, ELF,
		"section does not lie inside the file");
}

static void S10_sizes_add_up_to_too_much(void **state)
{
	static const char heap[] = "the heap has no free piece of this size";
	/* Of a narrower machine's addresses, the sum does not wrap in a core on the desk. */
	const bool wraps = sizeof(elf_addr) == sizeof(size_t);
	const char *what = wraps ? "the sections' sizes add up to too much" : heap;
	struct image image = image_read("everything.o");

	(void)state;
	SECTION(".bss")->sh_size = TOP_BIT / 4 * 3;
	SECTION(".bss.second")->sh_size = TOP_BIT / 4 * 5;
	refused(&image, -ENOMEM, wraps ? LLEXT_STAGE_LAYOUT : LLEXT_STAGE_PLACE, what);
	image_free(&image);
	image = image_read("everything.o");
	SYMBOL("common_variable")->st_size = ~(elf_xword)0 - 32;
	refused(&image, -ENOMEM, wraps ? LLEXT_STAGE_SYMBOLS : LLEXT_STAGE_PLACE, what);
	if (wraps)
		assert_string_equal(refusal.symbol, "common_variable");
	image_free(&image);
}

static void S11_alignment(void **state)
{
	static const elf_xword wrong[] = {3, 6, ~(elf_xword)0, 0xffffffff};
	static const elf_xword right[] = {0, 1, 2, 4096, 65536};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		REFUSED("everything.o", SECTION(".data")->sh_addralign = wrong[i], -ENOEXEC, ELF,
			"alignment is not a power of two");
	REFUSED("everything.o", SECTION(".data")->sh_addralign = 131072, -ENOTSUP, ELF,
		"alignment above the limit");
	REFUSED("everything.o", SECTION(".data")->sh_addralign = TOP_BIT, -ENOTSUP, ELF,
		"alignment above the limit");
	for (size_t i = 0; i < COUNT(right); i++)
		LOADS("everything.o", SECTION(".data")->sh_addralign = right[i]);
	LOADS("everything.o", SECTION(".symtab")->sh_addralign = 0);
}

static void S12_offset_no_multiple_of_alignment(void **state)
{
	(void)state;
	/* In the file bytes may lie anywhere: it is memory that is aligned. */
	LOADS("everything.o", elf_xword size = SECTION(".data")->sh_size;
	      image_replace(&image, ".data", "0123456789abcdef0123456789abcdef", 32);
	      SECTION(".data")->sh_offset++; SECTION(".data")->sh_size = size);
}

static void S13_larger_than_the_heap(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(".bss")->sh_size = WORLD_HEAP_BYTES + 1, -ENOMEM, PLACE,
		"the heap has no free piece of this size");
	assert_true(refusal.expected > (int64_t)WORLD_HEAP_BYTES);
	assert_true(refusal.found < refusal.expected && refusal.found > 0);
}

static void S14_many_sections_without_bytes(void **state)
{
	(void)state;
	LOADS("everything.o", assert_int_equal(SECTION(".bss")->sh_type, SHT_NOBITS);
	      assert_int_equal(SECTION(".bss.second")->sh_type, SHT_NOBITS));
	LOADS("everything.o", SECTION(REL(POINTERS))->sh_type = SHT_NULL;
	      SECTION(".data")->sh_type = SHT_NOBITS);
}

static void S15_overlap(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(".data")->sh_offset = SECTION(".text")->sh_offset + 4,
		-ENOEXEC, ELF, "section overlaps another one");
	REFUSED("everything.o", SECTION(REL(".text"))->sh_offset = SECTION(".text")->sh_offset,
		-ENOEXEC, ELF, "section overlaps another one");
	REFUSED("everything.o", SECTION(".data")->sh_offset = sizeof(elf_ehdr_t) - 4, -ENOEXEC, ELF,
		"section overlaps the file's headers");
	REFUSED("everything.o", SECTION(".data")->sh_offset = HEADER->e_shoff + 70, -ENOEXEC, ELF,
		"section overlaps the file's headers");
}

/* The table of relocations that lies behind all others. */
static elf_shdr_t *last_table(const struct image *image)
{
	elf_shdr_t *last = NULL;

	for (unsigned int i = 1; i < image_header(image)->e_shnum; i++) {
		elf_shdr_t *shdr = image_section_at(image, i);

		if (shdr->sh_type == IMAGE_REL_TYPE &&
		    (last == NULL || shdr->sh_offset > last->sh_offset))
			last = shdr;
	}
	return last;
}

/* Make all tables of relocations null, but for this one. */
static void leave_table(const struct image *image, const char *name)
{
	for (unsigned int i = 1; i < image_header(image)->e_shnum; i++) {
		elf_shdr_t *shdr = image_section_at(image, i);

		if (shdr->sh_type == IMAGE_REL_TYPE && shdr != image_section(image, name))
			shdr->sh_type = SHT_NULL;
	}
}

/* By a little, in files of which the sections are in order. */
static void S15_overlap_of_neighbours(void **state)
{
	static const char overlaps[] = "section overlaps another one";
	const elf_shdr_t *text;

	(void)state;
	REFUSED("everything.o",
		SECTION(".data")->sh_offset =
			SECTION(".text")->sh_offset + SECTION(".text")->sh_size - 1,
		-ENOEXEC, ELF, overlaps);
	REFUSED("everything.o", last_table(&image)->sh_size += sizeof(image_rel_t), -ENOEXEC, ELF,
		overlaps);
	REFUSED(
		"everything.o",
		{
			leave_table(&image, REL(".text"));
			text = SECTION(".text");
			SECTION(REL(".text"))->sh_offset = text->sh_offset + text->sh_size - 8;
			SECTION(REL(".text"))->sh_size = 8;
		},
		-ENOEXEC, ELF, overlaps);
	/* The null header begins with zeros, as a table of names ends. */
	REFUSED("everything.o",
		SECTION(".shstrtab")->sh_size =
			HEADER->e_shoff + 1 - SECTION(".shstrtab")->sh_offset,
		-ENOEXEC, ELF, "section overlaps the file's headers");
}

static void S16_symbol_strings(void **state)
{
	static const uint32_t nowhere[] = {0, 1000, 0xffffffff, 0x7fffffff};

	(void)state;
	for (size_t i = 0; i < COUNT(nowhere); i++)
		REFUSED("everything.o", SECTION(".symtab")->sh_link = nowhere[i], -ENOEXEC, ELF,
			"no such string table");
	REFUSED("everything.o", SECTION(".symtab")->sh_link = image_index(&image, ".symtab"),
		-ENOEXEC, ELF, "not a string table");
	REFUSED("everything.o", SECTION(".symtab")->sh_link = image_index(&image, ".text"),
		-ENOEXEC, ELF, "not a string table");
	REFUSED("everything.o", SECTION(".strtab")->sh_type = SHT_NOBITS, -ENOEXEC, ELF,
		"not a string table");
}

static void S17_two_symbol_tables(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(NOT_LOADED)->sh_type = SHT_SYMTAB, -ENOEXEC, ELF,
		"more than one symbol table");
}

static void S18_symbol_table_size(void **state)
{
	static const elf_xword sizes[] = {0,
					  1,
					  sizeof(elf_sym_t) / 2,
					  16 + 24 - sizeof(elf_sym_t), /* of the other class */
					  sizeof(elf_sym_t) - 1,
					  sizeof(elf_sym_t) + 1,
					  2 * sizeof(elf_sym_t),
					  ~(elf_xword)0};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		REFUSED("everything.o", SECTION(".symtab")->sh_entsize = sizes[i], -ENOEXEC, ELF,
			"wrong size of symbol table");
	REFUSED("everything.o", SECTION(".symtab")->sh_size--, -ENOEXEC, ELF,
		"wrong size of symbol table");
	REFUSED("everything.o", SECTION(".symtab")->sh_size = 0, -ENOEXEC, ELF,
		"wrong size of symbol table");
	REFUSED("everything.o", SECTION(".symtab")->sh_info = image_symbol_count(&image) + 1,
		-ENOEXEC, ELF, "more local symbols than symbols");
}

static void S19_no_tables(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(".symtab")->sh_type = SHT_PROGBITS, -ENOEXEC, ELF,
		"no symbol table");
	REFUSED("everything.o", SECTION(".strtab")->sh_type = SHT_NULL, -ENOEXEC, ELF,
		"not a string table");
}

/* What an array holds is looked at when it is used; none of it is run here. */
static void arrays_give(const struct image *image, ssize_t expected)
{
	struct llext *ext = keep(image, "arrays");

	assert_int_equal(llext_get_fn_table(ext, true, NULL, 0), expected);
	if (expected < 0) {
		assert_int_equal(llext_bringup(ext), expected);
		assert_int_equal(llext_last_diag()->error, expected);
		assert_int_equal(llext_last_diag()->stage, LLEXT_STAGE_LIFECYCLE);
		assert_string_equal(llext_last_diag()->symbol, "arrays");
	}
	assert_int_equal(llext_unload(&ext), 0);
	assert_null(world_changed());
}

static void S20_arrays(void **state)
{
	static const elf_addr addends[] = {TOP_BIT, (elf_addr)0 - 65536, 0xffffffff};
	const ssize_t one = sizeof(elf_addr);
	struct image image;

	(void)state;
	REFUSED("everything.o", SECTION(".init_array")->sh_size--, -ENOEXEC, LAYOUT,
		"array of a wrong size");
	REFUSED("everything.o", SECTION(".init_array")->sh_size = 0xfffc, -ENOEXEC, ELF,
		"section does not lie inside the file");
	REFUSED("everything.o", SECTION(REL(".init_array"))->sh_type = SHT_NULL;
		SECTION(".init_array")->sh_type = SHT_NOBITS;
		SECTION(".fini_array")->sh_size /= 2, -ENOEXEC, LAYOUT, "array of a wrong size");
	for (size_t i = 0; i < COUNT(addends); i++) {
		image = image_read("everything.o");
		image_set_addend(&image, REL(".init_array"), 0, addends[i]);
		arrays_give(&image, -EFAULT);
		image_free(&image);
	}
	image = image_read("everything.o");
	arrays_give(&image, 2 * one);
	/* Without its relocation the entry is 0, which ends .ctors and .dtors and is passed over.
	 */
	image_relocation(&image, REL(".init_array"), 0)->r_info = 0;
	arrays_give(&image, one);
	memset(image_bytes(&image, ".init_array"), 0xff, sizeof(elf_addr));
	arrays_give(&image, one);
	memset(image_bytes(&image, ".init_array"), 0x55, sizeof(elf_addr));
	arrays_give(&image, -EFAULT);
	image_free(&image);
}

static void S21_export_table(void **state)
{
	static const char not_ours[] = "export's name does not lie in the extension's constants";
	struct image image;

	(void)state;
	/* One and a half. */
	REFUSED("everything.o", SECTION(".exported_sym")->sh_size = 3 * sizeof(elf_addr);
		SECTION(REL(".exported_sym"))->sh_size = 3 * REL_BYTES, -ENOEXEC, EXPORTS,
		"size is no multiple of a record's");
	assert_string_equal(refusal.section, ".exported_sym");
	REFUSED("everything.o", SECTION(".exported_sym")->sh_type = SHT_NOBITS, -ENOEXEC, RELOCATE,
		"relocations for a section without bytes");
	REFUSED("everything.o", SECTION(REL(".exported_sym"))->sh_type = SHT_NULL, -ENOEXEC,
		EXPORTS, not_ours);
	/* The name is the firmware's, beside the extension, or in what it can write. */
	REFUSED("everything.o",
		image_relocation(&image, REL(".exported_sym"), 0)->r_info = ELF_R_INFO(
			ELF_R_SYM(
				image_relocation_to(&image, REL(".text"), "firmware_add")->r_info),
			WORD_TYPE),
		-ENOEXEC, EXPORTS, not_ours);
	REFUSED("everything.o", image_set_addend(&image, REL(".exported_sym"), 0, 1 << 20),
		-ENOEXEC, EXPORTS, not_ours);
	REFUSED("everything.o", SECTION(STRINGS)->sh_flags |= SHF_WRITE, -ENOEXEC, EXPORTS,
		not_ours);
	/* Two records with one name. */
	REFUSED(
		"everything.o",
		{
			image_relocation(&image, REL(".exported_sym"), 2)->r_info =
				image_relocation(&image, REL(".exported_sym"), 0)->r_info;
			image_set_addend(&image, REL(".exported_sym"), 2,
					 image_addend(&image, REL(".exported_sym"), 0));
		},
		-ENOEXEC, EXPORTS, "symbol is exported twice");
	/* The last string has no end of its own. */
	image = image_read("everything.o");
	image_bytes(&image, STRINGS)[SECTION(STRINGS)->sh_size - 1] = 'x';
	survives(&image);
	image_free(&image);
}

/* 65,535 sections, which needs the extended count, each with one byte and the given name. */
static struct image many_sections(unsigned int count, uint32_t name)
{
	struct image image = image_read("plain.o");
	unsigned int had = HEADER->e_shnum;
	size_t table = image_grow(&image, (had + count) * sizeof(elf_shdr_t));
	size_t bytes = image_grow(&image, count);
	elf_shdr_t *shdrs = (elf_shdr_t *)(void *)(image.bytes + table);

	memcpy(shdrs, image.bytes + HEADER->e_shoff, had * sizeof(elf_shdr_t));
	for (unsigned int i = 0; i < count; i++)
		shdrs[had + i] = (elf_shdr_t){.sh_name = name,
					      .sh_type = SHT_PROGBITS,
					      .sh_flags = SHF_ALLOC,
					      .sh_offset = bytes + count - 1 - i,
					      .sh_size = 1};
	HEADER->e_shoff = table;
	HEADER->e_shnum = 0;
	shdrs[0].sh_size = had + count;
	return image;
}

static void S22_very_many_sections(void **state)
{
	struct image image = many_sections(65535, 0);
	struct llext_plan plan;
	struct source source;
	uint8_t *near;

	(void)state;
	for (unsigned int source = 0; source < SOURCE_SEEKING; source++) {
		struct trial trial = {.source = source};

		assert_null(world_try(image.bytes, image.size, &trial));
		assert_int_equal(trial.rc, 0);
	}
	/* Each that is used where it lies is one more piece to search: there is an end to that. */
	near = world_near(image.bytes, image.size);
	source_init(&source, near, image.size, LLEXT_STORAGE_PERSISTENT);
	assert_int_equal(llext_plan(&source.loader, NULL, &plan), 0);
	assert_in_range(plan.mem[LLEXT_MEM_RODATA].in_place_bytes, 1, 256);
	assert_true(plan.mem[LLEXT_MEM_RODATA].bytes > 65000);
	image_free(&image);
}

static void S23_very_long_name(void **state)
{
	struct image image = image_read("plain.o");
	const size_t length = 65536;
	char *names = malloc(length);
	struct trial trial = {.source = 0};
	unsigned int first, count = 60000;
	elf_sym_t *symbols;
	elf_shdr_t *symtab;
	size_t offset;

	(void)state;
	assert_non_null(names);
	memset(names, 'a', length);
	names[0] = names[length - 1] = '\0';
	/* All sections by one name. */
	first = image_add_sections(&image, 1000);
	image_replace(&image, ".shstrtab", names, length);
	for (unsigned int i = 1; i < HEADER->e_shnum; i++)
		image_section_at(&image, i)->sh_name = 1;
	for (unsigned int i = first; i < HEADER->e_shnum; i++)
		image_section_at(&image, i)->sh_type = SHT_PROGBITS;
	assert_null(world_try(image.bytes, image.size, &trial));
	assert_int_equal(trial.rc, 0);
	/* All symbols by one name: to look them up would take the square of the file's size. */
	offset = image_grow(&image, count * sizeof(elf_sym_t));
	symtab = image_section_of_type(&image, SHT_SYMTAB);
	symbols = (elf_sym_t *)(void *)(image.bytes + offset);
	for (unsigned int i = 1; i < count; i++)
		symbols[i] = (elf_sym_t){.st_name = 1, .st_info = STB_WEAK << 4};
	symtab->sh_offset = offset;
	symtab->sh_size = count * sizeof(elf_sym_t);
	symtab->sh_info = 1;
	symtab->sh_link = HEADER->e_shstrndx;
	refused(&image, -ENOEXEC, LLEXT_STAGE_SYMBOLS, "symbol names overlap without end");
	free(names);
	image_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S01_name_outside_strings),
		cmocka_unit_test(S02_names_empty),
		cmocka_unit_test(S03_names_without_end),
		cmocka_unit_test(S03_name_of_one_letter_at_the_end),
		cmocka_unit_test(S04_unknown_type),
		cmocka_unit_test(S05_writable_and_executable),
		cmocka_unit_test(S06_flags_that_cannot_be_ignored),
		cmocka_unit_test(S07_offset_outside_file),
		cmocka_unit_test(S08_size_outside_file),
		cmocka_unit_test(S09_offset_and_size_wrap),
		cmocka_unit_test(S10_sizes_add_up_to_too_much),
		cmocka_unit_test(S11_alignment),
		cmocka_unit_test(S12_offset_no_multiple_of_alignment),
		cmocka_unit_test(S13_larger_than_the_heap),
		cmocka_unit_test(S14_many_sections_without_bytes),
		cmocka_unit_test(S15_overlap),
		cmocka_unit_test(S15_overlap_of_neighbours),
		cmocka_unit_test(S16_symbol_strings),
		cmocka_unit_test(S17_two_symbol_tables),
		cmocka_unit_test(S18_symbol_table_size),
		cmocka_unit_test(S19_no_tables),
		cmocka_unit_test(S20_arrays),
		cmocka_unit_test(S21_export_table),
		cmocka_unit_test(S22_very_many_sections),
		cmocka_unit_test(S23_very_long_name),
	};

	return cmocka_run_group_tests_name("hostile-sections", tests, hostile_setup,
					   hostile_teardown);
}
