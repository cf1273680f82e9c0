/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared objects. The loader reads section headers, symbols and relocations; .dynamic and the
 * hash tables it has no use for, so that nothing in them can mislead it.
 */
#include "check.h"

#define PT_GNU_RELRO 0x6474e552u

/* The @n-th segment that is loaded. */
static elf_phdr_t *load_segment(const struct image *image, unsigned int n)
{
	for (unsigned int i = 0;; i++) {
		elf_phdr_t *phdr = image_segment(image, i);

		if (phdr->p_type == PT_LOAD && n-- == 0)
			return phdr;
	}
}

static elf_phdr_t *segment_of_type(const struct image *image, uint32_t type)
{
	unsigned int i = 0;

	while (image_segment(image, i)->p_type != type)
		i++;
	return image_segment(image, i);
}

#define SEGMENT(n) load_segment(&image, n)

static void D01_dynamic_section_is_not_trusted(void **state)
{
	(void)state;
	LOADS("pages.so",
	      memset(image_bytes(&image, ".dynamic"), 0xff, SECTION(".dynamic")->sh_size));
	LOADS("pages.so", memset(image_bytes(&image, ".dynamic"), 0, SECTION(".dynamic")->sh_size));
}

static void D02_segments(void **state)
{
	(void)state;
	REFUSED("pages.so", SEGMENT(1)->p_filesz = SEGMENT(1)->p_memsz + 1, -ENOEXEC, LAYOUT,
		"segment has more bytes than memory");
	assert_true(refusal.has_offset);
	REFUSED("pages.so", SEGMENT(1)->p_filesz = SEGMENT(1)->p_memsz = image.size, -ENOEXEC,
		LAYOUT, "segment does not lie inside the file");
	REFUSED("pages.so", SEGMENT(1)->p_offset = ~0ull - 0xfff, -ENOEXEC, LAYOUT,
		"segment does not lie inside the file");
	REFUSED("pages.so", SEGMENT(3)->p_vaddr |= 0xfffffffffffff000, -ENOEXEC, LAYOUT,
		"segment wraps around");
	REFUSED("pages.so", SEGMENT(3)->p_memsz = ~0ull, -ENOEXEC, LAYOUT, "segment wraps around");
	REFUSED("pages.so", SEGMENT(1)->p_vaddr = SEGMENT(0)->p_vaddr, -ENOEXEC, LAYOUT,
		"segments overlap or are not in order");
	REFUSED("pages.so", SEGMENT(0)->p_memsz = SEGMENT(1)->p_vaddr + 1, -ENOEXEC, LAYOUT,
		"segments overlap or are not in order");
	REFUSED("pages.so", SEGMENT(1)->p_align = 3, -ENOEXEC, LAYOUT,
		"segment has a wrong alignment");
	REFUSED("pages.so", SEGMENT(3)->p_align = 1ull << 31, -ENOEXEC, LAYOUT,
		"segment has a wrong alignment");
	LOADS("pages.so", SEGMENT(0)->p_align = 0);
	REFUSED("pages.so", SEGMENT(1)->p_flags |= PF_W, -ENOEXEC, LAYOUT,
		"segment is writable and executable");
	REFUSED("pages.so", SEGMENT(3)->p_flags |= PF_X, -ENOEXEC, LAYOUT,
		"segment is writable and executable");
	REFUSED("pages.so",
		for (unsigned int i = 0; i < HEADER->e_phnum; i++) image_segment(&image, i)
			->p_type = 0,
		-ENOEXEC, LAYOUT, "no segment to load");
	REFUSED("pages.so", SEGMENT(3)->p_memsz = 1ull << 62, -ENOMEM, LAYOUT,
		"the segments span too much");
	REFUSED("pages.so", SEGMENT(3)->p_memsz = 1ull << 40, -ENOMEM, PLACE,
		"the heap has no free piece of this size");
	/* Its segments are 64 bytes apart: protection cannot tell them from each other. */
	REFUSED("shared.so", (void)image, -ENOTSUP, LAYOUT,
		"segments of different access share a page");
}

static void D02_relro(void **state)
{
	static const uint64_t sizes[] = {0, 1, 0x1000, ~0ull, 1ull << 63};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		LOADS("pages.so", segment_of_type(&image, PT_GNU_RELRO)->p_memsz = sizes[i]);
}

static void D03_hash_table_is_not_trusted(void **state)
{
	(void)state;
	LOADS("pages.so",
	      memset(image_bytes(&image, ".gnu.hash"), 0, SECTION(".gnu.hash")->sh_size));
	LOADS("pages.so",
	      memset(image_bytes(&image, ".gnu.hash"), 0xff, SECTION(".gnu.hash")->sh_size));
}

static void D04_sections_and_segments_disagree(void **state)
{
	(void)state;
	REFUSED("pages.so", SECTION(".data")->sh_addr = 1ull << 40, -ENOEXEC, LAYOUT,
		"section lies in no segment");
	assert_string_equal(refusal.section, ".data");
	REFUSED("pages.so", SECTION(".data")->sh_addr = ~0ull - 8, -ENOEXEC, LAYOUT,
		"section lies in no segment");
	REFUSED("pages.so", SECTION(".bss")->sh_size = 1 << 20, -ENOEXEC, LAYOUT,
		"section lies in no segment");
	REFUSED("pages.so", SECTION(".data")->sh_addr += 8, -ENOEXEC, LAYOUT,
		"section is not where its segment has it");
	REFUSED("pages.so", SECTION(".data")->sh_flags |= SHF_EXECINSTR, -ENOEXEC, ELF,
		"section is writable and executable");
	REFUSED("pages.so", SECTION(".init_array")->sh_size = 4, -ENOEXEC, LAYOUT,
		"array of a wrong size");
}

static void D05_symbols_and_relocations(void **state)
{
	(void)state;
	LOADS("pages.so", SYMBOL("work")->st_value = 8);
	REFUSED("pages.so", image_relocation(&image, ".rela.dyn", 0)->r_offset = 1 << 20, -ENOEXEC,
		RELOCATE, "relocation outside every segment");
	REFUSED("pages.so", image_relocation(&image, ".rela.dyn", 0)->r_offset = ~0ull, -ENOEXEC,
		RELOCATE, "relocation outside every segment");
	REFUSED("pages.so", SECTION(".rela.dyn")->sh_entsize = 8, -ENOEXEC, RELOCATE,
		"wrong size of relocation section");
	REFUSED("pages.so", SECTION(".rela.dyn")->sh_link = 0, -ENOEXEC, RELOCATE,
		"relocations against another symbol table");
	REFUSED("pages.so", SECTION(".dynsym")->sh_type = SHT_PROGBITS, -ENOEXEC, ELF,
		"no symbol table");
	REFUSED("pages.so", SECTION(".data")->sh_name = SECTION(".exported_sym")->sh_name, -ENOEXEC,
		LAYOUT, "second .exported_sym");
}

#define RELR(n) ((elf_addr *)(void *)image_bytes(&image, ".relr.dyn"))[n]

/* The table of relative relocations: addresses, and bitmaps for the words behind them. */
static void D06_relr(void **state)
{
	static const char outside[] = "relocation outside every segment";
	static const char size[] = "wrong size of relocation section";
	elf_addr bss_bit;

	(void)state;
	LOADS("relr_pages.so", (void)RELR(0));
	REFUSED("relr_pages.so", RELR(0) |= 1, -ENOEXEC, RELOCATE, "bitmap before any address");
	assert_string_equal(refusal.section, ".relr.dyn");
	REFUSED("relr_pages.so", RELR(0) = 0x100000, -ENOEXEC, RELOCATE, outside);
	REFUSED("relr_pages.so", RELR(0) = ~(elf_addr)7, -ENOEXEC, RELOCATE, outside);
	/*
	 * The last word of a segment, which is the first of .bss, and beyond it. The bitmap is for
	 * the words behind entry 2, from its bit 1 on.
	 */
	{
		struct image image = image_read("relr_pages.so");

		bss_bit = (elf_addr)1 << (SECTION(".bss")->sh_addr - RELR(2)) / sizeof(elf_addr);
		image_free(&image);
	}
	LOADS("relr_pages.so", RELR(3) |= bss_bit);
	REFUSED("relr_pages.so", RELR(3) |= bss_bit << 1, -ENOEXEC, RELOCATE, outside);
	REFUSED("relr_pages.so", RELR(3) |= (elf_addr)1 << 63, -ENOEXEC, RELOCATE, outside);
	REFUSED("relr_pages.so", SECTION(".relr.dyn")->sh_entsize = 16, -ENOEXEC, RELOCATE, size);
	REFUSED("relr_pages.so", SECTION(".relr.dyn")->sh_size = 23, -ENOEXEC, RELOCATE, size);
	/* What the table relocates, nobody else does. */
	REFUSED("relr_pages.so", SECTION(".relr.dyn")->sh_size = 0, -ENOEXEC, EXPORTS,
		"export's name does not lie in the extension's constants");
}

/* Several bitmaps on end: each of the words has the base added, once. */
static void D07_relr_bitmaps(void **state)
{
	struct image image = image_read("pointers_relr.so");
	struct llext *ext = keep(&image, "bitmaps");
	char *const *pointers = llext_find_sym(&ext->exp_tab, "pointers");

	(void)state;
	assert_non_null(pointers);
	for (size_t i = 0; i < 224; i++)
		assert_int_equal(pointers[i] - pointers[0], i % 112 * 7 % 61);
	assert_int_equal(llext_unload(&ext), 0);
	image_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(D01_dynamic_section_is_not_trusted),
		cmocka_unit_test(D02_segments),
		cmocka_unit_test(D02_relro),
		cmocka_unit_test(D06_relr),
		cmocka_unit_test(D07_relr_bitmaps),
		cmocka_unit_test(D03_hash_table_is_not_trusted),
		cmocka_unit_test(D04_sections_and_segments_disagree),
		cmocka_unit_test(D05_symbols_and_relocations),
	};

	return cmocka_run_group_tests_name("hostile-dynamic", tests, hostile_setup,
					   hostile_teardown);
}
