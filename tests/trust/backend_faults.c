/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crypto backend that fails: each call of each of its functions in turn returns something else
 * than it should, returns success and has done nothing, or has stopped halfway. What a loader gives
 * out then is what was signed, and of what is not signed it gives out nothing.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include "device.h"

enum job { HASH_INIT, HASH_UPDATE, HASH_FINAL, VERIFY, UNWRAP, STREAM, JOBS };
static const char *const job_names[JOBS] = {"hash_init", "hash_update", "hash_final",
					    "verify",    "unwrap",      "stream"};

/* What becomes of the call. */
enum fault {
	FAULT_RETURNS, /* it does its work, and returns @value */
	FAULT_NOTHING, /* it does nothing, and returns @value */
	FAULT_HALF,    /* half of its work, and returns @value */
	FAULTS
};

static struct {
	enum job job;
	unsigned int call; /* from 1 on; 0: none */
	enum fault fault;
	uint32_t value;
} plan;
static unsigned int calls[JOBS];

/* Count a call of @job: does it go wrong? Then @fault says how. */
static bool goes_wrong(enum job job, enum fault *fault)
{
	*fault = plan.fault;
	return ++calls[job] == plan.call && job == plan.job;
}

#define REAL(type, name, ...)                                                                      \
	type __real_llext_##name(__VA_ARGS__);                                                     \
	type __wrap_llext_##name(__VA_ARGS__);                                                     \
	type __wrap_llext_##name(__VA_ARGS__)

REAL(int, hash_init, struct llext_hash *hash)
{
	enum fault fault;
	bool wrong = goes_wrong(HASH_INIT, &fault);
	int rc = wrong && fault != FAULT_RETURNS ? 0 : __real_llext_hash_init(hash);

	/* What is not set up is what was there, which here is always the same. */
	if (wrong && fault != FAULT_RETURNS)
		memset(hash, 0, sizeof(*hash));
	return wrong ? (int)plan.value : rc;
}

REAL(int, hash_update, struct llext_hash *hash, const void *data, size_t bytes)
{
	enum fault fault;
	bool wrong = goes_wrong(HASH_UPDATE, &fault);
	int rc = 0;

	if (!wrong || fault != FAULT_NOTHING)
		rc = __real_llext_hash_update(hash, data,
					      wrong && fault == FAULT_HALF ? bytes / 2 : bytes);
	return wrong ? (int)plan.value : rc;
}

/* An output of which a fault leaves all or the second half as it was. */
static void put(uint8_t *out, const uint8_t *made, size_t bytes, bool wrong, enum fault fault)
{
	if (wrong && fault == FAULT_NOTHING)
		return;
	memcpy(out, made, wrong && fault == FAULT_HALF ? bytes / 2 : bytes);
}

REAL(int, hash_final, struct llext_hash *hash, uint8_t *digest)
{
	uint8_t made[LLEXT_HASH_BYTES] = {0};
	enum fault fault;
	bool wrong = goes_wrong(HASH_FINAL, &fault);
	int rc = __real_llext_hash_final(hash, made);

	put(digest, made, sizeof(made), wrong, fault);
	return wrong ? (int)plan.value : rc;
}

REAL(uint32_t, verify, uint8_t algorithm, const uint8_t *public_key, const void *message,
     size_t bytes, const uint8_t *signature)
{
	enum fault fault;

	if (goes_wrong(VERIFY, &fault))
		return plan.value;
	return __real_llext_verify(algorithm, public_key, message, bytes, signature);
}

REAL(int, unwrap, const struct llext_secret *secret, const uint8_t *ephemeral, const void *context,
     size_t context_bytes, const uint8_t *wrapped, uint8_t *key)
{
	uint8_t made[LLEXT_CONTENT_KEY_BYTES];
	enum fault fault;
	bool wrong = goes_wrong(UNWRAP, &fault);
	int rc = __real_llext_unwrap(secret, ephemeral, context, context_bytes, wrapped, made);

	put(key, made, sizeof(made), wrong, fault);
	return wrong ? (int)plan.value : rc;
}

REAL(int, stream, const uint8_t *key, const uint8_t *iv, uint32_t offset, void *data, size_t bytes)
{
	enum fault fault;
	bool wrong = goes_wrong(STREAM, &fault);
	int rc = 0;

	if (!wrong || fault == FAULT_RETURNS)
		rc = __real_llext_stream(key, iv, offset, data, bytes);
	return wrong ? (int)plan.value : rc;
}

/* ---- what is read ---- */

/* To the end. Every byte that is given out must be the payload's. 0 or the error. */
static int read_all(struct blob envelope, struct blob payload, enum source_kind kind)
{
	uint8_t bytes[500];
	struct source source;
	struct reader reader;
	struct llext_loader *ldr;
	size_t at = 0;
	int rc;

	memset(calls, 0, sizeof(calls));
	source_open(&source, envelope, kind);
	reader_open(&reader, &source, &trust, LLEXT_SIGNED_BUFFER_BYTES(1024, 4));
	ldr = &reader.loader.loader;
	rc = ldr->prepare(ldr);
	assert_int_equal(rc == 0, ldr->claims(ldr) != NULL);
	while (rc == 0 && at < payload.count) {
		size_t piece = payload.count - at;

		piece = piece < sizeof(bytes) ? piece : sizeof(bytes);
		rc = ldr->read(ldr, bytes, piece);
		if (rc == 0 && memcmp(bytes, payload.at + at, piece) != 0)
			fail_msg("%s call %u, fault %d, value %#x: other bytes at %zu",
				 job_names[plan.job], plan.call, (int)plan.fault, plan.value, at);
		at += piece;
	}
	/* After an error there is nothing more, and it is an error: backends may return anything.
	 */
	if (rc != 0) {
		assert_true(rc < 0);
		assert_true(ldr->read(ldr, bytes, 1) < 0);
	}
	if (source.prepared != source.finalized)
		ldr->finalize(ldr);
	reader_close(&reader);
	return rc;
}

static const uint32_t not_success[] = {
	1, 2, 0x100, 0x80000000u, 0x7fffffff, (uint32_t)-1, (uint32_t)-EIO, LLEXT_VERIFIED};

/* Returned in place of success, whatever the call has done: refused. */
static void expect_errors(struct blob envelope, struct blob payload, enum job job)
{
	unsigned int count;

	plan.call = 0;
	assert_int_equal(read_all(envelope, payload, SOURCE_SEEKS), 0);
	count = calls[job];
	assert_true(count > 0);
	plan.job = job;
	for (plan.call = 1; plan.call <= count; plan.call++) {
		for (size_t i = 0; i < sizeof(not_success) / sizeof(not_success[0]); i++) {
			plan.value = not_success[i];
			plan.fault = i % 2 != 0 ? FAULT_RETURNS : FAULT_NOTHING;
			if (read_all(envelope, payload, SOURCE_SEEKS) == 0)
				fail_msg("%s call %u returned %#x", job_names[job], plan.call,
					 plan.value);
		}
	}
	plan.call = 0;
}

/* Success is returned, but the work was not done: refused. */
static void expect_undone(struct blob envelope, struct blob payload, enum job job, enum fault fault)
{
	unsigned int count;

	plan.call = 0;
	assert_int_equal(read_all(envelope, payload, SOURCE_SEEKS), 0);
	count = calls[job];
	plan.job = job;
	plan.fault = fault;
	plan.value = 0;
	for (plan.call = 1; plan.call <= count; plan.call++) {
		if (read_all(envelope, payload, SOURCE_SEEKS) == 0)
			fail_msg("%s call %u was not done", job_names[job], plan.call);
	}
	plan.call = 0;
}

static void hashes(void **state)
{
	(void)state;
	for (enum job job = HASH_INIT; job <= HASH_FINAL; job++) {
		expect_errors(BLOB(plain), BLOB(object), job);
		expect_undone(BLOB(plain), BLOB(object), job, FAULT_NOTHING);
	}
	expect_undone(BLOB(plain), BLOB(object), HASH_UPDATE, FAULT_HALF);
	expect_undone(BLOB(plain), BLOB(object), HASH_FINAL, FAULT_HALF);
}

static void content_keys(void **state)
{
	(void)state;
	expect_errors(BLOB(kw), BLOB(object), UNWRAP);
	expect_errors(BLOB(ecdh), BLOB(object), UNWRAP);
	expect_errors(BLOB(kw), BLOB(object), STREAM);
	expect_undone(BLOB(kw), BLOB(object), UNWRAP, FAULT_NOTHING);
	expect_undone(BLOB(ecdh), BLOB(object), UNWRAP, FAULT_NOTHING);
}

/* ---- signatures: bad ones, and a backend that says otherwise once ---- */

static void verdicts(void **state)
{
	const struct blob whole = BLOB(plain);
	struct blob bad = {malloc(whole.count), whole.count};
	size_t header = whole.count;

	(void)state;
	/* The signature ends where the first table begins, after which is the payload. */
	memcpy(bad.at, whole.at, whole.count);
	while (memcmp(whole.at + header - 66, "\x58\x40", 2) != 0 || header > 700)
		header--;
	bad.at[header - 1] ^= 1;
	plan.job = VERIFY;
	plan.fault = FAULT_RETURNS;
	plan.call = 0;
	assert_true(read_all(bad, BLOB(object), SOURCE_SEEKS) < 0);
	for (plan.call = 1; plan.call <= 2; plan.call++) {
		/* One good verdict on a bad signature. */
		plan.value = LLEXT_VERIFIED;
		assert_true(read_all(bad, BLOB(object), SOURCE_SEEKS) < 0);
		/* On a good one, any other verdict than the one, once. */
		for (size_t i = 0; i < 7; i++) {
			plan.value = not_success[i];
			assert_true(read_all(whole, BLOB(object), SOURCE_SEEKS) < 0);
		}
		for (unsigned int bit = 0; bit < 32; bit++) {
			plan.value = LLEXT_VERIFIED ^ 1u << bit;
			assert_true(read_all(whole, BLOB(object), SOURCE_SEEKS) < 0);
		}
		plan.value = 0;
		assert_true(read_all(whole, BLOB(object), SOURCE_SEEKS) < 0);
		plan.value = 2 * LLEXT_VERIFIED;
		assert_true(read_all(whole, BLOB(object), SOURCE_SEEKS) < 0);
	}
	free(bad.at);
}

/* A block is changed, and one call at a time goes wrong: it is not given out. */
static void changed_block(void **state)
{
	const struct blob whole = BLOB(plain);
	struct blob bad = {malloc(whole.count), whole.count};

	(void)state;
	memcpy(bad.at, whole.at, whole.count);
	bad.at[whole.count - 3] ^= 1;
	for (plan.job = HASH_INIT; plan.job <= VERIFY; plan.job++) {
		plan.call = 0;
		assert_true(read_all(bad, BLOB(object), SOURCE_SEEKS) < 0);
		for (unsigned int count = calls[plan.job]; count > 0; count--) {
			plan.call = count;
			for (plan.fault = 0; plan.fault < FAULTS; plan.fault++) {
				plan.value = plan.job == VERIFY ? LLEXT_VERIFIED : 0;
				assert_true(read_all(bad, BLOB(object), SOURCE_SEEKS) < 0);
			}
		}
	}
	plan.job = HASH_INIT;
	plan.call = 0;
	free(bad.at);
}

/* Encrypted, of ten tables: pieces in any order, and all of it forward in pieces of any size. */
static void encrypted_in_any_order(void **state)
{
	const struct blob envelope = BLOB(large), payload = BLOB(large_object);
	uint32_t random = 7;

	(void)state;
	assert_true(payload.count > 9 * 3 * 1024);
	plan.call = 0;
	for (int forward = 0; forward < 2; forward++) {
		struct source source;
		struct reader reader;
		struct llext_loader *ldr;
		size_t at = 0;

		source_open(&source, envelope, forward ? SOURCE_FORWARD : SOURCE_SEEKS);
		reader_open(&reader, &source, &trust, LLEXT_SIGNED_BUFFER_BYTES(1024, 3));
		ldr = &reader.loader.loader;
		assert_int_equal(ldr->prepare(ldr), 0);
		assert_true(ldr->claims(ldr)->encrypted);
		for (int i = 0; i < 300; i++) {
			uint8_t piece[2500];
			size_t bytes;

			random = random * 1664525 + 1013904223;
			bytes = (random >> 8) % (forward ? 200 : sizeof(piece));
			if (!forward) {
				random = random * 1664525 + 1013904223;
				at = (random >> 8) % payload.count;
				assert_int_equal(ldr->seek(ldr, at), 0);
			}
			if (bytes > payload.count - at)
				bytes = payload.count - at;
			assert_int_equal(ldr->read(ldr, piece, bytes), 0);
			assert_memory_equal(piece, payload.at + at, bytes);
			at += bytes;
		}
		assert_true(!forward || at > 20000);
		ldr->finalize(ldr);
		reader_close(&reader);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(hashes, device_set_up),
		cmocka_unit_test_setup(content_keys, device_set_up),
		cmocka_unit_test_setup(verdicts, device_set_up),
		cmocka_unit_test_setup(changed_block, device_set_up),
		cmocka_unit_test_setup(encrypted_in_any_order, device_set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
