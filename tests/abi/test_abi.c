/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware of version 1.4, and extensions that need it, another one, or say nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <llext/abi.h>
#include <llext/buf_loader.h>
#include <llext/heap.h>
#include <llext/llext.h>
#include <llext_posix.h>

#define HEAP_BYTES (256 * 1024)

LLEXT_ABI(1, 4);

/* The files. */
#define FIXTURE(name) extern const uint8_t fixture_##name[], fixture_##name##_end[]
FIXTURE(same);
FIXTURE(older);
FIXTURE(newer);
FIXTURE(other);
FIXTURE(before);
FIXTURE(silent);
FIXTURE(strange);

static int load(const void *bytes, size_t count)
{
	struct llext_buf_loader file = LLEXT_TEMPORARY_BUF_LOADER((void *)(uintptr_t)bytes, count);
	struct llext_heap_stats stats;
	struct llext *ext = NULL;
	int rc = llext_load(&file.loader, "abi", &ext, NULL);

	if (rc == 0) {
		assert_non_null(llext_find_sym(
			&ext->exp_tab, bytes == fixture_strange ? "llext_needs_abi.2" : "answer"));
		assert_int_equal(llext_unload(&ext), 0);
	}
	assert_int_equal(llext_heap_stats(LLEXT_HEAP_DATA, &stats), 0);
	assert_int_equal(stats.used, 0);
	return rc;
}

#define LOAD(name) load(fixture_##name, (size_t)(fixture_##name##_end - fixture_##name))

static void refused(int rc, const char *what, const char *symbol, int needed, int offered)
{
	const struct llext_diag *diag = llext_last_diag();

	assert_int_equal(rc, -EPROTO);
	assert_int_equal(diag->error, -EPROTO);
	assert_string_equal(diag->what, what);
	assert_string_equal(diag->symbol, symbol);
	assert_int_equal(diag->expected, needed);
	assert_int_equal(diag->found, offered);
}

static void versions(void **state)
{
	(void)state;
	assert_int_equal(LOAD(same), 0);
	assert_int_equal(LOAD(older), 0);
	assert_int_equal(LOAD(silent), 0);
	refused(LOAD(newer), "the firmware's exports are older than the extension needs",
		"llext_needs_abi.1.5", 5, 4);
	refused(LOAD(other), "the firmware's exports have another major version",
		"llext_needs_abi.2.0", 2, 1);
	refused(LOAD(before), "the firmware's exports have another major version",
		"llext_needs_abi.0.9", 0, 1);
	assert_int_equal(LOAD(same), 0);
}

static void only_whole_names(void **state)
{
	(void)state;
	assert_int_equal(LOAD(strange), 0);
}

/* A firmware without a version takes all: only where both sides have one is there a question. */
static void firmware_without(void **state)
{
	static const struct llext_const_symbol builtins[] = {
		{"llext_abi.1", &builtins}, {"llext_abi.1.x", &builtins}, {"other", &builtins}};

	(void)state;
	assert_int_equal(llext_set_builtins(builtins, 3), 0);
	assert_int_equal(LOAD(newer), 0);
	assert_int_equal(LOAD(other), 0);
	assert_int_equal(llext_set_builtins(NULL, 0), 0);
	assert_int_equal(LOAD(other), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),
		cmocka_unit_test(only_whole_names),
		cmocka_unit_test(firmware_without),
	};

	if (llext_heap_init(llext_posix_map(HEAP_BYTES), HEAP_BYTES) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
