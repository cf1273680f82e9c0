/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unwind tables, of x86-64: what the unwinder of the machine that the test runs on would read
 * without running any of the code. And what else only files for this machine have.
 */
#include "check.h"

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
		FDE_RELA(1)->r_info = ELF_R_INFO(
			ELF_R_SYM(
				image_relocation_to(&image, ".rela.text", "firmware_add")->r_info),
			2),
		-ENOEXEC, PROTECT, table_refused);
	REFUSED("objects.o", FDE_RELA(1)->r_addend += 1 << 20, -ENOEXEC, PROTECT, table_refused);
}

/*
 * In objects.o: the first FDE gets an absolute start and a range of eight bytes each, for which it
 * takes the place of the second; the last one, which has the same CIE, is cut off.
 */
static void widen(struct image *image, int64_t addend)
{
	uint8_t *frame = image_bytes(image, ".eh_frame");
	elf_rela_t *start = image_relocation(image, ".rela.eh_frame", 0);

	frame[16] = 0x04; /* udata8 */
	assert_int_equal(frame[FDE], 16);
	frame[FDE] = 36;
	memset(frame + FDE + 8, 0, 16);
	frame[FDE + 16] = 1; /* the range */
	memset(frame + 0x8c, 0, 4);
	start->r_info = ELF_R_INFO(ELF_R_SYM(start->r_info), 1); /* R_X86_64_64 */
	start->r_addend = addend;
}

static void unwind_wide_addresses(void **state)
{
	(void)state;
	LOADS("objects.o", widen(&image, 0));
	REFUSED("objects.o", widen(&image, 1 << 20), -ENOEXEC, PROTECT, table_refused);
	/* Every bit counts, the highest too. */
	REFUSED("objects.o", widen(&image, INT64_MIN), -ENOEXEC, PROTECT, table_refused);
}

static void sections_of_x86(void **state)
{
	(void)state;
	LOADS("assembled.o",
	      (void)SECTION(".rela.debug_info")); /* .eh_frame is of type X86_64_UNWIND */
	LOADS("clang.o", (void)SECTION(".rela.rodata.reltable.work"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unwind_lengths),
		cmocka_unit_test(unwind_encodings),
		cmocka_unit_test(unwind_letters),
		cmocka_unit_test(unwind_of_code_that_is_not_the_extensions),
		cmocka_unit_test(unwind_wide_addresses),
		cmocka_unit_test(sections_of_x86),
	};

	return cmocka_run_group_tests_name("hostile-unwind", tests, hostile_setup,
					   hostile_teardown);
}
