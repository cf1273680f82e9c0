/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each byte of an envelope with each of its 255 other values: refused, and what was read before
 * that is what was signed. A signature is verified for most of them, which takes its time: here it
 * is good where the same key, message and signature were found good before, and bad for all others.
 * That nobody makes another good one is the algorithm's promise, and trust.vectors looks at how it
 * is kept.
 */
#include <stdio.h>
#include "device.h"

uint32_t __real_llext_verify(uint8_t algorithm, const uint8_t *public_key, const void *message,
			     size_t bytes, const uint8_t *signature);
uint32_t __wrap_llext_verify(uint8_t algorithm, const uint8_t *public_key, const void *message,
			     size_t bytes, const uint8_t *signature);

static struct good {
	uint8_t algorithm, public_key[LLEXT_PUBLIC_BYTES], signature[LLEXT_SIGNATURE_BYTES];
	uint8_t message[1024];
	size_t bytes;
} good;
static bool learning;
static size_t trials, verified;

uint32_t __wrap_llext_verify(uint8_t algorithm, const uint8_t *public_key, const void *message,
			     size_t bytes, const uint8_t *signature)
{
	if (learning && __real_llext_verify(algorithm, public_key, message, bytes, signature) ==
				LLEXT_VERIFIED) {
		assert_true(bytes <= sizeof(good.message));
		good.algorithm = algorithm;
		memcpy(good.public_key, public_key, sizeof(good.public_key));
		memcpy(good.signature, signature, sizeof(good.signature));
		memcpy(good.message, message, bytes);
		good.bytes = bytes;
	}
	verified++;
	return algorithm == good.algorithm && bytes == good.bytes &&
			       memcmp(public_key, good.public_key, sizeof(good.public_key)) == 0 &&
			       memcmp(signature, good.signature, sizeof(good.signature)) == 0 &&
			       memcmp(message, good.message, bytes) == 0
		       ? LLEXT_VERIFIED
		       : 0;
}

/* Read it all. What is given out is what was signed. */
static int read_all(struct blob envelope, const struct blob *payload, enum source_kind kind)
{
	static uint8_t bytes[256];
	struct source source;
	struct reader reader;
	struct llext_loader *ldr;
	size_t at = 0;
	int rc;

	source_open(&source, envelope, kind);
	reader_open(&reader, &source, &trust, LLEXT_SIGNED_BUFFER_BYTES(1024, 4));
	ldr = &reader.loader.loader;
	rc = ldr->prepare(ldr);
	if (rc == 0 && ldr->length(ldr) != payload->count)
		fail_msg("the payload has %zu bytes", ldr->length(ldr));
	while (rc == 0 && at < payload->count) {
		size_t piece = payload->count - at;

		piece = piece < sizeof(bytes) ? piece : sizeof(bytes);
		rc = ldr->read(ldr, bytes, piece);
		if (rc == 0)
			assert_memory_equal(bytes, payload->at + at, piece);
		at += piece;
	}
	if (reader.loader.seal != 0)
		ldr->finalize(ldr);
	reader_close(&reader);
	return rc;
}

static void every_value(const char *name, struct blob whole, size_t end)
{
	const struct blob payload = BLOB(object);
	struct blob changed = {malloc(whole.count), whole.count};

	memcpy(changed.at, whole.at, whole.count);
	learning = true;
	assert_int_equal(read_all(whole, &payload, SOURCE_SEEKS), 0);
	learning = false;
	assert_int_equal(read_all(whole, &payload, SOURCE_FORWARD), 0);
	verified = 0;
	for (size_t at = 0; at < end; at++) {
		enum source_kind kind = at % 2 != 0 ? SOURCE_SEEKS : SOURCE_FORWARD;

		for (unsigned int value = 0; value < 256; value++) {
			if (value == whole.at[at])
				continue;
			changed.at[at] = (uint8_t)value;
			if (read_all(changed, &payload, kind) >= 0)
				fail_msg("%s: taken with byte %zu as %u", name, at, value);
			trials++;
		}
		changed.at[at] = whole.at[at];
	}
	free(changed.at);
	/* Most changes are only found by the signature or behind it. */
	assert_true(verified > 100 * 255);
}

static void plain(void **state)
{
	(void)state;
	every_value("plain", BLOB(plain), BLOB(plain).count);
}

static void encrypted_for_a_fleet(void **state)
{
	(void)state;
	/* Up to the payload, which is looked at as in the one above. */
	every_value("kw", BLOB(kw), BLOB(kw).count - BLOB(object).count);
}

static int tear_down(void **state)
{
	(void)state;
	print_message("%zu changed envelopes refused\n", trials);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(plain, device_set_up),
		cmocka_unit_test_setup(encrypted_for_a_fleet, device_set_up),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
