/* SPDX-License-Identifier: Apache-2.0 */
/* Relocations, and the unwind tables that they complete. */
#include "check.h"

#define RELA(section, i)   image_relocation(&image, section, i)
#define TEXT_RELA          image_relocation_to(&image, ".rela.text", "firmware_add")
#define INFO(sym, type)    ((uint64_t)(sym) << 32 | (type))
#define RETYPE(rela, type) ((rela)->r_info = INFO(ELF_R_SYM((rela)->r_info), type))

static void R01_for_no_section(void **state)
{
	static const uint32_t values[] = {0, 100, 0x7fffffff, 0x80000000, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		REFUSED("everything.o", SECTION(".rela.text")->sh_info = values[i], -ENOEXEC,
			RELOCATE, "relocations for no section");
		assert_string_equal(refusal.section, ".rela.text");
	}
	REFUSED("everything.o", SECTION(".rela.text")->sh_info = HEADER->e_shnum, -ENOEXEC,
		RELOCATE, "relocations for no section");
}

static void R02_for_a_section_without_bytes(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(".rela.text")->sh_info = image_index(&image, ".bss"),
		-ENOEXEC, RELOCATE, "relocations for a section without bytes");
	/* What is not loaded is not relocated: debug information. */
	LOADS("everything.o",
	      SECTION(".rela.text")->sh_info = image_index(&image, ".note.GNU-stack"));
	LOADS("assembled.o", (void)SECTION(".rela.debug_info"));
	REFUSED("everything.o", SECTION(".data")->sh_flags = 0, -ENOEXEC, RELOCATE,
		"relocation against a section that is not loaded");
}

static void R03_entry_size(void **state)
{
	static const uint64_t sizes[] = {0, 8, 16, 23, 25, 48, ~0ull};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		REFUSED("everything.o", SECTION(".rela.text")->sh_entsize = sizes[i], -ENOEXEC,
			RELOCATE, "wrong size of relocation section");
	REFUSED("everything.o", SECTION(".rela.text")->sh_size--, -ENOEXEC, RELOCATE,
		"wrong size of relocation section");
	/* Entries without addends are shorter. */
	REFUSED("everything.o", SECTION(".rela.text")->sh_type = SHT_REL, -ENOEXEC, RELOCATE,
		"wrong size of relocation section");
	REFUSED("everything.o", SECTION(".rela.text")->sh_type = SHT_CREL, -ENOEXEC, RELOCATE,
		"compact relocations end before their section does");
	REFUSED("everything.o", SECTION(".rela.text")->sh_link = image_index(&image, ".strtab"),
		-ENOEXEC, RELOCATE, "relocations against another symbol table");
}

static void R04_place_outside_section(void **state)
{
	static const char outside[] = "relocation outside its section";

	(void)state;
	for (uint64_t back = 0; back < 4; back++) {
		REFUSED("everything.o", TEXT_RELA->r_offset = SECTION(".text")->sh_size - back,
			-ENOEXEC, RELOCATE, outside);
		assert_string_equal(refusal.section, ".text");
		assert_string_equal(refusal.symbol, "firmware_add");
		assert_string_equal(refusal.relocation, "R_X86_64_PLT32");
		assert_true(refusal.has_offset);
	}
	for (uint64_t back = 0; back < 8; back++)
		REFUSED("everything.o",
			RELA(".rela.data.rel.local", 0)->r_offset = 8 - back + !back, -ENOEXEC,
			RELOCATE, outside);
	REFUSED("everything.o", TEXT_RELA->r_offset = 0xfffffffffffffffc, -ENOEXEC, RELOCATE,
		outside);
	REFUSED("everything.o", TEXT_RELA->r_offset = 0xfffffffc, -ENOEXEC, RELOCATE, outside);
	LOADS("everything.o", TEXT_RELA->r_offset = SECTION(".text")->sh_size - 4);
	LOADS("everything.o", TEXT_RELA->r_offset = 1); /* x86-64 has no alignment to respect */
}

static void R05_against_no_symbol(void **state)
{
	static const uint32_t symbols[] = {0xffffff, 0xffffffff, 0x80000000};

	(void)state;
	for (size_t i = 0; i < COUNT(symbols); i++)
		REFUSED("everything.o", TEXT_RELA->r_info = INFO(symbols[i], 4), -ENOEXEC, RELOCATE,
			"relocation against no symbol");
	REFUSED("everything.o", TEXT_RELA->r_info = INFO(image_symbol_count(&image), 4), -ENOEXEC,
		RELOCATE, "relocation against no symbol");
}

static void R06_type_not_supported(void **state)
{
	static const uint32_t unknown[] = {5, 37, 38, 39, 40, 43, 255, 256, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < COUNT(unknown); i++) {
		REFUSED("everything.o", RETYPE(TEXT_RELA, unknown[i]), -ENOTSUP, RELOCATE,
			"relocation type is not supported");
		assert_int_equal(refusal.relocation_type, unknown[i]);
	}
	for (uint32_t type = 17; type <= 23; type++) {
		REFUSED("everything.o", RETYPE(TEXT_RELA, type), -ENOEXEC, RELOCATE,
			"relocation for a thread-local variable against something else");
		assert_string_equal(refusal.symbol, "firmware_add");
	}
	REFUSED("everything.o", RETYPE(TEXT_RELA, 16), -ENOEXEC, RELOCATE,
		"dynamic relocation in a relocatable file");
}

static void R07_out_of_reach(void **state)
{
	(void)state;
	/* A short branch, which no veneer can help. */
	REFUSED("everything.o", RETYPE(TEXT_RELA, 15), -ENOEXEC, RELOCATE,
		"relocation is out of range");
	assert_string_equal(refusal.relocation, "R_X86_64_PC8");
	assert_true(refusal.has_values);
	REFUSED("everything.o", TEXT_RELA->r_addend = 1ll << 40, -ENOEXEC, RELOCATE,
		"relocation is out of range");
}

static void R09_dynamic_type_in_an_object(void **state)
{
	(void)state;
	for (uint32_t type = 6; type <= 8; type++)
		REFUSED("everything.o", RETYPE(TEXT_RELA, type), -ENOEXEC, RELOCATE,
			"dynamic relocation in a relocatable file");
}

static void R12_constants_are_relocated_before_they_are_sealed(void **state)
{
	(void)state;
	LOADS("everything.o", (void)SECTION(".rela.data.rel.ro.local"));
	LOADS("clang.o", (void)SECTION(".rela.rodata.reltable.work"));
}

static void R13_relocations_that_patch_themselves(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(".data")->sh_offset = SECTION(".rela.text")->sh_offset;
		SECTION(".data")->sh_size = SECTION(".rela.text")->sh_size, -ENOEXEC, ELF,
		"section overlaps another one");
	/* A section that is not loaded is not relocated, so it cannot patch itself. */
	LOADS("everything.o", SECTION(".rela.text")->sh_info = image_index(&image, ".rela.text"));
}

static void R14_more_relocations_than_file(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(".rela.text")->sh_size = (1ull << 28) * 24, -ENOEXEC, ELF,
		"section does not lie inside the file");
}

static void R15_one_byte_behind_the_end(void **state)
{
	struct image image = image_read("everything.o");
	elf_rela_t last = *TEXT_RELA;

	(void)state;
	image_replace(&image, ".rela.text", &last, sizeof(last));
	loads(&image);
	image.size--;
	refused(&image, -ENOEXEC, LLEXT_STAGE_ELF, "section does not lie inside the file");
	image_free(&image);
}

/* ---- unwind tables: what the unwinder would read without running any of the code ---- */

static const char table_refused[] = "the port refused the unwind table";

/* In assembled.o's .eh_frame: the CIE's augmentation is "zR", its FDE follows at 24. */
#define FRAME       image_bytes(&image, ".eh_frame")
#define LETTERS     (FRAME + 9)
#define DATA        (FRAME + 16)
#define FDE         24
#define FDE_RELA(i) image_relocation(&image, ".rela.eh_frame", i)

static void unwind_lengths(void **state)
{
	static const uint32_t lengths[] = {1, 3, 21, 0x7fffffff, 0xfffffffe, 0xffffffff};

	(void)state;
	LOADS("assembled.o", assert_int_equal(FRAME[0], 20); assert_int_equal(FRAME[FDE], 20));
	for (size_t i = 0; i < COUNT(lengths); i++)
		REFUSED("assembled.o", memcpy(FRAME, &lengths[i], 4), -ENOEXEC, PROTECT,
			table_refused);
	REFUSED("assembled.o", memset(FRAME + FDE + 4, 0x7f, 4), -ENOEXEC, PROTECT, table_refused);
	/* The last record reaches into the word that ends the table. */
	REFUSED("assembled.o", FRAME[FDE] = 24, -ENOEXEC, PROTECT, table_refused);
}

static void unwind_encodings(void **state)
{
	/* Fetched from elsewhere, LEB128, relative to nothing known, none at all. */
	static const uint8_t wrong[] = {0x9b, 0x80, 0x01, 0x09, 0x2b, 0x3b, 0x4b, 0x50, 0xff};

	(void)state;
	assert_true(COUNT(wrong) > 0);
	for (size_t i = 0; i < COUNT(wrong); i++)
		REFUSED("assembled.o", assert_int_equal(DATA[0], 0x1b);
			DATA[0] = wrong[i], -ENOEXEC, PROTECT, table_refused);
}

static void unwind_letters(void **state)
{
	(void)state;
	REFUSED("assembled.o", assert_memory_equal(LETTERS, "zR", 3);
		LETTERS[0] = 'y', -ENOEXEC, PROTECT, table_refused);
	REFUSED("assembled.o", LETTERS[1] = 'Q', -ENOEXEC, PROTECT, table_refused);
	REFUSED("assembled.o", memset(FRAME + 8, 'z', 16), -ENOEXEC, PROTECT, table_refused);
}

static void unwind_of_code_that_is_not_the_extensions(void **state)
{
	(void)state;
	/* The range of the FDE is that of the firmware's function. */
	REFUSED("objects.o",
		FDE_RELA(1)->r_info = INFO(
			ELF_R_SYM(
				image_relocation_to(&image, ".rela.text", "firmware_add")->r_info),
			2),
		-ENOEXEC, PROTECT, table_refused);
	REFUSED("objects.o", FDE_RELA(1)->r_addend += 1 << 20, -ENOEXEC, PROTECT, table_refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R01_for_no_section),
		cmocka_unit_test(R02_for_a_section_without_bytes),
		cmocka_unit_test(R03_entry_size),
		cmocka_unit_test(R04_place_outside_section),
		cmocka_unit_test(R05_against_no_symbol),
		cmocka_unit_test(R06_type_not_supported),
		cmocka_unit_test(R07_out_of_reach),
		cmocka_unit_test(R09_dynamic_type_in_an_object),
		cmocka_unit_test(R12_constants_are_relocated_before_they_are_sealed),
		cmocka_unit_test(R13_relocations_that_patch_themselves),
		cmocka_unit_test(R14_more_relocations_than_file),
		cmocka_unit_test(R15_one_byte_behind_the_end),
		cmocka_unit_test(unwind_lengths),
		cmocka_unit_test(unwind_encodings),
		cmocka_unit_test(unwind_letters),
		cmocka_unit_test(unwind_of_code_that_is_not_the_extensions),
	};

	return cmocka_run_group_tests_name("hostile-relocations", tests, hostile_setup,
					   hostile_teardown);
}
