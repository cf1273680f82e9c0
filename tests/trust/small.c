/* SPDX-License-Identifier: Apache-2.0 */
/* The small core, in a build that takes signed extensions only. */
#include <errno.h>
#include <stdio.h>
#include <llext/llext.h>
#include <llext/port.h>
#include "device.h"

const struct llext_port llext_port = {0};

static int firmware_number(int number)
{
	return 10 * number;
}

static uint8_t heap[65536] __attribute__((aligned(4096)));

static int load(struct blob envelope, struct llext **ext)
{
	return device_load(envelope, SOURCE_SEEKS, "codec", ext, NULL);
}

static void signed_and_encrypted(void **state)
{
	const struct blob envelopes[] = {BLOB(plain), BLOB(kw), BLOB(ecdh)};
	struct llext *ext;

	(void)state;
	for (size_t i = 0; i < sizeof(envelopes) / sizeof(envelopes[0]); i++) {
		assert_int_equal(load(envelopes[i], &ext), 0);
		assert_string_equal(llext_identity(ext)->name, "codec.sum");
		assert_non_null(llext_find_sym(&ext->exp_tab, "sum"));
		assert_int_equal(llext_unload(&ext), 0);
	}
}

static void unsigned_ones_are_not_read(void **state)
{
	struct llext_buf_loader file = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_object, (size_t)(fixture_object_end - fixture_object));
	struct llext *ext;

	(void)state;
	assert_int_equal(llext_load(&file.loader, "codec", &ext, NULL), -EPERM);
	assert_null(ext);
}

/* One bit of each byte: a bad block ends the load, and nothing of it stays. */
static void damaged(void **state)
{
	const struct blob whole = BLOB(plain);
	struct blob changed = {malloc(whole.count), whole.count};
	struct llext_heap_stats before, after;
	struct llext *ext;

	(void)state;
	memcpy(changed.at, whole.at, whole.count);
	assert_int_equal(llext_heap_stats(LLEXT_HEAP_DATA, &before), 0);
	for (size_t at = 0; at < whole.count; at += 7) {
		changed.at[at] ^= (uint8_t)(1u << at % 8);
		if (load(changed, &ext) >= 0)
			fail_msg("taken with byte %zu changed", at);
		assert_null(ext);
		changed.at[at] = whole.at[at];
	}
	assert_int_equal(llext_heap_stats(LLEXT_HEAP_DATA, &after), 0);
	assert_int_equal(before.used, after.used);
	free(changed.at);
}

int main(void)
{
	static const struct llext_const_symbol exports[] = {
		{"firmware_number", (const void *)(uintptr_t)firmware_number}};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(signed_and_encrypted, device_set_up),
		cmocka_unit_test_setup(unsigned_ones_are_not_read, device_set_up),
		cmocka_unit_test_setup(damaged, device_set_up),
	};

	if (llext_heap_init(heap, sizeof(heap)) != 0 || llext_set_builtins(exports, 1) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
