/* SPDX-License-Identifier: Apache-2.0 */
/* Relocations. */
#include "check.h"

#define TABLE             SECTION(REL(".text"))
#define CALL              image_relocation_to(&image, REL(".text"), "firmware_add")
#define RETYPE(rel, type) ((rel)->r_info = ELF_R_INFO(ELF_R_SYM((rel)->r_info), type))

static void R01_for_no_section(void **state)
{
	static const uint32_t values[] = {0, 100, 0x7fffffff, 0x80000000, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		REFUSED("everything.o", TABLE->sh_info = values[i], -ENOEXEC, RELOCATE,
			"relocations for no section");
		assert_string_equal(refusal.section, REL(".text"));
	}
	REFUSED("everything.o", TABLE->sh_info = HEADER->e_shnum, -ENOEXEC, RELOCATE,
		"relocations for no section");
}

static void R02_for_a_section_without_bytes(void **state)
{
	(void)state;
	REFUSED("everything.o", TABLE->sh_info = image_index(&image, ".bss"), -ENOEXEC, RELOCATE,
		"relocations for a section without bytes");
	/* What is not loaded is not relocated: debug information. */
	LOADS("everything.o", TABLE->sh_info = image_index(&image, NOT_LOADED));
	REFUSED("everything.o", SECTION(".data")->sh_flags = 0, -ENOEXEC, RELOCATE,
		"relocation against a section that is not loaded");
}

static void R03_entry_size(void **state)
{
	static const elf_xword sizes[] = {0,
					  sizeof(elf_addr),
					  REL_BYTES / 2,
					  sizeof(elf_rel_t) + sizeof(elf_rela_t) -
						  REL_BYTES, /* the other kind */
					  REL_BYTES - 1,
					  REL_BYTES + 1,
					  2 * REL_BYTES,
					  ~(elf_xword)0};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		REFUSED("everything.o", TABLE->sh_entsize = sizes[i], -ENOEXEC, RELOCATE,
			"wrong size of relocation section");
	REFUSED("everything.o", TABLE->sh_size--, -ENOEXEC, RELOCATE,
		"wrong size of relocation section");
	/* Entries of the other kind have another size. */
	REFUSED("everything.o", TABLE->sh_type = SHT_REL + SHT_RELA - IMAGE_REL_TYPE, OTHER_ERROR,
		RELOCATE, OTHER_REASON);
	REFUSED("everything.o", TABLE->sh_type = SHT_CREL;
		image_bytes(&image, REL(".text"))[0] = 4, -ENOEXEC, RELOCATE,
		"compact relocations end before their section does");
	REFUSED("everything.o", TABLE->sh_link = image_index(&image, ".strtab"), -ENOEXEC, RELOCATE,
		"relocations against another symbol table");
}

static void R04_place_outside_section(void **state)
{
	static const char outside[] = "relocation outside its section";

	(void)state;
	for (unsigned int back = 0; back < CALL_BYTES; back++) {
		REFUSED("everything.o", CALL->r_offset = SECTION(".text")->sh_size - back, -ENOEXEC,
			RELOCATE, outside);
		assert_string_equal(refusal.section, ".text");
		assert_string_equal(refusal.symbol, "firmware_add");
		assert_string_equal(refusal.relocation, CALL_NAME);
		assert_true(refusal.has_offset);
	}
	for (unsigned int back = 0; back < sizeof(elf_addr); back++)
		REFUSED("everything.o",
			image_relocation(&image, REL(POINTERS), 0)->r_offset =
				SECTION(POINTERS)->sh_size - back + !back,
			-ENOEXEC, RELOCATE, outside);
	REFUSED("everything.o", CALL->r_offset = ~(elf_addr)0 - 3, -ENOEXEC, RELOCATE, outside);
	REFUSED("everything.o", CALL->r_offset = 0xfffffffc, -ENOEXEC, RELOCATE, outside);
}

/* What lies at the place is an instruction for the relocation, or not. */
static void R04_place_inside_section(void **state)
{
	(void)state;
	LOADS("everything.o", RETYPE(CALL, WORD_TYPE);
	      CALL->r_offset = SECTION(".text")->sh_size - sizeof(elf_addr));
#if LLEXT_TARGET_X86_64
	/* No alignment to respect, and any four bytes are one. */
	LOADS("everything.o", CALL->r_offset = SECTION(".text")->sh_size - CALL_BYTES);
	LOADS("everything.o", CALL->r_offset = 1);
#else
	REFUSED("everything.o", CALL->r_offset = 1, -ENOEXEC, RELOCATE, "relocation is misaligned");
	REFUSED("everything.o", CALL->r_offset += CODE_STEP, -ENOEXEC, RELOCATE,
		"not the instruction that the relocation is for");
#endif
}

static void R05_against_no_symbol(void **state)
{
	static const uint32_t symbols[] = {0xffffff, ELF_R_SYM(TOP_BIT), ELF_R_SYM(~(elf_xword)0)};

	(void)state;
	for (size_t i = 0; i < COUNT(symbols); i++)
		REFUSED("everything.o", CALL->r_info = ELF_R_INFO(symbols[i], WORD_TYPE), -ENOEXEC,
			RELOCATE, "relocation against no symbol");
	REFUSED("everything.o", CALL->r_info = ELF_R_INFO(image_symbol_count(&image), WORD_TYPE),
		-ENOEXEC, RELOCATE, "relocation against no symbol");
}

static void R06_type_not_supported(void **state)
{
	static const uint32_t unknown[] = {UNKNOWN_TYPES}, tls[] = {TLS_TYPES};

	(void)state;
	for (size_t i = 0; i < COUNT(unknown); i++) {
		REFUSED("everything.o", RETYPE(CALL, unknown[i]), -ENOTSUP, RELOCATE,
			"relocation type is not supported");
		assert_int_equal(refusal.relocation_type, unknown[i]);
	}
	for (size_t i = 0; i < COUNT(tls); i++) {
		REFUSED("everything.o", RETYPE(CALL, tls[i]), -ENOEXEC, RELOCATE,
			"relocation for a thread-local variable against something else");
		assert_string_equal(refusal.symbol, "firmware_add");
	}
}

static void R07_out_of_reach(void **state)
{
	(void)state;
	/* So short that no veneer can help. */
	REFUSED("everything.o", RETYPE(CALL, NEAR_TYPE), -ENOEXEC, RELOCATE,
		"relocation is out of range");
	assert_string_equal(refusal.relocation, NEAR_NAME);
	assert_true(refusal.has_values);
#if LLEXT_TARGET_64BIT
	REFUSED("everything.o", CALL->r_addend = FAR_OFF, -ENOEXEC, RELOCATE,
		"relocation is out of range");
#endif
}

static void R09_dynamic_type_in_an_object(void **state)
{
	static const uint32_t dynamic[] = {DYNAMIC_TYPES};

	(void)state;
	for (size_t i = 0; i < COUNT(dynamic); i++)
		REFUSED("everything.o", RETYPE(CALL, dynamic[i]), -ENOEXEC, RELOCATE,
			"dynamic relocation in a relocatable file");
}

static void R12_constants_are_relocated_before_they_are_sealed(void **state)
{
	(void)state;
	LOADS("everything.o", (void)SECTION(REL(CONSTANTS)));
}

static void R13_relocations_that_patch_themselves(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(".data")->sh_offset = TABLE->sh_offset;
		SECTION(".data")->sh_size = TABLE->sh_size, -ENOEXEC, ELF,
		"section overlaps another one");
	/* A section that is not loaded is not relocated, so it cannot patch itself. */
	LOADS("everything.o", TABLE->sh_info = image_index(&image, REL(".text")));
}

static void R14_more_relocations_than_file(void **state)
{
	(void)state;
	REFUSED("everything.o", TABLE->sh_size = ((elf_xword)1 << 28) * REL_BYTES, -ENOEXEC, ELF,
		"section does not lie inside the file");
}

static void R15_one_byte_behind_the_end(void **state)
{
	struct image image = image_read("everything.o");
	image_rel_t last = *CALL;

	(void)state;
	image_replace(&image, REL(".text"), &last, sizeof(last));
	loads(&image);
	image.size--;
	refused(&image, -ENOEXEC, LLEXT_STAGE_ELF, "section does not lie inside the file");
	image_free(&image);
}

/* The second finds an addend that nobody had before the first was applied. */
static void R16_two_for_one_branch(void **state)
{
	(void)state;
#if LLEXT_TARGET_ARM
	REFUSED("everything.o", CALL[1] = CALL[0], -ENOEXEC, RELOCATE,
		"relocation is out of range");
#else
	LOADS("everything.o", CALL[1] = CALL[0]);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R01_for_no_section),
		cmocka_unit_test(R02_for_a_section_without_bytes),
		cmocka_unit_test(R03_entry_size),
		cmocka_unit_test(R04_place_outside_section),
		cmocka_unit_test(R04_place_inside_section),
		cmocka_unit_test(R05_against_no_symbol),
		cmocka_unit_test(R06_type_not_supported),
		cmocka_unit_test(R07_out_of_reach),
		cmocka_unit_test(R09_dynamic_type_in_an_object),
		cmocka_unit_test(R12_constants_are_relocated_before_they_are_sealed),
		cmocka_unit_test(R13_relocations_that_patch_themselves),
		cmocka_unit_test(R14_more_relocations_than_file),
		cmocka_unit_test(R15_one_byte_behind_the_end),
		cmocka_unit_test(R16_two_for_one_branch),
	};

	return cmocka_run_group_tests_name("hostile-relocations", tests, hostile_setup,
					   hostile_teardown);
}
