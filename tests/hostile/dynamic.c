/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared objects. The loader reads section headers, symbols and relocations; .dynamic and the
 * hash tables it has no use for, so that nothing in them can mislead it.
 */
#include "check.h"
#include "port.h"

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
#define RELRO      segment_of_type(&image, PT_GNU_RELRO)

static void is_not_trusted(const char *section)
{
	LOADS("pages.so", memset(image_bytes(&image, section), 0xff, SECTION(section)->sh_size));
	LOADS("pages.so", memset(image_bytes(&image, section), 0, SECTION(section)->sh_size));
}

static void D01_dynamic_section_is_not_trusted(void **state)
{
	(void)state;
	is_not_trusted(".dynamic");
}

static void D02_segments(void **state)
{
	(void)state;
	REFUSED("pages.so", SEGMENT(1)->p_filesz = SEGMENT(1)->p_memsz + 1, -ENOEXEC, LAYOUT,
		"segment has more bytes than memory");
	assert_true(refusal.has_offset);
	REFUSED("pages.so", SEGMENT(1)->p_filesz = SEGMENT(1)->p_memsz = image.size, -ENOEXEC,
		LAYOUT, "segment does not lie inside the file");
	REFUSED("pages.so", SEGMENT(1)->p_offset = ~(elf_addr)0xfff, -ENOEXEC, LAYOUT,
		"segment does not lie inside the file");
	REFUSED("pages.so", SEGMENT(3)->p_memsz = 4096;
		SEGMENT(3)->p_vaddr |= ~(elf_addr)0xff, -ENOEXEC, LAYOUT, "segment wraps around");
	REFUSED("pages.so", SEGMENT(3)->p_memsz = ~(elf_xword)0, -ENOEXEC, LAYOUT,
		"segment wraps around");
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
	REFUSED("pages.so", SEGMENT(3)->p_memsz = TOP_BIT / 2, -ENOMEM, LAYOUT,
		"the segments span too much");
	REFUSED("pages.so", SEGMENT(3)->p_memsz = FAR_OFF / 2, -ENOMEM, PLACE,
		"the heap has no free piece of this size");
}

static elf_phdr_t *last_segment(const struct image *image)
{
	unsigned int last = 0;

	for (unsigned int i = 0; i < image_header(image)->e_phnum; i++)
		last += image_segment(image, i)->p_type == PT_LOAD;
	return load_segment(image, last - 1);
}

/* Segments whose access differs share a page, and can be told apart if a granule begins there. */
static void D02_small_pages(void **state)
{
	static const char crowded[] = "segments of different access share a page";
	static const elf_xword sizes[] = {0, 1, 0x20, 0x1000, ~(elf_xword)0, TOP_BIT};

	(void)state;
	LOADS("crowded.so", (void)image);
	/* One that must begin where a granule does pins down all others. */
	REFUSED("crowded.so", SECTION(".text")->sh_addralign = 4096, -ENOTSUP, LAYOUT, crowded);
	assert_true(refusal.has_values);
	assert_int_equal(refusal.expected, TEST_GRANULE);
	/* There are constants, code and data, and the granule of the data is not that of the code.
	 */
	REFUSED("shared.so", (void)image, -ENOTSUP, LAYOUT, crowded);
	/* The image begins below 0, and all of it would be more than there are addresses. */
	REFUSED("crowded.so", last_segment(&image)->p_memsz = ~last_segment(&image)->p_vaddr,
		-ENOMEM, LAYOUT, "the segments span too much");
#if !LLEXT_TARGET_ARM /* for which GNU ld makes none */
	/* To the middle of the next segment, which begins in the middle of a granule. */
	LOADS("crowded.so", RELRO->p_memsz += 0x40);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		LOADS("crowded.so", RELRO->p_memsz = sizes[i]);
		LOADS("crowded.so", RELRO->p_vaddr += sizes[i]);
		LOADS("crowded.so", RELRO->p_vaddr = sizes[i]);
	}
#else
	(void)sizes;
#endif
}

/* Each byte of the file's segments has the access that they say, up to the bytes at their ends. */
static void D02_small_pages_are_protected(void **state)
{
	struct image image = image_read("crowded.so");
	struct llext *ext = keep(&image, "crowded");
	uintptr_t pointers = (uintptr_t)llext_find_sym(&ext->exp_tab, "pointers");
	uintptr_t base = pointers - SYMBOL("pointers")->st_value;
	const elf_phdr_t *code = SEGMENT(0), *data = SEGMENT(1);

	(void)state;
	assert_int_equal(port_access_at(base + code->p_vaddr), LLEXT_ACCESS_RX);
	assert_int_equal(port_access_at(base + code->p_vaddr + code->p_memsz - 1), LLEXT_ACCESS_RX);
	assert_int_not_equal(port_access_at(base + data->p_vaddr), LLEXT_ACCESS_RX);
	assert_int_equal(port_access_at(pointers), LLEXT_ACCESS_RW);
	assert_int_equal(port_access_at(base + SECTION(".bss")->sh_addr), LLEXT_ACCESS_RW);
	assert_int_equal(llext_unload(&ext), 0);
	image_free(&image);
}

static void D02_relro(void **state)
{
	static const elf_xword sizes[] = {0, 1, 0x1000, ~(elf_xword)0, TOP_BIT};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		LOADS("relr_pages.so", RELRO->p_memsz = sizes[i]);
#if !LLEXT_TARGET_ARM /* for which GNU ld makes none */
		LOADS("pages.so", RELRO->p_memsz = sizes[i]);
#endif
	}
}

/* lld gives it a segment of its own, which ends before the page does that is to be read-only. */
static void D02_relro_is_sealed(void **state)
{
	struct image image = image_read("relr_pages.so");
	struct llext *ext = keep(&image, "sealed");
	uintptr_t pointers = (uintptr_t)llext_find_sym(&ext->exp_tab, "pointers");
	uintptr_t base = pointers - SYMBOL("pointers")->st_value;
	const elf_phdr_t *relro = RELRO;

	(void)state;
	assert_int_equal(port_access_at(base + relro->p_vaddr), LLEXT_ACCESS_RO);
	assert_int_equal(port_access_at(base + SECTION(".dynamic")->sh_addr), LLEXT_ACCESS_RO);
	assert_int_equal(port_access_at(pointers), LLEXT_ACCESS_RW);
	assert_int_equal(port_access_at(base + SECTION(".bss")->sh_addr), LLEXT_ACCESS_RW);
	assert_int_equal(llext_unload(&ext), 0);
	image_free(&image);
}

static void D03_hash_table_is_not_trusted(void **state)
{
	(void)state;
	is_not_trusted(".gnu.hash");
}

static void D04_sections_and_segments_disagree(void **state)
{
	(void)state;
	REFUSED("pages.so", SECTION(".data")->sh_addr = FAR_OFF, -ENOEXEC, LAYOUT,
		"section lies in no segment");
	assert_string_equal(refusal.section, ".data");
	REFUSED("pages.so", SECTION(".data")->sh_addr = ~(elf_addr)0 - 8, -ENOEXEC, LAYOUT,
		"section lies in no segment");
	REFUSED("pages.so", SECTION(".bss")->sh_size = 1 << 20, -ENOEXEC, LAYOUT,
		"section lies in no segment");
	REFUSED("pages.so", SECTION(".data")->sh_addr += 8, -ENOEXEC, LAYOUT,
		"section is not where its segment has it");
	REFUSED("pages.so", SECTION(".data")->sh_flags |= SHF_EXECINSTR, -ENOEXEC, ELF,
		"section is writable and executable");
	REFUSED("pages.so", SECTION(".init_array")->sh_size = sizeof(elf_addr) / 2, -ENOEXEC,
		LAYOUT, "array of a wrong size");
}

static void D05_symbols_and_relocations(void **state)
{
	(void)state;
	LOADS("pages.so", SYMBOL("work")->st_value = 8 | THUMB);
	REFUSED("pages.so", image_relocation(&image, REL(".dyn"), 0)->r_offset = 1 << 20, -ENOEXEC,
		RELOCATE, "relocation outside every segment");
	REFUSED("pages.so", image_relocation(&image, REL(".dyn"), 0)->r_offset = ~(elf_addr)0,
		-ENOEXEC, RELOCATE, "relocation outside every segment");
	REFUSED("pages.so", SECTION(REL(".dyn"))->sh_entsize = REL_BYTES + 1, -ENOEXEC, RELOCATE,
		"wrong size of relocation section");
	REFUSED("pages.so", SECTION(REL(".dyn"))->sh_link = 0, -ENOEXEC, RELOCATE,
		"relocations against another symbol table");
	REFUSED("pages.so", SECTION(".dynsym")->sh_type = SHT_PROGBITS, -ENOEXEC, ELF,
		"no symbol table");
	REFUSED("pages.so", SECTION(".data")->sh_name = SECTION(".exported_sym")->sh_name, -ENOEXEC,
		LAYOUT, "second .exported_sym");
}

#define RELR(n) ((elf_addr *)(void *)image_bytes(&image, ".relr.dyn"))[n]

/* Let the table relocate these words only, none of which has an export's name. */
static void only_relr(struct image *image, elf_addr address, elf_addr bitmap)
{
	elf_addr *table = (elf_addr *)(void *)image_bytes(image, ".relr.dyn");

	for (size_t i = 0; i < image_section(image, ".relr.dyn")->sh_size / sizeof(*table); i++)
		table[i] = 1; /* a bitmap without a bit */
	table[0] = address;
	table[1] = bitmap;
}

/* The last word of the last segment. */
static elf_addr last_word(const struct image *image)
{
	const elf_shdr_t *bss = image_section(image, ".bss");

	return (bss->sh_addr + bss->sh_size - sizeof(elf_addr)) & ~(elf_addr)(sizeof(elf_addr) - 1);
}

/* The table of relative relocations: addresses, and bitmaps for the words behind them. */
static void D06_relr(void **state)
{
	static const char outside[] = "relocation outside every segment";
	static const char size[] = "wrong size of relocation section";
	/* What no table has relocated. */
	static const char not_ours[] = "export's name does not lie in the extension's constants";
	const elf_addr word = sizeof(elf_addr);

	(void)state;
	LOADS("relr_pages.so", (void)RELR(0));
	REFUSED("relr_pages.so", RELR(0) |= 1, -ENOEXEC, RELOCATE, "bitmap before any address");
	assert_string_equal(refusal.section, ".relr.dyn");
	REFUSED("relr_pages.so", RELR(0) = 0x100000, -ENOEXEC, RELOCATE, outside);
	REFUSED("relr_pages.so", RELR(0) = ~(elf_addr)7, -ENOEXEC, RELOCATE, outside);
	/* The last word, by itself and as the next one to that before it; and beyond it. */
	REFUSED("relr_pages.so", only_relr(&image, last_word(&image), 1), -ENOEXEC, EXPORTS,
		not_ours);
	REFUSED("relr_pages.so", only_relr(&image, last_word(&image) - word, 3), -ENOEXEC, EXPORTS,
		not_ours);
	REFUSED("relr_pages.so", only_relr(&image, last_word(&image) + word, 1), -ENOEXEC, RELOCATE,
		outside);
	REFUSED("relr_pages.so", only_relr(&image, last_word(&image), 3), -ENOEXEC, RELOCATE,
		outside);
	REFUSED("relr_pages.so", only_relr(&image, last_word(&image) - word, 7), -ENOEXEC, RELOCATE,
		outside);
	REFUSED("relr_pages.so", only_relr(&image, last_word(&image) - word, TOP_BIT | 1), -ENOEXEC,
		RELOCATE, outside);
	REFUSED("relr_pages.so", SECTION(".relr.dyn")->sh_entsize = 16, -ENOEXEC, RELOCATE, size);
	REFUSED("relr_pages.so", SECTION(".relr.dyn")->sh_size--, -ENOEXEC, RELOCATE, size);
	REFUSED("relr_pages.so", SECTION(".relr.dyn")->sh_size = 0, -ENOEXEC, EXPORTS, not_ours);
}

/* Several bitmaps on end: each of the words has the base added, once. */
static void D07_relr_bitmaps(void **state)
{
	struct image image = image_read("pointers_relr.so");
	struct llext *ext = keep(&image, "bitmaps");
	const elf_addr *pointers = llext_find_sym(&ext->exp_tab, "pointers");

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
		cmocka_unit_test(D02_small_pages),
		cmocka_unit_test(D02_small_pages_are_protected),
		cmocka_unit_test(D02_relro),
		cmocka_unit_test(D02_relro_is_sealed),
		cmocka_unit_test(D06_relr),
		cmocka_unit_test(D07_relr_bitmaps),
		cmocka_unit_test(D03_hash_table_is_not_trusted),
		cmocka_unit_test(D04_sections_and_segments_disagree),
		cmocka_unit_test(D05_symbols_and_relocations),
	};

	return cmocka_run_group_tests_name("hostile-dynamic", tests, hostile_setup,
					   hostile_teardown);
}
