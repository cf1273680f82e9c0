/* SPDX-License-Identifier: Apache-2.0 */
/* Executables: addresses that are not the file's to choose, and what only a linker could complete.
 */
#include "check.h"
#include "port.h"

static elf_phdr_t *load_segment(const struct image *image, unsigned int n)
{
	for (unsigned int i = 0;; i++) {
		elf_phdr_t *phdr = image_segment(image, i);

		if (phdr->p_type == PT_LOAD && n-- == 0)
			return phdr;
	}
}

#define FILE       "fixed_pages.elf"
#define SEGMENT(n) load_segment(&image, n)

static void E01_good(void **state)
{
	(void)state;
	LOADS(FILE, (void)0);
	/* In any order, and where nothing starts is nobody's business. */
	LOADS(FILE, elf_phdr_t first = *SEGMENT(0); *SEGMENT(0) = *SEGMENT(3); *SEGMENT(3) = first);
	LOADS(FILE, HEADER->e_entry = ~(elf_addr)0);
}

static void E02_segments(void **state)
{
	static const char overlap[] = "segments overlap or are not in order";

	(void)state;
	REFUSED(FILE, SEGMENT(1)->p_vaddr = SEGMENT(2)->p_vaddr, -ENOEXEC, LAYOUT, overlap);
	REFUSED(FILE, SEGMENT(0)->p_memsz = SEGMENT(1)->p_vaddr - SEGMENT(0)->p_vaddr + 1, -ENOEXEC,
		LAYOUT, overlap);
	/* The same, found from the other side. */
	REFUSED(FILE, elf_phdr_t first = *SEGMENT(0);
		first.p_memsz = SEGMENT(1)->p_vaddr - first.p_vaddr + 1; *SEGMENT(0) = *SEGMENT(1);
		*SEGMENT(1) = first, -ENOEXEC, LAYOUT, overlap);
	REFUSED(FILE, SEGMENT(3)->p_memsz = ~(elf_xword)0, -ENOEXEC, LAYOUT,
		"segment wraps around");
#if LLEXT_TARGET_64BIT /* as wide as the core's own */
	REFUSED(FILE, SEGMENT(3)->p_memsz = ~0ull - SEGMENT(3)->p_vaddr, -ENOMEM, LAYOUT,
		"the segments span too much");
#endif
	REFUSED(FILE, SEGMENT(3)->p_flags |= PF_X, -ENOEXEC, LAYOUT,
		"segment is writable and executable");
	REFUSED(FILE, SECTION(".data")->sh_addr = FAR_OFF, -ENOEXEC, LAYOUT,
		"section lies in no segment");
}

/* Move a segment, and with it what the file says of the sections in it. */
static void move(struct image *image, unsigned int n, elf_addr to)
{
	elf_phdr_t *phdr = load_segment(image, n);
	elf_addr from = phdr->p_vaddr;

	for (unsigned int i = 1; i < image_header(image)->e_shnum; i++) {
		elf_shdr_t *shdr = image_section_at(image, i);

		if ((shdr->sh_flags & SHF_ALLOC) && shdr->sh_addr - from < phdr->p_memsz)
			shdr->sh_addr += to - from;
	}
	phdr->p_vaddr = to;
}

static void E03_taken_addresses(void **state)
{
	static const char taken[] = "the address range is taken";
	static const char not_given[] = "the port does not give the addresses";
	elf_addr heap;

	(void)state;
	heap = ((elf_addr)(uintptr_t)world_resident()->mem[LLEXT_MEM_DATA] & ~(elf_addr)0xfff);
	REFUSED(FILE, move(&image, 0, heap), -EBUSY, LAYOUT, taken);
	assert_string_equal(refusal.symbol, "LLEXT heap");
	assert_string_equal(refusal.section, "read-only data");
	assert_int_equal(refusal.offset, heap);
	REFUSED(FILE, SEGMENT(3)->p_memsz = FAR_OFF, -EBUSY, PLACE, not_given);
	assert_string_equal(refusal.symbol, "outside");
	REFUSED(FILE, move(&image, 0, 0), -EBUSY, PLACE, not_given);
	REFUSED(FILE, move(&image, 0, WINDOW_START - 4096), -EBUSY, PLACE, not_given);
	REFUSED(FILE, move(&image, 0, WINDOW_START + WINDOW_BYTES), -EBUSY, PLACE, not_given);
	/* The end of the address space. */
	REFUSED(FILE, move(&image, 0, ~(elf_addr)0xfff), -EBUSY, PLACE, not_given);
}

static void E04_taken_by_an_extension(void **state)
{
	struct image image = image_read(FILE);
	struct llext *first = keep(&image, "first");

	(void)state;
	world_accept();
	REFUSED(FILE, (void)0, -EBUSY, LAYOUT, "the address range is taken");
	assert_string_equal(refusal.symbol, "first");
	/* A page of it is enough. */
	REFUSED(FILE,
		for (unsigned int i = 1; i < 4; i++) move(&image, i, SEGMENT(i)->p_vaddr + 0x10000),
		-EBUSY, LAYOUT, "the address range is taken");
	assert_int_equal(refusal.offset, WINDOW_START);
	assert_int_equal(llext_unload(&first), 0);
	world_accept();
	image_free(&image);
}

static void E05_needs_a_linker(void **state)
{
	static const char dynamic[] = "an executable must be linked statically",
			  indirect[] = "indirect functions are not supported";

	(void)state;
	REFUSED(FILE, SECTION(".rodata")->sh_type = SHT_RELA, -ENOTSUP, LAYOUT, indirect);
	REFUSED(FILE, SECTION(".rodata")->sh_type = SHT_REL, -ENOTSUP, LAYOUT, indirect);
	REFUSED(FILE, SECTION(".rodata")->sh_type = SHT_RELR, -ENOTSUP, LAYOUT, indirect);
	REFUSED(FILE, SECTION(".rodata")->sh_type = SHT_DYNAMIC, -ENOTSUP, LAYOUT, dynamic);
	assert_string_equal(refusal.section, ".rodata");
}

static void E06_imports(void **state)
{
	(void)state;
	REFUSED(FILE, SYMBOL("work")->st_shndx = SHN_UNDEF, -ENODATA, SYMBOLS,
		"imports are missing");
	assert_int_equal(refusal.missing_count, 1);
	assert_string_equal(refusal.missing, "work");
	LOADS(FILE, SYMBOL("work")->st_shndx = SHN_UNDEF; SYMBOL("work")->st_info = STB_WEAK << 4);
}

static void E07_symbols(void **state)
{
	(void)state;
	LOADS(FILE, SYMBOL("work")->st_value = 8 | THUMB);
	REFUSED(FILE, SYMBOL("work")->st_shndx = SHN_COMMON, -ENOEXEC, SYMBOLS,
		"common symbol where there can be none, or misaligned");
	/* Data's may point anywhere, as a linker script's do. */
	LOADS(FILE, SYMBOL("zeroed")->st_value = 8);
}

static void E08_exports(void **state)
{
	(void)state;
	REFUSED(FILE, memset(image_bytes(&image, ".exported_sym"), 0, 8), -ENOEXEC, EXPORTS,
		"export's name does not lie in the extension's constants");
	REFUSED(FILE, memset(image_bytes(&image, ".exported_sym"), 0xff, 8), -ENOEXEC, EXPORTS,
		"export's name does not lie in the extension's constants");
}

/* Each segment has its access, and what only the linker's relocations wrote is read-only. */
static void E09_protection(void **state)
{
	struct image image = image_read(FILE);
	struct llext *ext = keep(&image, "kept");

	(void)state;
	assert_int_equal(port_access_at(SECTION(".text")->sh_addr), LLEXT_ACCESS_RX);
	assert_int_equal(port_access_at(SECTION(".rodata")->sh_addr), LLEXT_ACCESS_RO);
	assert_int_equal(port_access_at(SECTION(".init_array")->sh_addr), LLEXT_ACCESS_RO);
	assert_int_equal(port_access_at(SECTION(".data")->sh_addr), LLEXT_ACCESS_RW);
	assert_int_equal(port_access_at(SECTION(".bss")->sh_addr), LLEXT_ACCESS_RW);
	assert_int_equal(port_access_at(WINDOW_START), LLEXT_ACCESS_RO);
	assert_int_equal(llext_unload(&ext), 0);
	image_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(E01_good),
		cmocka_unit_test(E02_segments),
		cmocka_unit_test(E03_taken_addresses),
		cmocka_unit_test(E04_taken_by_an_extension),
		cmocka_unit_test(E05_needs_a_linker),
		cmocka_unit_test(E06_imports),
		cmocka_unit_test(E07_symbols),
		cmocka_unit_test(E08_exports),
		cmocka_unit_test(E09_protection),
	};

	return cmocka_run_group_tests_name("hostile-fixed", tests, hostile_setup, hostile_teardown);
}
