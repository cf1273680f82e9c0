/* SPDX-License-Identifier: Apache-2.0 */
/* The ELF header. */
#include "check.h"

static void H01_file_too_short(void **state)
{
	static const size_t sizes[] = {0, 1, 15, sizeof(elf_ehdr_t) - 1};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		REFUSED("plain.o", image.size = sizes[i], -ENOEXEC, ELF, "the file ends too early");
}

static void H02_wrong_magic(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		REFUSED("plain.o", image.bytes[i] ^= 0x20, -ENOEXEC, ELF, "not an ELF file");
}

static void H03_wrong_class(void **state)
{
	static const uint8_t values[] = {0, 3 - ELF_CLASS, 3, 255};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		REFUSED("plain.o", image.bytes[EI_CLASS] = values[i], -ENOEXEC, ELF,
			"wrong ELF class (1: 32-bit, 2: 64-bit)");
		assert_int_equal(refusal.expected, ELF_CLASS);
		assert_int_equal(refusal.found, values[i]);
	}
}

static void H04_wrong_byte_order(void **state)
{
	static const uint8_t values[] = {0, 2, 255};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++)
		REFUSED("plain.o", image.bytes[EI_DATA] = values[i], -ENOEXEC, ELF,
			"not little-endian");
}

static void H05_wrong_version(void **state)
{
	(void)state;
	for (unsigned int value = 0; value <= 2; value += 2) {
		REFUSED("plain.o", image.bytes[EI_VERSION] = (uint8_t)value, -ENOEXEC, ELF,
			"unknown ELF version");
		REFUSED("plain.o", HEADER->e_version = value, -ENOEXEC, ELF, "unknown ELF version");
	}
}

static void H06_wrong_type(void **state)
{
	static const uint16_t values[] = {0, 4, 0xfe00, 0xffff};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		REFUSED("plain.o", HEADER->e_type = values[i], -ENOEXEC, ELF,
			"this ELF type is not accepted (1: REL, 2: EXEC, 3: DYN)");
		assert_int_equal(refusal.found, values[i]);
	}
	/* One type taken for another. */
	REFUSED("plain.o", HEADER->e_type = ET_EXEC, -ENOEXEC, LAYOUT,
		"no program headers, or misplaced ones");
	REFUSED("pages.so", HEADER->e_type = ET_EXEC, -ENOTSUP, LAYOUT,
		"an executable must be linked statically");
	REFUSED("fixed_pages.elf", HEADER->e_type = ET_REL, -ENOEXEC, EXPORTS,
		"export's name does not lie in the extension's constants");
	REFUSED("fixed_pages.elf", HEADER->e_type = ET_DYN, -ENOEXEC, ELF, "no symbol table");
}

static void H07_wrong_machine(void **state)
{
	static const uint16_t values[] = {0,        3,         EM_ARM,    EM_AARCH64,
					  EM_RISCV, EM_XTENSA, EM_X86_64, 0xffff};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		if (values[i] == MACHINE)
			continue;
		REFUSED("plain.o", HEADER->e_machine = values[i], -ENOEXEC, ELF, WRONG_MACHINE);
		assert_int_equal(refusal.found, values[i]);
	}
}

static void H08_wrong_header_size(void **state)
{
	static const uint16_t values[] = {0, sizeof(elf_ehdr_t) - 1, sizeof(elf_ehdr_t) + 1,
					  0xffff};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++)
		REFUSED("plain.o", HEADER->e_ehsize = values[i], -ENOEXEC, ELF,
			"wrong size of ELF or section header");
}

static void H09_flags(void **state)
{
	(void)state;
#if LLEXT_TARGET_ARM
	REFUSED("plain.o", HEADER->e_flags = 0xffffffff, -ENOEXEC, ELF,
		"not little-endian code for version 5 of the Arm EABI");
#elif LLEXT_TARGET_X86_64
	/* The psABI of x86-64 gives e_flags no meaning: nothing may depend on it. */
	LOADS("plain.o", HEADER->e_flags = 0xffffffff);
#endif
}

static void H10_section_headers_misplaced(void **state)
{
	static const elf_addr far[] = {0x7ffffff8, 0xffffffd8, ~(elf_addr)0 - 63,
				       (elf_addr)1 << (8 * sizeof(elf_addr) - 1)};
	static const char outside[] = "section headers do not lie inside the file";

	(void)state;
	REFUSED("plain.o", HEADER->e_shoff = 0, -ENOEXEC, ELF, "no section headers");
	/* As llvm-objcopy --strip-sections leaves it. */
	REFUSED("plain.o", HEADER->e_shoff = HEADER->e_shentsize = HEADER->e_shnum = 0, -ENOEXEC,
		ELF, "no section headers");
	for (size_t i = 0; i < COUNT(far); i++)
		REFUSED("plain.o", HEADER->e_shoff = far[i], -ENOEXEC, ELF, outside);
	REFUSED("plain.o", HEADER->e_shoff = image.size & ~(size_t)7, -ENOEXEC, ELF, outside);
	REFUSED("plain.o", HEADER->e_shoff = (image.size - 8) & ~(size_t)7, -ENOEXEC, ELF, outside);
}

/* The gABI asks for no alignment, and not all compilers give them that of their fields. */
static void H16_section_headers_anywhere(void **state)
{
	static const char *const fixtures[] = {"plain.o", "everything.o", "pages.so"};

	(void)state;
	for (size_t i = 0; i < 8 * COUNT(fixtures); i++) {
		struct image image = image_read(fixtures[i / 8]);
		size_t bytes = HEADER->e_shnum * sizeof(elf_shdr_t);
		size_t to = image_grow(&image, bytes + 8) + i % 8;

		memcpy(image.bytes + to, image.bytes + HEADER->e_shoff, bytes);
		HEADER->e_shoff = to;
		loads(&image);
		image_free(&image);
	}
}

static void H11_wrong_section_header_size(void **state)
{
	static const uint16_t values[] = {0, 1, 39, 63, 65, 128};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++)
		REFUSED("plain.o", HEADER->e_shentsize = values[i], -ENOEXEC, ELF,
			"wrong size of ELF or section header");
}

static void H12_wrong_section_count(void **state)
{
	(void)state;
	REFUSED("plain.o", HEADER->e_shnum = 0, -ENOEXEC, ELF, "no sections");
	REFUSED("plain.o", HEADER->e_shnum = 1, -ENOEXEC, ELF, "no section names");
	REFUSED("plain.o", HEADER->e_shnum = 0xffff, -ENOEXEC, ELF,
		"section headers do not lie inside the file");
	REFUSED("plain.o", image.size--, -ENOEXEC, ELF,
		"section headers do not lie inside the file");
}

static void H13_extended_section_count(void **state)
{
	(void)state;
	REFUSED("plain.o", memset(&image_section_at(&image, 0)->sh_size, 0xff, 3);
		HEADER->e_shnum = 0, -ENOEXEC, ELF, "section headers do not lie inside the file");
#if ELF_CLASS == 2
	REFUSED("plain.o", memset(&image_section_at(&image, 0)->sh_size, 0xff, 8);
		HEADER->e_shnum = 0, -ENOEXEC, ELF, "no sections");
#endif
}

static void H14_wrong_names_section(void **state)
{
	(void)state;
	REFUSED("plain.o", HEADER->e_shstrndx = 0, -ENOEXEC, ELF, "no section names");
	REFUSED("plain.o", HEADER->e_shstrndx = HEADER->e_shnum, -ENOEXEC, ELF, "no section names");
	REFUSED("plain.o", HEADER->e_shstrndx = 0xfff0, -ENOEXEC, ELF, "no section names");
	REFUSED("plain.o", HEADER->e_shstrndx = 1, -ENOEXEC, ELF, "not a string table");
	REFUSED("plain.o", HEADER->e_shstrndx = SHN_XINDEX, -ENOEXEC, ELF, "no section names");
	REFUSED("plain.o", image_section_at(&image, 0)->sh_link = 0xffffffff;
		HEADER->e_shstrndx = SHN_XINDEX, -ENOEXEC, ELF, "no section names");
	LOADS("plain.o", image_section_at(&image, 0)->sh_link = HEADER->e_shstrndx;
	      HEADER->e_shstrndx = SHN_XINDEX);
	REFUSED("plain.o", image_section_at(&image, 0)->sh_type = SHT_PROGBITS, -ENOEXEC, ELF,
		"the first section header is not null");
}

static void H15_program_headers(void **state)
{
	static const char misplaced[] = "no program headers, or misplaced ones";

	(void)state;
	LOADS("plain.o", HEADER->e_phoff = 0xffffffff; HEADER->e_phnum = 0xffff;
	      HEADER->e_phentsize = 3);
	REFUSED("pages.so", HEADER->e_phnum = 0, -ENOEXEC, LAYOUT, misplaced);
	REFUSED("pages.so", HEADER->e_phnum = 0xffff, -ENOEXEC, LAYOUT, misplaced);
	REFUSED("pages.so", HEADER->e_phentsize = 55, -ENOEXEC, LAYOUT, misplaced);
	REFUSED("pages.so", HEADER->e_phoff = 0, -ENOEXEC, LAYOUT, misplaced);
	REFUSED("pages.so", HEADER->e_phoff = image.size - 8, -ENOEXEC, LAYOUT, misplaced);
	REFUSED("pages.so", HEADER->e_phoff = ~(elf_addr)0xff, -ENOEXEC, LAYOUT, misplaced);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(H01_file_too_short),
		cmocka_unit_test(H02_wrong_magic),
		cmocka_unit_test(H03_wrong_class),
		cmocka_unit_test(H04_wrong_byte_order),
		cmocka_unit_test(H05_wrong_version),
		cmocka_unit_test(H06_wrong_type),
		cmocka_unit_test(H07_wrong_machine),
		cmocka_unit_test(H08_wrong_header_size),
		cmocka_unit_test(H09_flags),
		cmocka_unit_test(H10_section_headers_misplaced),
		cmocka_unit_test(H11_wrong_section_header_size),
		cmocka_unit_test(H12_wrong_section_count),
		cmocka_unit_test(H13_extended_section_count),
		cmocka_unit_test(H14_wrong_names_section),
		cmocka_unit_test(H15_program_headers),
		cmocka_unit_test(H16_section_headers_anywhere),
	};

	return cmocka_run_group_tests_name("hostile-header", tests, hostile_setup,
					   hostile_teardown);
}
