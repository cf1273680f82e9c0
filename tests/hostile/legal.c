/* SPDX-License-Identifier: Apache-2.0 */
/* Unusual files that are right: they must load, and work. */
#include "check.h"

typedef int (*work_t)(int n);

static work_t exported(const struct llext *ext, const char *name)
{
	const void *function = llext_find_sym(&ext->exp_tab, name);

	assert_non_null(function);
	return (work_t)(uintptr_t)function;
}

static void unload(struct llext *ext)
{
	assert_int_equal(llext_unload(&ext), 0);
	assert_null(ext);
	assert_null(world_changed());
}

/*
 * Weak undefined functions, common symbols, two sections without bytes, constants with addresses,
 * a symbol used both in code and in data; by Clang one section per function and variable, the
 * string table before the symbol table, arrays with entry size 0.
 */
static void objects_of_both_compilers_work(void **state)
{
	static const char *const fixtures[] = {"everything.o", "clang.o"};

	(void)state;
	for (size_t i = 0; i < COUNT(fixtures); i++) {
		struct image image = image_read(fixtures[i]);
		struct llext *ext = keep(&image, fixtures[i]);

		/* add(1, 5) + resident_add(0) + 0 + 't' + 7 */
		assert_int_equal(exported(ext, "work")(1), 6 + 1 + 't' + 7);
		assert_int_equal(llext_bringup(ext), 0);
		assert_int_equal(exported(ext, "work")(0), 5 + 3 + 'o' + 7);
		assert_int_equal(llext_teardown(ext), 0);
		assert_int_equal(exported(ext, "work")(0), 5 + 4 + 'o' + 7);
		unload(ext);
		image_free(&image);
	}
}

static void clang_objects_have_their_own_order(void **state)
{
	struct image image = image_read("clang.o");

	(void)state;
	assert_true(image_index(&image, ".strtab") < image_index(&image, ".symtab"));
	assert_int_equal(SECTION(".init_array")->sh_entsize, 0);
	/* Code, data, code: the kinds are not together. */
	assert_true(SECTION(".text.first")->sh_flags & SHF_EXECINSTR);
	image_free(&image);
}

static void shared_object_is_relocated(void **state)
{
	struct image image = image_read("pages.so");
	struct llext *ext = keep(&image, "shared");

	(void)state;
	assert_int_equal(exported(ext, "work")(1), 6 + 7 + 0);
	assert_int_equal(llext_bringup(ext), 0);
	assert_int_equal(exported(ext, "work")(2), 7 + 7 + 1);
	unload(ext);
	image_free(&image);
}

static void global_absolute_and_common_symbols(void **state)
{
	struct image image = image_read("assembled.o");
	struct llext *ext = keep(&image, "assembled");
	const char *shared = llext_find_sym(&ext->exp_tab, "shared");
	const uint64_t *table = llext_find_sym(&ext->exp_tab, "addressed");

	(void)state;
	assert_ptr_equal(llext_find_sym(&ext->exp_tab, "absolute"), (void *)0x1234);
	assert_non_null(shared);
	assert_int_equal((uintptr_t)shared % 16, 0);
	for (size_t i = 0; i < 24; i++)
		assert_int_equal(shared[i], 0);
	assert_ptr_equal((void *)(uintptr_t)table[0], llext_find_sym(&ext->exp_tab, "start"));
	assert_int_equal(table[1], 0); /* weak, and nowhere */
	assert_int_equal(table[2], 0x1234);
	assert_ptr_equal((void *)(uintptr_t)table[3], shared + 8);
	unload(ext);
	image_free(&image);
}

static void constructors_by_priority_destructors_backwards(void **state)
{
	static const char *const fixtures[] = {"order_gcc.o", "order_clang.o"};
	static const int up[] = {0, 1, 2, 3, 9}, down[] = {-9, -3, -2, -1};

	(void)state;
	for (size_t i = 0; i < COUNT(fixtures); i++) {
		struct image image = image_read(fixtures[i]);
		struct llext *ext = keep(&image, "order");

		assert_int_equal(ext->exp_tab.sym_cnt, 0); /* constructors only */
		world_trace.count = 0;
		assert_int_equal(llext_bringup(ext), 0);
		assert_int_equal(world_trace.count, COUNT(up));
		assert_memory_equal(world_trace.calls, up, sizeof(up));
		world_trace.count = 0;
		assert_int_equal(llext_teardown(ext), 0);
		assert_int_equal(world_trace.count, COUNT(down));
		assert_memory_equal(world_trace.calls, down, sizeof(down));
		unload(ext);
		image_free(&image);
	}
}

/* COMDAT groups, exception tables, virtual tables: code that is never run here. */
static void comdat_groups(void **state)
{
	(void)state;
	LOADS("objects.o",
	      assert_int_equal(image_section_of_type(&image, SHT_GROUP)->sh_type, SHT_GROUP));
}

static void sections_by_themselves(void **state)
{
	static const unsigned int sources[] = {LLEXT_STORAGE_TEMPORARY, LLEXT_STORAGE_PERSISTENT,
					       LLEXT_STORAGE_WRITABLE};
	struct image image = image_read("everything.o");

	(void)state;
	for (size_t i = 0; i < COUNT(sources); i++) {
		struct trial trial = {.source = sources[i], .detached = true};

		assert_null(world_try(image.bytes, image.size, &trial));
		assert_int_equal(trial.rc, 0);
	}
	image_free(&image);
}

static void names_equal_in_their_first_characters(void **state)
{
	struct image image = image_read("plain.o");
	struct llext *one = keep(&image, "fifteen_letters_and_one");
	struct llext *two = keep(&image, "fifteen_letters_and_two");

	(void)state;
	assert_ptr_not_equal(one, two);
	assert_ptr_equal(llext_by_name("fifteen_letters_and_two"), two);
	assert_null(llext_by_name("fifteen_letters"));
	/* Two copies: what one changes the other does not see. */
	assert_int_equal(exported(one, "next")(0), 1);
	assert_int_equal(exported(one, "next")(0), 2);
	assert_int_equal(exported(two, "next")(0), 1);
	assert_int_equal(llext_unload(&one), 0);
	unload(two);
	image_free(&image);
}

static void symbols_equal_in_their_first_characters(void **state)
{
	static const char names[] = "\0"
				    "a_name_that_is_longer_than_any_buffer_of_32_or_64_characters_"
				    "that_somebody_may_have_set_aside_1\0"
				    "a_name_that_is_longer_than_any_buffer_of_32_or_64_characters_"
				    "that_somebody_may_have_set_aside_2\0"
				    "firmware_add";
	struct image image = image_read("plain.o");
	const size_t length = strlen(names + 1) + 1;
	struct llext *ext;

	(void)state;
	/* All but these three become local and lose their names. */
	SYMBOL("next")->st_other = 1;
	SYMBOL("twice")->st_other = 2;
	SYMBOL("firmware_add")->st_other = 3;
	for (unsigned int i = 1; i < image_symbol_count(&image); i++) {
		elf_sym_t *sym = image_symbol_at(&image, i);

		if (sym->st_other == 0)
			sym->st_info &= 0xf;
		sym->st_name = sym->st_other == 0
				       ? 0
				       : (uint32_t)(1 + (size_t)(sym->st_other - 1) * length);
		sym->st_other = 0;
	}
	image_replace(&image, ".strtab", names, sizeof(names));
	ext = keep(&image, "long");
	assert_int_equal(ext->exp_tab.sym_cnt, 2);
	assert_ptr_not_equal(llext_find_sym(&ext->exp_tab, names + 1),
			     llext_find_sym(&ext->exp_tab, names + 1 + length));
	assert_int_equal(exported(ext, names + 1)(0), 1);
	unload(ext);
	image_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_of_both_compilers_work),
		cmocka_unit_test(clang_objects_have_their_own_order),
		cmocka_unit_test(shared_object_is_relocated),
		cmocka_unit_test(global_absolute_and_common_symbols),
		cmocka_unit_test(constructors_by_priority_destructors_backwards),
		cmocka_unit_test(comdat_groups),
		cmocka_unit_test(sections_by_themselves),
		cmocka_unit_test(names_equal_in_their_first_characters),
		cmocka_unit_test(symbols_equal_in_their_first_characters),
	};

	return cmocka_run_group_tests_name("hostile-legal", tests, hostile_setup, hostile_teardown);
}
