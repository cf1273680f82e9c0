/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody tries who has good envelopes and can put anything where they are stored: one in the
 * place of another, less of it than it says, another one the second time; and ports that say
 * nothing where they are asked something.
 */
#include <errno.h>
#include <stdio.h>
#include <llext/diag.h>
#include "forge.h"

static struct llext_key ring[1];
static struct llext_trust trust;

static int set_up(void **state)
{
	(void)state;
	ring[0] = key_of(signer_secret);
	trust = (struct llext_trust){.keys = ring, .key_count = 1};
	return 0;
}

struct attempt {
	struct blob envelope;
	struct source source;
	struct reader reader;
	struct llext_loader *ldr;
};

static void open_attempt(struct attempt *attempt, struct forge *forge, enum source_kind kind)
{
	attempt->envelope = forge_build(forge);
	source_open(&attempt->source, attempt->envelope, kind);
	reader_open(&attempt->reader, &attempt->source, &trust, LLEXT_SIGNED_BUFFER_BYTES(1024, 8));
	attempt->ldr = &attempt->reader.loader.loader;
}

static void close_attempt(struct attempt *attempt)
{
	if (attempt->source.prepared != attempt->source.finalized)
		attempt->ldr->finalize(attempt->ldr);
	reader_close(&attempt->reader);
	blob_free(&attempt->envelope);
}

/* A good envelope of the same signer, where another name is expected. */
static void another_name(void **state)
{
	static const struct {
		const char *name;
		int error;
	} cases[] = {{NULL, 0},
		     {"codec.one", 0},
		     {"codec.on", -EPERM},
		     {"codec.one.two", -EPERM},
		     {"Codec.one", -EPERM},
		     {"", -EPERM}};
	struct llext_diag diag = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct attempt attempt;
		struct forge forge;

		forge_open(&forge, 2000, 1024, 8);
		open_attempt(&attempt, &forge, SOURCE_SEEKS);
		attempt.reader.loader.name = cases[i].name;
		assert_int_equal(attempt.ldr->prepare(attempt.ldr), cases[i].error);
		attempt.ldr->explain(attempt.ldr, &diag);
		if (cases[i].error != 0)
			assert_string_equal(diag.what, "signed under another name");
		close_attempt(&attempt);
		forge_close(&forge);
	}
}

static bool unchanging(const void *start, size_t bytes)
{
	/* All of it can be read, or the sanitizer ends the test. */
	for (size_t i = 0; i < bytes; i++)
		(void)((const volatile uint8_t *)start)[i];
	return true;
}

/* Mapped, of no known length, and cut short: nothing behind its end is looked at. */
static void mapped_and_cut_short(void **state)
{
	struct forge forge;
	struct attempt attempt;

	(void)state;
	trust.unchanging = unchanging;
	forge_open(&forge, 5000, 1024, 8);
	for (size_t left = 0; left <= 5000; left += 500) {
		struct blob cut = {0};
		uint8_t byte;
		int rc;

		open_attempt(&attempt, &forge, SOURCE_MAPPED);
		blob_put(&cut, attempt.envelope.at, attempt.envelope.count - left);
		cut.at = realloc(cut.at, cut.count);
		attempt.source.bytes = cut;
		attempt.source.loader.length = NULL;
		rc = attempt.ldr->prepare(attempt.ldr);
		assert_int_equal(rc, 0);
		assert_int_equal(attempt.ldr->peek != NULL, left == 0);
		assert_int_equal(attempt.ldr->seek(attempt.ldr, 4999), 0);
		rc = attempt.ldr->read(attempt.ldr, &byte, 1);
		assert_int_equal(rc == 0, left == 0);
		close_attempt(&attempt);
		blob_free(&cut);
	}
	forge_close(&forge);
}

/* The same loader again: nothing of the first time is left. */
static void another_one_the_second_time(void **state)
{
	struct forge forge;
	struct attempt attempt;
	uint8_t byte;

	(void)state;
	trust.unchanging = unchanging;
	for (enum source_kind kind = 0; kind < SOURCE_KINDS; kind++) {
		forge_open(&forge, 2000, 1024, 8);
		open_attempt(&attempt, &forge, kind);
		assert_int_equal(attempt.ldr->prepare(attempt.ldr), 0);
		assert_int_equal(attempt.ldr->read(attempt.ldr, &byte, 1), 0);
		attempt.ldr->finalize(attempt.ldr);
		attempt.envelope.at[100] ^= 1;
		assert_int_equal(attempt.ldr->prepare(attempt.ldr), -EBADMSG);
		assert_null(attempt.ldr->claims(attempt.ldr));
		assert_true(attempt.ldr->peek == NULL || attempt.ldr->peek(attempt.ldr, 0) == NULL);
		assert_true(attempt.ldr->read(attempt.ldr, &byte, 1) < 0);
		/* And good again. */
		attempt.envelope.at[100] ^= 1;
		assert_int_equal(attempt.ldr->prepare(attempt.ldr), 0);
		assert_int_equal(attempt.ldr->read(attempt.ldr, &byte, 1), 0);
		assert_int_equal(byte, forge.payload.at[0]);
		close_attempt(&attempt);
		forge_close(&forge);
	}
}

/* ---- ports ---- */

static int read_rc, raise_rc;
static bool writes;
static unsigned int raised;

static int counter_read(const char *name, uint32_t *value)
{
	(void)name;
	if (writes)
		*value = 3;
	return read_rc;
}

static int counter_raise(const char *name, uint32_t value)
{
	(void)name;
	(void)value;
	raised++;
	return raise_rc;
}

static int now(uint32_t *seconds)
{
	(void)seconds;
	return 0;
}

static int prepare_once(struct forge *forge)
{
	struct attempt attempt;
	int rc;

	open_attempt(&attempt, forge, SOURCE_SEEKS);
	rc = attempt.ldr->prepare(attempt.ldr);
	close_attempt(&attempt);
	return rc;
}

/* A port that returns 0 and has written nothing, or returns something above 0. */
static void ports_that_say_nothing(void **state)
{
	const struct llext_claims claims = {.name = "codec.one", .counter = 7};
	struct forge forge;

	(void)state;
	forge_open(&forge, 2000, 1024, 8);
	trust.counter_read = counter_read;
	trust.counter_raise = counter_raise;
	raised = 0;
	read_rc = raise_rc = 0;
	writes = false;
	assert_int_equal(prepare_once(&forge), -ESTALE);
	assert_int_equal(llext_trust_confirm(&trust, &claims), -ESTALE);
	writes = true;
	read_rc = 5;
	assert_int_equal(prepare_once(&forge), -EIO);
	assert_int_equal(llext_trust_confirm(&trust, &claims), -EIO);
	assert_int_equal(raised, 0);
	read_rc = 0;
	raise_rc = 5;
	assert_int_equal(prepare_once(&forge), 0);
	assert_int_equal(llext_trust_confirm(&trust, &claims), -EIO);
	assert_int_equal(raised, 1);
	forge_set_number(&forge, EXPIRES, 2000000000);
	trust.now = now;
	assert_int_equal(prepare_once(&forge), -ESTALE);
	forge_close(&forge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(another_name, set_up),
		cmocka_unit_test_setup(mapped_and_cut_short, set_up),
		cmocka_unit_test_setup(another_one_the_second_time, set_up),
		cmocka_unit_test_setup(ports_that_say_nothing, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
