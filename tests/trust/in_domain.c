/* SPDX-License-Identifier: Apache-2.0 */
/* What may run in a sandbox only, as its key or its manifest says: refused without a domain, and at
 * work in one. */
#include <errno.h>
#include <stdio.h>
#include <llext/domain.h>
#include <llext/llext.h>
#include <llext_posix.h>
#include "device.h"

#define DOMAIN_BYTES ((size_t)256 * 1024)
#define HEAP_BYTES   ((size_t)1 << 20)

int firmware_number(int number);
int firmware_number(int number)
{
	return 10 * number;
}
EXPORT_GATE(firmware_number, VALUE(int, number));

static struct llext_domain_config config = {
	.name = "test", .bytes = DOMAIN_BYTES, .stack_bytes = 8192};
static struct k_mem_domain domain;

static int load(struct blob envelope, struct k_mem_domain *where, struct llext **ext)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;

	param.domain = where;
	return device_load(envelope, SOURCE_SEEKS, "codec", ext, &param);
}

static void expect_works_inside(struct llext **ext)
{
	const struct llext_domain_args args = {.word = {7, 3}};
	struct llext_domain_result result = {0};
	void *sum = (void *)(uintptr_t)llext_find_sym(&(*ext)->exp_tab, "sum");

	assert_non_null(sum);
	assert_int_equal(llext_domain_call(&domain, sum, &args, &result, 1000), 0);
	assert_int_equal((int)result.word[0], 73 + 't');
	assert_int_equal(llext_unload(ext), 0);
}

static void as_the_manifest_says(void **state)
{
	struct llext *ext;

	(void)state;
	assert_int_equal(load(BLOB(sandbox), NULL, &ext), -EPERM);
	assert_int_equal(load(BLOB(sandbox), &domain, &ext), 0);
	assert_true(llext_identity(ext)->sandbox_only);
	expect_works_inside(&ext);
}

static void as_the_key_says(void **state)
{
	struct llext *ext;

	(void)state;
	ring[0].flags = LLEXT_KEY_SANDBOX_ONLY;
	assert_int_equal(load(BLOB(plain), NULL, &ext), -EPERM);
	assert_int_equal(load(BLOB(plain), &domain, &ext), 0);
	expect_works_inside(&ext);
}

/* ---- a reset, which reads the file again ---- */

FIXTURE(first);
FIXTURE(second);

static struct blob stored; /* what is there when it is read again */
static bool unsigned_then;
static struct source source;
static struct reader reader;

static struct llext_loader *from_storage(const struct llext *ext, void *user_data)
{
	(void)ext;
	(void)user_data;
	source_open(&source, stored, SOURCE_SEEKS);
	reader_close(&reader);
	reader_open(&reader, &source, &trust, LLEXT_SIGNED_BUFFER_BYTES(1024, 4));
	return unsigned_then ? &source.loader : &reader.loader.loader;
}

static int next_number(const struct llext *ext)
{
	static const struct llext_domain_args none;
	struct llext_domain_result result = {0};
	void *function = (void *)(uintptr_t)llext_find_sym(&ext->exp_tab, "next_number");
	int rc = llext_domain_call(&domain, function, &none, &result, 1000);

	return rc != 0 ? rc : (int)result.word[0];
}

/* The data of one good file for the code of another: neither is what anybody signed. */
static void reset_from_another_file(void **state)
{
	struct llext *ext;

	(void)state;
	config.source = from_storage;
	unsigned_then = false;
	assert_int_equal(load(BLOB(first), &domain, &ext), 0);
	assert_int_equal(next_number(ext), 100);
	assert_int_equal(next_number(ext), 101);
	stored = BLOB(first);
	assert_int_equal(llext_domain_reset(&domain), 0);
	assert_int_equal(next_number(ext), 100);
	stored = BLOB(second);
	assert_int_equal(llext_domain_reset(&domain), -EBADMSG);
	assert_true(next_number(ext) < 0);
	stored = BLOB(object);
	unsigned_then = true;
	assert_int_equal(llext_domain_reset(&domain), -EBADMSG);
	stored = BLOB(first);
	unsigned_then = false;
	assert_int_equal(llext_domain_reset(&domain), 0);
	assert_int_equal(next_number(ext), 100);
	assert_int_equal(llext_unload(&ext), 0);
	reader_close(&reader);
	reader.buffer = NULL;
}

/* A load for a domain is no way around the signature. */
static void damaged(void **state)
{
	struct blob whole = BLOB(sandbox), changed = {malloc(whole.count), whole.count};
	struct llext *ext;

	(void)state;
	memcpy(changed.at, whole.at, whole.count);
	for (size_t at = 3; at < whole.count; at += 41) {
		changed.at[at] ^= 0x10;
		assert_true(load(changed, &domain, &ext) < 0);
		changed.at[at] = whole.at[at];
	}
	free(changed.at);
}

int main(void)
{
	char *heap = llext_posix_map(HEAP_BYTES);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(as_the_manifest_says, device_set_up),
		cmocka_unit_test_setup(as_the_key_says, device_set_up),
		cmocka_unit_test_setup(reset_from_another_file, device_set_up),
		cmocka_unit_test_setup(damaged, device_set_up),
	};

	config.mem = llext_posix_map_domain(DOMAIN_BYTES);
	if (heap == NULL || config.mem == NULL || llext_heap_init(heap, HEAP_BYTES) != 0 ||
	    llext_domain_init(&domain, &config) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
