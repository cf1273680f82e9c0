/* SPDX-License-Identifier: Apache-2.0 */
/* The symbol table. */
#include "check.h"

static void Y01_name_outside_strings(void **state)
{
	(void)state;
	REFUSED("everything.o", SYMBOL("work")->st_name = (uint32_t)SECTION(".strtab")->sh_size,
		-ENOEXEC, SYMBOLS, "symbol name outside its string table");
	REFUSED("everything.o", SYMBOL("work")->st_name = 0xffffffff, -ENOEXEC, SYMBOLS,
		"symbol name outside its string table");
	REFUSED("everything.o", SYMBOL("firmware_add")->st_name = 0, -ENOEXEC, SYMBOLS,
		"undefined symbol without a name");
}

static void Y02_section_index(void **state)
{
	static const uint16_t nowhere[] = {0xff00, 0xff1f, 0xfff0, 0xfffe, 200};

	(void)state;
	for (size_t i = 0; i < COUNT(nowhere); i++) {
		REFUSED("everything.o", SYMBOL("work")->st_shndx = nowhere[i], -ENOEXEC, SYMBOLS,
			"symbol in a section that does not exist");
		assert_string_equal(refusal.symbol, "work");
		assert_int_equal(refusal.found, nowhere[i]);
	}
	REFUSED("everything.o", SYMBOL("work")->st_shndx = HEADER->e_shnum, -ENOEXEC, SYMBOLS,
		"symbol in a section that does not exist");
	REFUSED("everything.o", SYMBOL("work")->st_shndx = SHN_XINDEX, -ENOTSUP, SYMBOLS,
		"extended section indexes are not supported");
	LOADS("everything.o", SYMBOL("initialised")->st_shndx = SHN_ABS);
	LOADS("everything.o", SYMBOL("initialised")->st_shndx = SHN_COMMON;
	      SYMBOL("initialised")->st_value = 4);
	/* A common symbol's value is its alignment. */
	REFUSED("everything.o", SYMBOL("common_variable")->st_value = 24, -ENOEXEC, SYMBOLS,
		"common symbol where there can be none, or misaligned");
	REFUSED("everything.o", SYMBOL("common_variable")->st_value = 1 << 20, -ENOTSUP, SYMBOLS,
		"alignment above the limit");
	LOADS("everything.o", SYMBOL("common_variable")->st_value = 0);
}

/* What a file of which only one symbol's value is changed exports by that name. */
static bool is_exported(const char *fixture, const char *name, uint64_t value)
{
	struct image image = image_read(fixture);
	struct llext *ext;
	bool found;

	SYMBOL(name)->st_value = value;
	ext = keep(&image, "changed");
	found = llext_find_sym(&ext->exp_tab, name) != NULL;
	assert_int_equal(llext_unload(&ext), 0);
	image_free(&image);
	return found;
}

/* A label's value is a number: only whoever takes it for an address needs it to lie inside. */
static void Y03_value_outside_section(void **state)
{
	struct image image = image_read("plain.o");
	uint64_t text = image_section_at(&image, SYMBOL("twice")->st_shndx)->sh_size;
	uint64_t data = image_section_at(&image, SYMBOL("limit")->st_shndx)->sh_size;

	(void)state;
	image_free(&image);
	LOADS("everything.o", SYMBOL("work")->st_value = SECTION(".text")->sh_size | THUMB);
	LOADS("everything.o", SYMBOL("initialised")->st_value = SECTION(".data")->sh_size + 1);
	LOADS("everything.o", SYMBOL("words")->st_value = ~(elf_addr)0);
	assert_true(is_exported("plain.o", "twice", (text - 2) | THUMB));
	assert_false(is_exported("plain.o", "twice", text | THUMB));
	assert_false(is_exported("plain.o", "twice", (~0ull - 1) | THUMB));
	/* A label may stand at the end. */
	assert_true(is_exported("plain.o", "limit", data));
	assert_false(is_exported("plain.o", "limit", data + 1));
	assert_false(is_exported("plain.o", "limit", ~0ull));
}

static void Y04_value_and_size_wrap(void **state)
{
	(void)state;
	LOADS("everything.o", SYMBOL("work")->st_value = 8 | THUMB;
	      SYMBOL("work")->st_size = ~(elf_xword)0 - 4);
	LOADS("everything.o", SYMBOL("initialised")->st_size = ~(elf_xword)0);
}

static void Y05_function_in_data(void **state)
{
	(void)state;
	REFUSED("everything.o", SYMBOL("initialised")->st_info = STB_GLOBAL << 4 | STT_FUNC,
		-ENOEXEC, SYMBOLS, "function in data");
	REFUSED("everything.o", SYMBOL("work")->st_shndx = (uint16_t)image_index(&image, ".data"),
		-ENOEXEC, SYMBOLS, "function in data");
}

static void Y06_types_that_are_not_supported(void **state)
{
	(void)state;
	REFUSED("everything.o", SYMBOL("initialised")->st_info = STB_GLOBAL << 4 | STT_TLS,
		-ENOEXEC, SYMBOLS, "thread-local variable in a section that is none of theirs");
	assert_string_equal(refusal.symbol, "initialised");
	REFUSED("everything.o", SYMBOL("firmware_variable")->st_info = STB_GLOBAL << 4 | STT_TLS,
		-ENODATA, SYMBOLS, "imports are missing");
	REFUSED("everything.o", SYMBOL("work")->st_info = STB_GLOBAL << 4 | STT_GNU_IFUNC, -ENOTSUP,
		SYMBOLS, "indirect functions are not supported");
}

static void Y07_defined_twice(void **state)
{
	(void)state;
	/* Without .exported_sym the global symbols are the exports. */
	REFUSED("plain.o", SYMBOL("twice")->st_name = SYMBOL("next")->st_name, -ENOEXEC, EXPORTS,
		"symbol is exported twice");
	assert_string_equal(refusal.symbol, "next");
	LOADS("plain.o", SYMBOL("twice")->st_info = STB_LOCAL << 4 | STT_FUNC;
	      SYMBOL("twice")->st_name = SYMBOL("next")->st_name);
}

/* Versions are entered last, when there is little room left for other names: here "@o@d". */
static void Y07_versions(void **state)
{
	static const char names[] = "odd@V\0@o@d";
	struct image image = image_read("plain.o");
	size_t old = SECTION(".strtab")->sh_size;
	char strings[1024] = {0};
	struct llext *ext;

	(void)state;
	assert_true(old + sizeof(names) <= sizeof(strings));
	memcpy(strings, image_bytes(&image, ".strtab"), old);
	memcpy(strings + old, names, sizeof(names));
	image_replace(&image, ".strtab", strings, old + sizeof(names));
	SYMBOL("next")->st_name = (uint32_t)old;
	SYMBOL("twice")->st_name = (uint32_t)(old + strlen(names) + 1);
	ext = keep(&image, "versions");
	assert_non_null(llext_find_sym(&ext->exp_tab, "odd"));
	assert_non_null(llext_find_sym(&ext->exp_tab, "@o@d"));
	assert_int_equal(llext_unload(&ext), 0);
	loads(&image);
	image_free(&image);
}

static void Y08_undefined(void **state)
{
	(void)state;
	LOADS("everything.o", (void)image); /* `absent` is weak */
	REFUSED("everything.o", SYMBOL("absent")->st_info = STB_GLOBAL << 4, -ENODATA, SYMBOLS,
		"imports are missing");
	assert_int_equal(refusal.missing_count, 1);
	assert_string_equal(refusal.missing, "absent");
	/* All of them are named, not the first. */
	REFUSED("everything.o", SYMBOL("absent")->st_info = STB_GLOBAL << 4;
		SYMBOL("firmware_add")->st_name = SYMBOL("first")->st_name, -ENODATA, SYMBOLS,
		"imports are missing");
	assert_int_equal(refusal.missing_count, 2);
}

static void Y09_more_symbols_than_file(void **state)
{
	(void)state;
	REFUSED("everything.o", SECTION(".symtab")->sh_size = (1ull << 20) * sizeof(elf_sym_t),
		-ENOEXEC, ELF, "section does not lie inside the file");
	REFUSED("everything.o",
		SECTION(".symtab")->sh_size =
			(1ull << (ELF_CLASS == 2 ? 33 : 27)) * sizeof(elf_sym_t),
		-ENOEXEC, ELF, "section does not lie inside the file");
}

static void note_provider(void *user_data, const struct llext_import *import)
{
	if (strcmp(import->name, "firmware_add") == 0)
		*(const struct llext **)user_data = import->provider;
}

/* An extension cannot put itself in front of what the firmware exports. */
static void Y10_exports_a_firmware_name(void **state)
{
	struct image image = image_read("plain.o"), user = image_read("everything.o");
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	const struct llext *provider = world_resident();
	struct llext *shadow, *ext;
	struct source source;

	(void)state;
	SYMBOL("twice")->st_name = SYMBOL("firmware_add")->st_name;
	shadow = keep(&image, "shadow");
	assert_non_null(llext_find_sym(&shadow->exp_tab, "firmware_add"));
	param.on_import = note_provider;
	param.user_data = &provider;
	source_init(&source, user.bytes, user.size, 0);
	assert_int_equal(llext_load(&source.loader, "user", &ext, &param), 0);
	assert_null(provider);
	assert_int_equal(llext_unload(&ext), 0);
	assert_int_equal(llext_unload(&shadow), 0);
	assert_null(world_changed());
	image_free(&image);
	image_free(&user);
}

static void Y11_first_symbol_not_null(void **state)
{
	(void)state;
	REFUSED("everything.o", image_symbol_at(&image, 0)->st_value = 1, -ENOEXEC, SYMBOLS,
		"the first symbol is not null");
	REFUSED("everything.o", image_symbol_at(&image, 0)->st_shndx = 1, -ENOEXEC, SYMBOLS,
		"the first symbol is not null");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(Y01_name_outside_strings),
		cmocka_unit_test(Y02_section_index),
		cmocka_unit_test(Y03_value_outside_section),
		cmocka_unit_test(Y04_value_and_size_wrap),
		cmocka_unit_test(Y05_function_in_data),
		cmocka_unit_test(Y06_types_that_are_not_supported),
		cmocka_unit_test(Y07_defined_twice),
		cmocka_unit_test(Y07_versions),
		cmocka_unit_test(Y08_undefined),
		cmocka_unit_test(Y09_more_symbols_than_file),
		cmocka_unit_test(Y10_exports_a_firmware_name),
		cmocka_unit_test(Y11_first_symbol_not_null),
	};

	return cmocka_run_group_tests_name("hostile-symbols", tests, hostile_setup,
					   hostile_teardown);
}
