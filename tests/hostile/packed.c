/* SPDX-License-Identifier: Apache-2.0 */
/* Packed files: the note that says what is coming, imports bound to the firmware's table, order. */
#include "check.h"

/* Words of the note, behind its header and its name. */
enum word {
	VERSION,
	FLAGS,
	GOT_FIRST,
	GOT_COUNT,
	VENEER_FIRST,
	VENEER_COUNT,
	HIGH_COUNT,
	RELOCATION_COUNT,
	FINGERPRINT_LOW,
	FINGERPRINT_HIGH
};

#define BOUND 1u
#define NAMES 2u

#define NOTE          ((uint32_t *)(void *)image_bytes(&image, ".note.llext"))
#define WORD(number)  (NOTE[5 + (number)])
#define AT(index)     image_symbol_at(&image, index)
#define SYMBOL_COUNT  image_symbol_count(&image)
#define IMPORTS_COUNT 13u /* the exports of world.c */
#define ADD           9   /* firmware_add */

static const char malformed[] = "malformed note of a packed file";
static const char too_much[] = "the note of a packed file counts more than there is";
static const char cannot_seek[] = "the loader cannot seek: that takes a packed file (tenon pack)";
static const char nameless[] = "export without a name";
static const char unbound[] = "import that is bound to nothing";

static void good_ones_load(void **state)
{
	static const char *const names[] = {
		"packed.o",
		"packed_bound.o",
		"packed_everything.o",
		"packed_plain.o",
		"packed_objects.o",
		"packed_everything_bound.o",
		"packed_small.o",
		"packed_everything_apart.o",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		PACKED_LOADS(names[i], (void)image);
}

/* ---- the note ---- */

static void note_header(void **state)
{
	static const uint64_t sizes[] = {0, 1, 20, 56, 59};
	static const uint32_t values[] = {0, 1, 5, 7, 36, 44, 0x7fffffff, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		PACKED_REFUSED("packed.o", SECTION(".note.llext")->sh_size = sizes[i], -ENOEXEC,
			       ELF, malformed);
	assert_string_equal(refusal.section, ".note.llext");
	/* Longer, it is not in the way of the next section: that is moved. */
	PACKED_REFUSED("packed_bound.o", SECTION(".note.llext")->sh_size = 61;
		       SECTION(".strtab")->sh_offset++;
		       SECTION(".strtab")->sh_size--, -ENOEXEC, ELF, malformed);
	PACKED_REFUSED("packed.o", SECTION(".note.llext")->sh_flags = SHF_ALLOC, -ENOEXEC, ELF,
		       malformed);
	for (size_t i = 0; i < COUNT(values); i++) {
		PACKED_REFUSED("packed.o", NOTE[0] = values[i], -ENOEXEC, ELF, malformed);
		PACKED_REFUSED("packed.o", NOTE[1] = values[i], -ENOEXEC, ELF, malformed);
		if (values[i] != 1)
			PACKED_REFUSED("packed.o", NOTE[2] = values[i], -ENOEXEC, ELF, malformed);
	}
	for (size_t i = 0; i < 8; i++)
		PACKED_REFUSED("packed.o", image_bytes(&image, ".note.llext")[12 + i]++, -ENOEXEC,
			       ELF, malformed);
}

static void version(void **state)
{
	static const uint32_t values[] = {0, 3, 0x100, 0x80000001, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		PACKED_REFUSED("packed.o", WORD(VERSION) = values[i], -ENOTSUP, ELF,
			       "packed in a way that this version does not know");
		assert_int_equal(refusal.expected, 2);
		assert_int_equal(refusal.found, values[i]);
		assert_string_equal(refusal.section, ".note.llext");
	}
}

static void ranges_of_symbols(void **state)
{
	static const enum word firsts[] = {GOT_FIRST, VENEER_FIRST};

	(void)state;
	for (size_t i = 0; i < COUNT(firsts); i++) {
		enum word first = firsts[i], count = first + 1;

		PACKED_REFUSED("packed.o", WORD(first) = SYMBOL_COUNT - WORD(count) + 1, -ENOEXEC,
			       ELF, too_much);
		PACKED_REFUSED("packed.o", WORD(count) = SYMBOL_COUNT - WORD(first) + 1, -ENOEXEC,
			       ELF, too_much);
		PACKED_REFUSED("packed.o", WORD(first) = SYMBOL_COUNT + 1;
			       WORD(count) = 0, -ENOEXEC, ELF, too_much);
		PACKED_REFUSED("packed.o", WORD(first) = 0xffffffff, -ENOEXEC, ELF, too_much);
		PACKED_REFUSED("packed.o", WORD(count) = 0xffffffff, -ENOEXEC, ELF, too_much);
		PACKED_REFUSED("packed.o", WORD(count) = 0 - WORD(first), -ENOEXEC, ELF, too_much);
	}
	/* An empty range may begin at the end. */
	PACKED_LOADS("packed.o", WORD(VENEER_FIRST) = SYMBOL_COUNT; WORD(VENEER_COUNT) = 0);
}

static void got_range(void **state)
{
	static const char unloaded[] = "GOT entry for a symbol that is not loaded";

	(void)state;
	PACKED_REFUSED("packed_got.o", WORD(GOT_FIRST) = 0, -ENOEXEC, RELOCATE, unloaded);
	assert_string_equal(refusal.section, ".note.llext");
	PACKED_REFUSED("packed_got.o",
		       AT(WORD(GOT_FIRST))->st_shndx =
			       (elf_half)image_index(&image, ".gnu_debuglink"),
		       -ENOEXEC, RELOCATE, unloaded);
	/* Fewer than the relocations need. */
	PACKED_REFUSED("packed_got.o", WORD(GOT_COUNT) = 0, -ENOEXEC, PLACE,
		       "a packed file names no such GOT entry");
	assert_string_equal(refusal.section, ".text");
	PACKED_REFUSED("packed_got.o", WORD(GOT_COUNT)--, -ENOEXEC, PLACE,
		       "a packed file names no such GOT entry");
	/* More than they need costs memory only. */
	PACKED_LOADS("packed_got.o", WORD(GOT_FIRST) = 1; WORD(GOT_COUNT) = SYMBOL_COUNT - 1);
}

static void veneer_range(void **state)
{
	static const char no_branch[] = "veneer for what is no relocation of a branch";
	static const elf_xword types[] = {0, 1, 9, 100, 255, 0xffffffff, TOP_BIT | CALL_TYPE};

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		PACKED_REFUSED("packed_bound.o", SYMBOL("firmware_add")->st_size = types[i],
			       -ENOEXEC, SYMBOLS, no_branch);
		assert_string_equal(refusal.section, ".note.llext");
	}
	PACKED_REFUSED("packed.o", WORD(VENEER_FIRST) = 0;
		       WORD(VENEER_COUNT) = SYMBOL_COUNT, -ENOEXEC, SYMBOLS, no_branch);
	/* Of the second import, but not of the first one, whose type is none of a branch, either.
	 */
	PACKED_REFUSED("packed_bound.o", AT(WORD(VENEER_FIRST))->st_size = 0;
		       AT(++WORD(VENEER_FIRST))->st_size = 0;
		       WORD(VENEER_COUNT)--, -ENOEXEC, SYMBOLS, no_branch);
	/* Of its own symbols nothing is asked; and here all is within reach. */
	PACKED_LOADS("packed.o", WORD(VENEER_FIRST) = 0; WORD(VENEER_COUNT) = 5);
	PACKED_LOADS("packed.o", WORD(VENEER_COUNT) = 0);
}

static void counts(void **state)
{
	(void)state;
	PACKED_REFUSED("packed.o", WORD(HIGH_COUNT) = WORD(RELOCATION_COUNT) + 1, -ENOEXEC, ELF,
		       too_much);
	PACKED_REFUSED("packed.o", WORD(RELOCATION_COUNT) = (uint32_t)image.size + 1, -ENOEXEC, ELF,
		       too_much);
	PACKED_REFUSED("packed.o", WORD(RELOCATION_COUNT) = 0xffffffff;
		       WORD(HIGH_COUNT) = 0xffffffff, -ENOEXEC, ELF, too_much);
	PACKED_LOADS("packed.o", WORD(HIGH_COUNT) = WORD(RELOCATION_COUNT));
	PACKED_LOADS("packed.o", WORD(RELOCATION_COUNT) = (uint32_t)image.size);
	PACKED_LOADS("packed.o", if (WORD(HIGH_COUNT) == 0) WORD(RELOCATION_COUNT) = 0);
}

/* Where the length is not known, memory bounds them; x86-64 has no tables to keep. */
static void counts_without_a_length(void **state)
{
	struct image image = image_read("packed.o");
	struct trial trial = {.source = SOURCE_FORWARD | SOURCE_NO_PEEK | SOURCE_NO_LENGTH};

	(void)state;
	WORD(HIGH_COUNT) = WORD(RELOCATION_COUNT) = 0xffffffff;
	assert_null(world_try(image.bytes, image.size, &trial));
	assert_int_equal(trial.rc, LLEXT_TARGET_X86_64 ? 0 : -ENOMEM);
	image_free(&image);
}

/* ---- imports ---- */

static void ordinals(void **state)
{
	static const elf_addr bad[] = {
		0,          IMPORTS_COUNT + 1, 0x7fffffff,         0x80000000,
		0xffffffff, TOP_BIT | 1,       TOP_BIT / 2 | 0x0d, ~(elf_addr)0};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		PACKED_REFUSED("packed_bound.o", SYMBOL("firmware_variable")->st_value = bad[i],
			       -ENOEXEC, SYMBOLS, unbound);
		assert_string_equal(refusal.section, ".symtab");
		/* With the names at hand that is no harm. */
		PACKED_LOADS("packed_bound.o", SYMBOL("firmware_variable")->st_value = bad[i];
			     WORD(FLAGS) |= NAMES);
		PACKED_LOADS("packed_everything_bound.o",
			     SYMBOL("firmware_variable")->st_value = bad[i]);
	}
	PACKED_LOADS("packed_bound.o", SYMBOL("firmware_variable")->st_value = 1);
	PACKED_LOADS("packed_bound.o", SYMBOL("firmware_variable")->st_value = IMPORTS_COUNT);
}

static void fingerprint(void **state)
{
	(void)state;
	/* Another firmware: the names are looked up, and ordinals mean nothing. */
	for (unsigned int bit = 0; bit < 64; bit += 9) {
		PACKED_LOADS("packed_bound.o", WORD(FINGERPRINT_LOW + bit / 32) ^= 1u << bit % 32;
			     SYMBOL("firmware_variable")->st_value = 99);
	}
	PACKED_LOADS("packed_bound.o", WORD(FLAGS) &= ~BOUND;
		     SYMBOL("firmware_variable")->st_value = 99);
	PACKED_REFUSED("packed_bound.o", WORD(FINGERPRINT_LOW)++;
		       SYMBOL("firmware_add")->st_name = SYMBOL("firmware_variable")->st_name + 1,
		       -ENODATA, SYMBOLS, "imports are missing");
	assert_int_equal(refusal.missing_count, 1);
	assert_string_equal(refusal.missing, "irmware_variable");
}

static void names_that_are_needed(void **state)
{
	(void)state;
	/* Some imports are not bound. */
	PACKED_REFUSED("packed_everything_bound.o", WORD(FLAGS) = BOUND, -ENOEXEC, SYMBOLS,
		       unbound);
	/* The exports are the global symbols. */
	PACKED_REFUSED("packed_plain.o", WORD(FLAGS) = BOUND, -ENOEXEC, RELOCATE, nameless);
	/* That is found by a dry run, too, which does not get as far as the relocations. */
	PACKED_REFUSED("packed_bound.o", SECTION(".exported_sym")->sh_name++;
		       SECTION(".symtab")->sh_info = 4;
		       AT(4)->st_info = STB_GLOBAL << 4 | STT_OBJECT;
		       image_bytes(&image, ".crel.text")[3] = 0x7f, -ENOEXEC, RELOCATE, nameless);
	/* Not bound, names are read whatever the flag says. */
	PACKED_LOADS("packed_plain.o", WORD(FLAGS) = 0);
	PACKED_LOADS("packed_bound.o", WORD(FLAGS) = ~0u);
	PACKED_REFUSED("packed_bound.o", SECTION(".strtab")->sh_type = SHT_PROGBITS, -ENOEXEC, ELF,
		       "not a string table");
	PACKED_REFUSED("packed_bound.o", SECTION(".strtab")->sh_size = 0, -ENOEXEC, SYMBOLS,
		       "symbol name outside its string table");
	PACKED_REFUSED("packed_bound.o",
		       SYMBOL("firmware_variable")->st_name = (elf_word)SECTION(".strtab")->sh_size,
		       -ENOEXEC, SYMBOLS, "symbol name outside its string table");
	/* What is not needed is not read. */
	PACKED_LOADS("packed_bound.o", SECTION(".strtab")->sh_size--);
	PACKED_REFUSED("packed_bound.o", SECTION(".strtab")->sh_size--;
		       WORD(FLAGS) |= NAMES, -ENOEXEC, ELF, "string table does not end with NUL");
}

struct reported {
	const char *name;
	uintptr_t addr;
	size_t count;
};

static void on_import(void *user_data, const struct llext_import *import)
{
	struct reported *reported = user_data;

	if (strcmp(import->name, reported->name) == 0)
		reported->addr = import->addr;
	reported->count++;
}

/* Where the fingerprint matches, an import is its ordinal's, whatever its name. */
static void bound_by_ordinal(void **state)
{
	struct image image = image_read("packed_bound.o");
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct reported reported = {.name = "firmware_add"};
	struct source source;
	struct llext *ext;

	(void)state;
	memset(image_bytes(&image, ".strtab"), 'x', SECTION(".strtab")->sh_size);
	param.on_import = on_import;
	param.user_data = &reported;
	source_init(&source, image.bytes, image.size, SOURCE_FORWARD | SOURCE_NO_PEEK);
	assert_int_equal(llext_load(&source.loader, "bound", &ext, &param), 0);
	assert_int_equal(reported.count, 3);
	assert_int_equal(reported.addr, (uintptr_t)llext_find_sym(NULL, "firmware_add"));
	assert_int_equal(llext_unload(&ext), 0);
	assert_null(world_changed());
	image_free(&image);
}

/* Another table of the firmware's: one without an address, one that has changed where it lies. */
static void other_tables(void **state)
{
	struct image image = image_read("packed_bound.o");
	const struct llext_const_symbol *own = llext_builtins(&(size_t){0});
	struct llext_const_symbol table[IMPORTS_COUNT];
	char add[] = "firmware_add";

	(void)state;
	memcpy(table, own, sizeof(table));
	assert_string_equal(table[ADD].name, add);
	table[ADD] = (struct llext_const_symbol){add, NULL};
	assert_int_equal(llext_set_builtins(table, IMPORTS_COUNT), 0);
	refused_forward(&image, -ENOEXEC, LLEXT_STAGE_SYMBOLS, unbound);
	WORD(FLAGS) |= NAMES;
	refused_forward(&image, -ENODATA, LLEXT_STAGE_SYMBOLS, "imports are missing");
	table[ADD].addr = own[ADD].addr;
	loads_forward(&image);
	add[11] = 'c'; /* its place among the others stays */
	assert_int_equal(llext_set_builtins(table, IMPORTS_COUNT), 0);
	refused_forward(&image, -ENODATA, LLEXT_STAGE_SYMBOLS, "imports are missing");
	assert_string_equal(refusal.missing, "firmware_add");
	assert_int_equal(llext_set_builtins(own, IMPORTS_COUNT), 0);
	loads_forward(&image);
	image_free(&image);
}

/* ---- order ---- */

static void relocations_before_their_section(void **state)
{
	static const char before[] = "relocations before the section that they are for";

	(void)state;
	PACKED_REFUSED("packed.o",
		       SECTION(".crel.text")->sh_info = image_index(&image, ".exported_sym"),
		       -ENOEXEC, PLACE, before);
	assert_string_equal(refusal.section, ".crel.text");
	PACKED_REFUSED("packed_everything.o",
		       SECTION(".crel.rodata")->sh_info = image_index(&image, ".data"), -ENOEXEC,
		       PLACE, before);
	/* Later than right behind it will do, and so will two tables for one section. */
	PACKED_LOADS("packed.o", SECTION(".crel.data")->sh_info = image_index(&image, ".text"));
	/* Of what is not loaded they do not matter. */
	PACKED_LOADS("packed.o",
		     SECTION(".crel.data")->sh_info = image_index(&image, ".gnu_debuglink"));
	PACKED_REFUSED("packed.o", SECTION(".crel.data")->sh_info = image_index(&image, ".bss"),
		       -ENOEXEC, PLACE, "relocations for a section without bytes");
	PACKED_REFUSED("packed.o", SECTION(".crel.data")->sh_info = HEADER->e_shnum, -ENOEXEC,
		       PLACE, "relocations for no section");
	PACKED_REFUSED("packed.o", SECTION(".crel.data")->sh_link = 3, -ENOEXEC, PLACE,
		       "relocations against another symbol table");
}

#define ANYWHERE_BUT_FORWARD(change, rc, stage, what)                                              \
	do {                                                                                       \
		struct image image = image_read("packed.o");                                       \
		change;                                                                            \
		loads(&image);                                                                     \
		refused_forward(&image, rc, LLEXT_STAGE_##stage, what);                            \
		image_free(&image);                                                                \
	} while (0)

static void move_to_end(struct image *image, const char *section)
{
	size_t size = image_section(image, section)->sh_size;
	uint8_t *bytes = malloc(size);

	assert_non_null(bytes);
	memcpy(bytes, image_bytes(image, section), size);
	image_replace(image, section, bytes, size);
	free(bytes);
}

/* A source that can seek does not mind the order of the file. */
static void order_of_the_file(void **state)
{
	static const char *const late[] = {".symtab", ".text", ".crel.text", ".rodata",
					   ".exported_sym"};

	(void)state;
	ANYWHERE_BUT_FORWARD((void)image_add_sections(&image, 0), -ENOTSUP, ELF, cannot_seek);
	ANYWHERE_BUT_FORWARD(move_to_end(&image, ".shstrtab"), -ENOTSUP, ELF, cannot_seek);
	ANYWHERE_BUT_FORWARD(move_to_end(&image, ".note.llext"), -ENOTSUP, ELF, cannot_seek);
	ANYWHERE_BUT_FORWARD(move_to_end(&image, ".strtab"), -ENOTSUP, SYMBOLS, cannot_seek);
	for (size_t i = 0; i < COUNT(late); i++)
		ANYWHERE_BUT_FORWARD(move_to_end(&image, late[i]), -ENOTSUP, PLACE, cannot_seek);
	/* By one byte. */
	PACKED_REFUSED("packed.o",
		       SECTION(".crel.text")->sh_offset =
			       SECTION(".text")->sh_offset + SECTION(".text")->sh_size - 1,
		       -ENOEXEC, ELF, "section overlaps another one");
	PACKED_REFUSED("packed.o", SECTION(".text")->sh_offset = 0x40, -ENOEXEC, ELF,
		       "section overlaps the file's headers");
	/* One byte of them, which a source that cannot seek does not have any more. */
	REFUSED(
		"packed.o",
		{
			elf_shdr_t *names = SECTION(".shstrtab");

			names->sh_size++;
			names->sh_offset--;
		},
		-ENOEXEC, ELF, "section overlaps the file's headers");
}

/* Without its note it is a plain file with compact relocations. */
static void without_its_note(void **state)
{
	(void)state;
	ANYWHERE_BUT_FORWARD(SECTION(".note.llext")->sh_name++, -ENOTSUP, PLACE, cannot_seek);
	ANYWHERE_BUT_FORWARD(SECTION(".note.llext")->sh_type = SHT_PROGBITS, -ENOTSUP, PLACE,
			     cannot_seek);
}

static void plain_files_need_seek(void **state)
{
	static const char *const names[] = {"everything.o", "plain.o", "shared.so", "objects.o"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct image image = image_read(names[i]);

		struct source source;
		struct llext *ext;

		refused_forward(&image, -ENOTSUP, LLEXT_STAGE_ELF, cannot_seek);
		/* Before the rest is waited for. */
		source_init(&source, image.bytes, image.size, SOURCE_FORWARD | SOURCE_NO_PEEK);
		assert_int_equal(llext_load(&source.loader, "plain", &ext, NULL), -ENOTSUP);
		assert_int_equal(source.bytes_read, sizeof(elf_ehdr_t));
		image_free(&image);
	}
}

/* Symbols in sections by themselves have their values late. */
static void sections_apart(void **state)
{
	static const char *const names[] = {"packed.o", "packed_everything_bound.o",
					    "packed_plain.o"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct image image = image_read(names[i]);
		struct trial trial = {.source = SOURCE_FORWARD | SOURCE_NO_PEEK, .detached = true};

		assert_null(world_try(image.bytes, image.size, &trial));
		assert_int_equal(trial.rc, 0);
		image_free(&image);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones_load),
		cmocka_unit_test(note_header),
		cmocka_unit_test(version),
		cmocka_unit_test(ranges_of_symbols),
		cmocka_unit_test(got_range),
		cmocka_unit_test(veneer_range),
		cmocka_unit_test(counts),
		cmocka_unit_test(counts_without_a_length),
		cmocka_unit_test(ordinals),
		cmocka_unit_test(fingerprint),
		cmocka_unit_test(names_that_are_needed),
		cmocka_unit_test(bound_by_ordinal),
		cmocka_unit_test(other_tables),
		cmocka_unit_test(relocations_before_their_section),
		cmocka_unit_test(order_of_the_file),
		cmocka_unit_test(without_its_note),
		cmocka_unit_test(plain_files_need_seek),
		cmocka_unit_test(sections_apart),
	};

	return cmocka_run_group_tests_name("hostile-packed", tests, hostile_setup,
					   hostile_teardown);
}
