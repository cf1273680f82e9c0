/* SPDX-License-Identifier: Apache-2.0 */
/* See CMakeLists.txt. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <llext/buf_loader.h>
#include <llext/diag.h>
#include <llext/llext.h>

#define FIXTURE(name) extern const unsigned char fixture_##name[], fixture_##name##_end[]

FIXTURE(sorted);
FIXTURE(reversed);
FIXTURE(shuffled);
FIXTURE(long);
FIXTURE(twice);
FIXTURE(globals);
FIXTURE(scattered);
FIXTURE(versions);

static const char *const names[] = {"adc_close", "adc_open",  "adc_open_late", "can_get",
				    "can_set",   "dma_start", "dma_stop",      "gpio_get",
				    "gpio_set",  "uart_write"};
#define COUNT (sizeof(names) / sizeof(names[0]))

static const char prefix[] =
	"a_name_that_is_the_same_in_all_of_them_for_more_characters_than_anybody_would_write_";

static uint64_t memory[1 << 15];

static int load(const unsigned char *start, const unsigned char *end, struct llext **ext)
{
	struct llext_buf_loader loader = LLEXT_BUF_LOADER(start, (size_t)(end - start));

	return llext_load(&loader.loader, "exports", ext, NULL);
}

/* The table is in order, and every name gives its own function. */
static void check(const unsigned char *start, const unsigned char *end, const char *before)
{
	struct llext *ext;
	char name[128];

	assert_int_equal(0, load(start, end, &ext));
	assert_int_equal(COUNT, ext->exp_tab.sym_cnt);
	for (size_t i = 0; i < COUNT; i++) {
		int (*function)(void);

		snprintf(name, sizeof(name), "%s%s", before, names[i]);
		assert_string_equal(name, ext->exp_tab.syms[i].name);
		function = (int (*)(void))(uintptr_t)llext_find_sym(&ext->exp_tab, name);
		assert_non_null(function);
		assert_int_equal(i, function());
	}
	assert_null(llext_find_sym(&ext->exp_tab, "adc_ope"));
	assert_int_equal(0, llext_unload(&ext));
}

#define CHECK(file, before) check(fixture_##file, fixture_##file##_end, before)

static void sorted(void **state)
{
	(void)state;
	CHECK(sorted, "");
}

static void reversed(void **state)
{
	(void)state;
	CHECK(reversed, "");
}

static void shuffled(void **state)
{
	(void)state;
	CHECK(shuffled, "");
}

static void in_common(void **state)
{
	(void)state;
	CHECK(long, prefix);
}

static void globals(void **state)
{
	(void)state;
	CHECK(globals, "function_");
	CHECK(scattered, "function_");
	CHECK(versions, "function_");
}

static void twice(void **state)
{
	struct llext *ext = NULL;
	char line[256];

	(void)state;
	assert_int_equal(-ENOEXEC, load(fixture_twice, fixture_twice_end, &ext));
	llext_diag_format(llext_last_diag(), line, sizeof(line));
	assert_non_null(strstr(line, "symbol is exported twice"));
	assert_non_null(strstr(line, "can_get"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted),    cmocka_unit_test(reversed), cmocka_unit_test(shuffled),
		cmocka_unit_test(in_common), cmocka_unit_test(globals),  cmocka_unit_test(twice),
	};

	if (llext_heap_init(memory, sizeof(memory)) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
