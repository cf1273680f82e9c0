/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads of signed extensions, by envelopes that `tenon sign` made: what the firmware is asked, what
 * it knows afterwards, and that every damaged byte is found before the core sees it.
 */
#include <errno.h>
#include <lz4.h>
#include <stdio.h>
#include <sys/mman.h>
#include <llext/llext.h>
#include <llext/lz4_loader.h>
#include <llext/plan.h>
#include <llext/port.h>
#include "device.h"

#define HEAP_BYTES (1u << 20)

/* ---- the firmware ---- */

static int asked, answer;
static char asked_for[LLEXT_CLAIM_NAME_LEN + 1];
static bool asks_for_imports;

static int authorize(const struct llext_claims *claims)
{
	asked++;
	snprintf(asked_for, sizeof(asked_for), "%s", claims != NULL ? claims->name : "(unsigned)");
	if (claims != NULL && asks_for_imports && asked % 2 == 1)
		return llext_claims_satisfied(claims, NULL);
	/* The second time changes nothing of the first. */
	return asked % 2 == 1 || answer > 0 ? answer : 0;
}

const struct llext_port llext_port = {.authorize = authorize};

static int firmware_number(int number)
{
	return 10 * number;
}

static const struct llext_const_symbol exports[] = {
	{"firmware_number", (const void *)(uintptr_t)firmware_number}};

static void *heap;

static int open_world(void **state)
{
	(void)state;
	heap = mmap(NULL, HEAP_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	assert_ptr_not_equal(heap, MAP_FAILED);
	assert_int_equal(llext_heap_init(heap, HEAP_BYTES), 0);
	return llext_set_builtins(exports, 1);
}

static int set_up(void **state)
{
	(void)state;
	device_open();
	asked = answer = 0;
	asks_for_imports = false;
	return 0;
}

static int try(struct blob envelope, enum source_kind kind, struct llext **ext)
{
	return device_load(envelope, kind, "codec", ext, NULL);
}

static void expect_works(struct llext **ext)
{
	int (*sum)(int, int) =
		(int (*)(int, int))(uintptr_t)llext_find_sym(&(*ext)->exp_tab, "sum");

	assert_non_null(sum);
	assert_int_equal(sum(7, 3), 73 + 't');
	assert_int_equal(llext_unload(ext), 0);
}

/* ---- loads ---- */

static void signed_and_encrypted(void **state)
{
	const struct blob envelopes[] = {BLOB(plain), BLOB(kw), BLOB(ecdh), BLOB(packed)};
	struct llext *ext;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(try(envelopes[i], SOURCE_SEEKS, &ext), 0);
		assert_int_equal(asked, 2);
		assert_string_equal(asked_for, "codec.sum");
		asked = 0;
		expect_works(&ext);
	}
	/* Packed: from a source that has no way back. */
	assert_int_equal(try(BLOB(packed), SOURCE_FORWARD, &ext), 0);
	expect_works(&ext);
	assert_int_equal(try(BLOB(plain), SOURCE_FORWARD, &ext), -ENOTSUP);
	/* Encrypted, and the device has no key for it. */
	decryption.secret_count = 0;
	assert_int_equal(try(BLOB(kw), SOURCE_SEEKS, &ext), -EPERM);
	decryption.secret_count = 2;
	secrets[0].id[0] ^= 1;
	assert_int_equal(try(BLOB(kw), SOURCE_SEEKS, &ext), -EPERM);
	secrets[0].id[0] ^= 1;
	/* The right name, and another key. */
	secrets[0].key = signer_secret;
	assert_int_equal(try(BLOB(kw), SOURCE_SEEKS, &ext), -EBADMSG);
	assert_string_equal(llext_last_diag()->what, "the content key cannot be unwrapped");
}

static void compressed(void **state)
{
	static uint8_t blocks[LLEXT_LZ4_BUFFER_BYTES(1024)];
	struct source source;
	struct reader reader;
	struct llext *ext;
	struct llext_lz4_loader lz4;

	(void)state;
	source_open(&source, BLOB(lz4), SOURCE_FORWARD);
	reader_open(&reader, &source, &trust, LLEXT_SIGNED_BUFFER_BYTES(1024, 4));
	lz4 = (struct llext_lz4_loader)LLEXT_LZ4_LOADER(&reader.loader.loader, LZ4_decompress_safe,
							blocks, sizeof(blocks));
	assert_int_equal(llext_load(&lz4.loader, "codec", &ext, NULL), 0);
	assert_string_equal(llext_identity(ext)->name, "codec.sum");
	assert_int_equal(llext_identity(ext)->payload, LLEXT_PAYLOAD_PACKED_LZ4);
	expect_works(&ext);
	reader_close(&reader);
}

static void identity(void **state)
{
	struct llext_buf_loader unsigned_ = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_object, (size_t)(fixture_object_end - fixture_object));
	const struct llext_claims *claims;
	struct llext *ext;

	(void)state;
	assert_int_equal(try(BLOB(plain), SOURCE_SEEKS, &ext), 0);
	claims = llext_identity(ext);
	assert_non_null(claims);
	assert_string_equal(claims->name, "codec.sum");
	assert_int_equal(claims->version.minor, 2);
	assert_int_equal(claims->counter, 7);
	assert_ptr_equal(claims->key, &ring[0]);
	assert_null(claims->manifest);
	assert_int_equal(llext_unload(&ext), 0);

	assert_int_equal(llext_load(&unsigned_.loader, "codec", &ext, NULL), 0);
	assert_string_equal(asked_for, "(unsigned)");
	assert_null(llext_identity(ext));
	expect_works(&ext);
}

/* ---- who may ---- */

static void the_firmware_decides(void **state)
{
	struct llext *ext;

	(void)state;
	answer = -EBUSY; /* the first time only */
	assert_int_equal(try(BLOB(plain), SOURCE_SEEKS, &ext), -EPERM);
	assert_int_equal(asked, 1);
	assert_null(ext);
	assert_string_equal(llext_last_diag()->what, "the firmware does not allow it");
	answer = 1;
	asked = 1; /* the second time only */
	assert_int_equal(try(BLOB(plain), SOURCE_SEEKS, &ext), -EPERM);
	answer = 0;
	assert_int_equal(try(BLOB(sandbox), SOURCE_SEEKS, &ext), -EPERM);
	assert_string_equal(llext_last_diag()->what, "allowed in a sandbox only");
	ring[0].flags = LLEXT_KEY_SANDBOX_ONLY;
	assert_int_equal(try(BLOB(plain), SOURCE_SEEKS, &ext), -EPERM);
	assert_string_equal(llext_last_diag()->what, "allowed in a sandbox only");
	/* A plan is no load, but it parses: the same holds. */
	ring[0].flags = LLEXT_KEY_REVOKED;
	assert_int_equal(try(BLOB(plain), SOURCE_SEEKS, &ext), -EPERM);
	assert_string_equal(llext_last_diag()->what, "the key has been revoked");
}

static void imports_and_versions(void **state)
{
	struct llext *ext, *user;

	(void)state;
	/* user imports from codec.sum 1.2.3 or later. */
	asks_for_imports = true;
	assert_int_equal(device_load(BLOB(user), SOURCE_SEEKS, "user", &user, NULL), -EPERM);
	/* Another extension of that name, which nobody signed. */
	asks_for_imports = false;
	{
		struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(
			fixture_object, (size_t)(fixture_object_end - fixture_object));

		assert_int_equal(llext_load(&loader.loader, "codec.sum", &ext, NULL), 0);
	}
	asks_for_imports = true;
	asked = 0;
	assert_int_equal(device_load(BLOB(user), SOURCE_SEEKS, "user", &user, NULL), -EPERM);
	assert_int_equal(llext_unload(&ext), 0);
	asked = 0;
	assert_int_equal(device_load(BLOB(plain), SOURCE_SEEKS, "codec.sum", &ext, NULL), 0);
	asked = 0;
	assert_int_equal(device_load(BLOB(user), SOURCE_SEEKS, "user", &user, NULL), 0);
	assert_int_equal(llext_unload(&user), 0);
	assert_int_equal(llext_unload(&ext), 0);
}

/* ---- damage ---- */

static struct blob changed;
static size_t loads;

static int signatures_checked;

/* The core's view of a damaged envelope: what it is given is what was signed, as long as it goes.
 */
static void expect_refused(struct blob envelope, const struct blob *payload, enum source_kind kind)
{
	struct source source;
	struct reader reader;
	struct llext_loader *ldr;
	struct llext *ext;
	uint8_t bytes[256];
	size_t at = 0;
	int rc;

	source_open(&source, envelope, kind);
	reader_open(&reader, &source, &trust, LLEXT_SIGNED_BUFFER_BYTES(1024, 4));
	ldr = &reader.loader.loader;
	rc = ldr->prepare(ldr);
	signatures_checked += reader.loader.claims.key != NULL;
	while (rc == 0 && at < payload->count) {
		size_t piece =
			payload->count - at < sizeof(bytes) ? payload->count - at : sizeof(bytes);

		rc = ldr->read(ldr, bytes, piece);
		if (rc == 0)
			assert_memory_equal(bytes, payload->at + at, piece);
		at += piece;
	}
	assert_true(rc < 0);
	if (reader.loader.seal != 0)
		ldr->finalize(ldr);
	reader_close(&reader);
	loads++;
	if (loads % 64 == 0) { /* all the way, now and then: that takes a signature each */
		assert_true(try(envelope, kind, &ext) < 0);
		assert_null(ext);
	}
}

/* Each truncation, and each byte behind the end. */
static void every_truncation(void **state)
{
	struct blob whole = BLOB(plain), payload = BLOB(object);

	(void)state;
	for (size_t length = 0; length < whole.count; length++) {
		struct blob cut = {malloc(length + 1), length};

		memcpy(cut.at, whole.at, length);
		cut.at = realloc(cut.at, length != 0 ? length : 1);
		expect_refused(cut, &payload, SOURCE_SEEKS);
		if (length % 16 == 0)
			expect_refused(cut, &payload, SOURCE_FORWARD);
		free(cut.at);
	}
	print_message("%zu truncations\n", loads);
}

/*
 * Each byte changed: where a signature has to be verified for it, in ten ways, else to each of the
 * 255 other values.
 */
static void every_byte(void **state)
{
	const struct blob whole = BLOB(plain), payload = BLOB(object);
	size_t header = whole.count - payload.count - 32 * ((payload.count + 1023) / 1024);

	(void)state;
	loads = 0;
	changed.at = malloc(whole.count);
	changed.count = whole.count;
	memcpy(changed.at, whole.at, whole.count);
	for (size_t at = 0; at < header; at++) {
		static const uint8_t ways[] = {1, 2, 4, 8, 16, 32, 64, 128, 255};

		for (size_t i = 0; i < sizeof(ways); i++) {
			changed.at[at] ^= ways[i];
			expect_refused(changed, &payload, SOURCE_SEEKS);
			changed.at[at] = whole.at[at];
		}
	}
	print_message("%zu changes of the header, %d signatures\n", loads, signatures_checked);
	assert_true(signatures_checked > 1000);
	/* Behind the header the signature is good, and is verified each time: one bit of each byte.
	 */
	for (size_t at = header; at < whole.count; at++) {
		changed.at[at] ^= (uint8_t)(1u << at % 8);
		expect_refused(changed, &payload, at % 2 != 0 ? SOURCE_SEEKS : SOURCE_FORWARD);
		changed.at[at] = whole.at[at];
	}
	print_message("%zu changes in all\n", loads);
	free(changed.at);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		CASE(signed_and_encrypted), CASE(compressed),           CASE(identity),
		CASE(the_firmware_decides), CASE(imports_and_versions), CASE(every_truncation),
		CASE(every_byte),
	};

	return cmocka_run_group_tests(tests, open_world, NULL);
}
