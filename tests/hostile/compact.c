/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compact relocations (SHT_CREL), byte by byte: those of .text in a packed file, which are read
 * once, when the section is placed; and in the same file without its note, a plain one, where they
 * are counted first.
 */
#include "check.h"

#define ADDENDS                   4u
#define TEXT_BYTES                (32 + sizeof(elf_addr))
#define HEADER_BYTE(count, shift) ((count) << 3 | ADDENDS | (shift))

static const char no_header[] = "malformed compact relocations: no header";
static const char malformed[] = "malformed compact relocation";
static const char too_many[] = "more compact relocations than bytes";
static const char too_few[] = "compact relocations end before their section does";
static const char outside[] = "relocation outside its section";

static void replace(struct image *image, const uint8_t *bytes, size_t size)
{
	image_set_bytes(image, ".crel.text", bytes, size);
	/* So that the last place for a word is the same for every machine. */
	assert_true(image_section(image, ".text")->sh_size >= TEXT_BYTES);
	image_section(image, ".text")->sh_size = TEXT_BYTES;
}

static void both_refuse(const uint8_t *bytes, size_t size, int rc, const char *what)
{
	PACKED_REFUSED("packed.o", replace(&image, bytes, size), rc, PLACE, what);
	REFUSED("packed.o", replace(&image, bytes, size);
		SECTION(".note.llext")->sh_name++, rc, RELOCATE, what);
}

static void both_load(const uint8_t *bytes, size_t size)
{
	PACKED_LOADS("packed.o", replace(&image, bytes, size));
	LOADS("packed.o", replace(&image, bytes, size); SECTION(".note.llext")->sh_name++);
}

#define BYTES(...)         (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})
#define BAD(rc, what, ...) both_refuse(BYTES(__VA_ARGS__), rc, what)
#define GOOD(...)          both_load(BYTES(__VA_ARGS__))
#define FOUR(byte)         byte, byte, byte, byte
#define NINE(byte)         FOUR(byte), FOUR(byte), byte
/* A number as wide as an address; and what is missing of it behind its lowest four bits. */
#if LLEXT_TARGET_64BIT
#define ALL_ONES      NINE(0xff), 0x01
#define ONES_BEHIND_4 FOUR(0xff), FOUR(0xff), 0x0f
#else
#define ALL_ONES      FOUR(0xff), 0x0f
#define ONES_BEHIND_4 0xff, 0xff, 0xff, 0x7f
#endif
#define SYMBOL_1(place) (place) << 3 | 3, 1, WORD_TYPE

static void header(void **state)
{
	(void)state;
	GOOD(HEADER_BYTE(0, 0));
	GOOD(HEADER_BYTE(1, 0), SYMBOL_1(0));
	PACKED_REFUSED("packed.o", SECTION(".crel.text")->sh_size = 0, -ENOEXEC, PLACE, no_header);
	assert_string_equal(refusal.section, ".crel.text");
	BAD(-ENOEXEC, no_header, 0x80);
	BAD(-ENOEXEC, no_header, NINE(0x80), 0x80);
	BAD(-ENOEXEC, no_header, 0x8c, NINE(0x80), 0x00, SYMBOL_1(0));
	/* Longer than it need be, it still is a number; but it must fit. */
	GOOD(0x8c, FOUR(0x80), FOUR(0x80), 0x00, SYMBOL_1(0));
	BAD(-ENOEXEC, no_header, 0x8c, FOUR(0x80), FOUR(0x80), 0x02, SYMBOL_1(0));
	BAD(-ENOEXEC, ELF_CLASS == 2 ? too_many : no_header, 0x8c, FOUR(0x80), FOUR(0x80), 0x01,
	    SYMBOL_1(0));
	BAD(-ENOEXEC, too_many, 0x8c, 0x80, 0x80, 0x80, 0x0f, SYMBOL_1(0));
}

static void count(void **state)
{
	(void)state;
	BAD(-ENOEXEC, too_few, HEADER_BYTE(0, 0), SYMBOL_1(0));
	BAD(-ENOEXEC, too_few, HEADER_BYTE(1, 0), SYMBOL_1(0), 0);
	BAD(-ENOEXEC, malformed, HEADER_BYTE(2, 0), SYMBOL_1(0));
	BAD(-ENOEXEC, malformed, HEADER_BYTE(1, 0));
	BAD(-ENOEXEC, malformed, HEADER_BYTE(3, 0), SYMBOL_1(0), 0x00);
	BAD(-ENOEXEC, too_many, HEADER_BYTE(5, 0), SYMBOL_1(0));
	BAD(-ENOEXEC, too_many, ALL_ONES);
	assert_string_equal(refusal.section, ".crel.text");
}

static void places(void **state)
{
	(void)state;
	for (unsigned int shift = 0; shift < 4; shift++)
		GOOD(HEADER_BYTE(1, shift), SYMBOL_1(4));
	BAD(-ENOEXEC, outside, HEADER_BYTE(1, 3), SYMBOL_1(5));
	GOOD(HEADER_BYTE(1, 0), 0x83, 2, 1, WORD_TYPE);
	BAD(-ENOEXEC, outside, HEADER_BYTE(1, 0), 0x8b, 2, 1, WORD_TYPE);
	assert_int_equal(refusal.offset, 33);
	/* Differences that make the place wrap: down again, and far outside. */
	GOOD(HEADER_BYTE(2, 0), SYMBOL_1(8), 0xc0, ONES_BEHIND_4);
	BAD(-ENOEXEC, outside, HEADER_BYTE(2, 0), SYMBOL_1(8), 0xb8, ONES_BEHIND_4);
	BAD(-ENOEXEC, outside, HEADER_BYTE(1, 3), 0x83, ONES_BEHIND_4, 1, WORD_TYPE);
	/* Numbers that do not end, are too long, do not fit. */
	BAD(-ENOEXEC, malformed, HEADER_BYTE(1, 0), 0x83);
	BAD(-ENOEXEC, malformed, HEADER_BYTE(1, 0), 0x83, 0x80);
	BAD(-ENOEXEC, malformed, HEADER_BYTE(1, 0), 0x83, NINE(0x80), 0x80, 0x00, 1, WORD_TYPE);
	BAD(-ENOEXEC, malformed, HEADER_BYTE(1, 0), 0x83, NINE(0x80), 0x02, 1, WORD_TYPE);
	GOOD(HEADER_BYTE(1, 0), 0x83, NINE(0x80), 0x00, 1, WORD_TYPE);
}

static void addends(void **state)
{
	(void)state;
#if LLEXT_TARGET_RISCV32 || LLEXT_TARGET_RISCV64
	BAD(OTHER_ERROR, OTHER_REASON, 1 << 3, 24 << 2 | 3, 1, WORD_TYPE);
#else
	/* Without, they are in the place, and an entry has a flag less and more of the place. */
	GOOD(1 << 3, 24 << 2 | 3, 1, WORD_TYPE);
	BAD(-ENOEXEC, outside, 1 << 3, 0x80 | 1 << 2 | 3, 1, 1, WORD_TYPE);
	assert_int_equal(refusal.offset, 33);
	BAD(-ENOEXEC, too_few, 1 << 3, 3, 1, WORD_TYPE, 0);
#endif
	GOOD(HEADER_BYTE(1, 0), 7, 1, WORD_TYPE, NINE(0xff), 0x00);
	BAD(-ENOEXEC, malformed, HEADER_BYTE(1, 0), 7, 1, WORD_TYPE);
	BAD(-ENOEXEC, malformed, HEADER_BYTE(1, 0), 7, 1, WORD_TYPE, 0x80);
	BAD(-ENOEXEC, malformed, HEADER_BYTE(1, 0), 7, 1, WORD_TYPE, NINE(0xff), 0xff, 0x00);
}

static void symbols_and_types(void **state)
{
	static const char no_symbol[] = "relocation against no symbol";
	static const char unknown[] = "relocation type is not supported";
	/* In a file of 32 bits a symbol has 24 of them, and a type eight. */
	const bool wide = ELF_CLASS == 2;
	const char *negative = wide ? no_symbol : malformed;
	static const uint8_t dynamic[] = {DYNAMIC_TYPES};
	struct image image = image_read("packed.o");
	const uint8_t symbols = (uint8_t)image_symbol_count(&image);

	(void)state;
	image_free(&image);
	GOOD(HEADER_BYTE(1, 0), 3, symbols - 1, WORD_TYPE);
	BAD(-ENOEXEC, no_symbol, HEADER_BYTE(1, 0), 3, symbols, 1);
	BAD(-ENOEXEC, negative, HEADER_BYTE(1, 0), 3, 0x7f, 1); /* -1 */
	BAD(-ENOEXEC, negative, HEADER_BYTE(2, 0), SYMBOL_1(0), 1, 0x7e);
	BAD(-ENOEXEC, negative, HEADER_BYTE(1, 0), 3, FOUR(0x80), 0x04, 1);
	BAD(-ENOEXEC, negative, HEADER_BYTE(1, 0), 3, FOUR(0x80), 0x08, 1);
	BAD(-ENOEXEC, no_symbol, HEADER_BYTE(1, 0), 3, 0x80, 0x80, 0x80, 0x04, 1);
	BAD(-ENOEXEC, malformed, HEADER_BYTE(1, 0), 3, 0x80);
	BAD(-ENOEXEC, malformed, HEADER_BYTE(1, 0), 3, 1, 0x80);
	BAD(-ENOEXEC, malformed, HEADER_BYTE(1, 0), 3, NINE(0x80), 0x80, 0x00, 1);
	BAD(wide ? -ENOTSUP : -ENOEXEC, wide ? unknown : malformed, HEADER_BYTE(1, 0), 3, 1, 0x7f);
	assert_int_equal(refusal.relocation_type, wide ? 0xffffffff : 0);
	BAD(-ENOTSUP, unknown, HEADER_BYTE(1, 0), 3, 1, 0xff, 0x01);
	for (size_t i = 0; i < COUNT(dynamic); i++)
		BAD(-ENOEXEC, "dynamic relocation in a relocatable file", HEADER_BYTE(1, 0), 3, 1,
		    dynamic[i]);
	/* Changes go both ways, and back. */
	GOOD(HEADER_BYTE(3, 2), SYMBOL_1(0), 2 << 3 | 1, 3, 2 << 3 | 1, 0x7d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header),
		cmocka_unit_test(count),
		cmocka_unit_test(places),
		cmocka_unit_test(addends),
		cmocka_unit_test(symbols_and_types),
	};

	return cmocka_run_group_tests_name("hostile-compact", tests, hostile_setup,
					   hostile_teardown);
}
