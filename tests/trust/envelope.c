/* SPDX-License-Identifier: Apache-2.0 */
/* Signed loaders by themselves: good envelopes through every source, and each reason to refuse. */
#include <errno.h>
#include <stdio.h>
#include <llext/diag.h>
#include "forge.h"

static struct llext_key ring[2];
static struct llext_trust trust;

static int set_up(void **state)
{
	(void)state;
	ring[0] = key_of(signer_secret);
	ring[1] = key_of(other_secret);
	trust = (struct llext_trust){.keys = ring, .key_count = 1};
	return 0;
}

static bool never_changes(const void *start, size_t bytes)
{
	(void)start;
	(void)bytes;
	return true;
}

/* ---- what is expected of a whole envelope ---- */

static void expect_payload(struct llext_loader *ldr, const struct forge *forge)
{
	uint8_t piece[777];
	size_t at = 0;

	assert_int_equal(ldr->length(ldr), forge->payload.count);
	while (at < forge->payload.count) {
		size_t bytes = forge->payload.count - at;

		bytes = bytes < sizeof(piece) ? bytes : sizeof(piece);
		assert_int_equal(ldr->read(ldr, piece, bytes), 0);
		assert_memory_equal(piece, forge->payload.at + at, bytes);
		at += bytes;
	}
	assert_int_equal(ldr->read(ldr, piece, 1), -EINVAL);
}

static const char *reason(struct llext_signed_loader *s)
{
	struct llext_diag diag = {.what = "none"};

	s->loader.explain(&s->loader, &diag);
	return diag.what;
}

/* Prepare, and read all if that goes well. */
static int try(struct blob envelope, enum source_kind kind, char *why, size_t room)
{
	struct source source;
	struct reader reader;
	struct llext_loader *ldr;
	uint8_t bytes[512];
	int rc;

	source_open(&source, envelope, kind);
	reader_open(&reader, &source, &trust, 20000);
	ldr = &reader.loader.loader;
	rc = ldr->prepare(ldr);
	if (rc == 0) {
		size_t left = ldr->length(ldr);

		assert_non_null(ldr->claims(ldr));
		while (rc == 0 && left > 0) {
			size_t piece = left < sizeof(bytes) ? left : sizeof(bytes);

			rc = ldr->read(ldr, bytes, piece);
			left -= piece;
		}
		if (rc != 0)
			snprintf(why, room, "%s", reason(&reader.loader));
		ldr->finalize(ldr);
	} else {
		snprintf(why, room, "%s", reason(&reader.loader));
	}
	/* Nothing is given out before the beginning or after the end. */
	assert_null(ldr->claims(ldr));
	assert_int_not_equal(ldr->read(ldr, bytes, 1), 0);
	assert_int_equal(source.prepared, source.finalized);
	reader_close(&reader);
	return rc;
}

static void expect(struct forge *forge, int error, const char *why)
{
	struct blob envelope = forge_build(forge);
	char found[128] = "";
	int rc = try(envelope, SOURCE_SEEKS, found, sizeof(found));

	if (rc != error || (why != NULL && strcmp(found, why) != 0))
		fail_msg("expected %d (%s), got %d (%s)", error, why, rc, found);
	blob_free(&envelope);
}

/* As expect(), then done with. */
static void expect_last(struct forge *forge, int error, const char *why)
{
	expect(forge, error, why);
	forge_close(forge);
}

/* ---- good ones ---- */

static void every_source_and_shape(void **state)
{
	static const struct {
		size_t bytes;
		uint32_t block, table;
	} shapes[] = {{1, 1024, 1},       {1024, 1024, 1},   {1025, 1024, 1},   {5000, 1024, 2},
		      {4096, 1024, 4},    {4097, 1024, 4},   {40000, 4096, 16}, {70000, 16384, 3},
		      {9000, 1024, 4096}, {65536, 1024, 16}, {20001, 2048, 5}};

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		uint32_t block = shapes[i].block, table = shapes[i].table;
		size_t count = (shapes[i].bytes + block - 1) / block;
		struct forge forge;
		struct blob envelope;

		forge_open(&forge, shapes[i].bytes, block, table);
		envelope = forge_build(&forge);
		for (int kind = 0; kind < SOURCE_KINDS; kind++) {
			size_t digests = count > table ? table + 1 : count;
			size_t room = LLEXT_SIGNED_BUFFER_BYTES(block, digests - 1);
			struct source source;
			struct reader reader;
			struct llext_loader *ldr;

			trust.unchanging = never_changes;
			source_open(&source, envelope, kind);
			source.once = calloc(envelope.count, 1);
			reader_open(&reader, &source, &trust, room);
			ldr = &reader.loader.loader;
			assert_int_equal(ldr->prepare(ldr), 0);
			assert_int_equal(ldr->seek != NULL, kind != SOURCE_FORWARD);
			assert_int_equal(ldr->peek != NULL,
					 kind == SOURCE_MAPPED && count <= table);
			if (ldr->peek != NULL)
				assert_memory_equal(ldr->peek(ldr, 0), forge.payload.at,
						    forge.payload.count);
			expect_payload(ldr, &forge);
			assert_false(source.read_twice);
			ldr->finalize(ldr);
			assert_int_equal(source.finalized, 1);
			free(source.once);
			reader_close(&reader);
		}
		blob_free(&envelope);
		forge_close(&forge);
	}
}

static void any_order(void **state)
{
	struct forge forge;
	struct blob envelope;
	struct source source;
	struct reader reader;
	struct llext_loader *ldr;
	uint32_t random = 1;

	(void)state;
	forge_open(&forge, 33333, 1024, 3);
	envelope = forge_build(&forge);
	source_open(&source, envelope, SOURCE_SEEKS);
	reader_open(&reader, &source, &trust, LLEXT_SIGNED_BUFFER_BYTES(1024, 3));
	ldr = &reader.loader.loader;
	assert_int_equal(ldr->prepare(ldr), 0);
	for (int i = 0; i < 300; i++) {
		uint8_t piece[2500];
		size_t at, bytes;

		random = random * 1664525 + 1013904223;
		at = (random >> 8) % forge.payload.count;
		random = random * 1664525 + 1013904223;
		bytes = (random >> 8) % sizeof(piece);
		if (bytes > forge.payload.count - at)
			bytes = forge.payload.count - at;
		assert_int_equal(ldr->seek(ldr, at), 0);
		assert_int_equal(ldr->read(ldr, piece, bytes), 0);
		assert_memory_equal(piece, forge.payload.at + at, bytes);
	}
	assert_int_equal(ldr->seek(ldr, forge.payload.count), 0);
	assert_int_equal(ldr->seek(ldr, forge.payload.count + 1), -EINVAL);
	ldr->finalize(ldr);
	reader_close(&reader);
	blob_free(&envelope);
	forge_close(&forge);
}

static void claims(void **state)
{
	struct forge forge;
	struct blob envelope;
	struct source source;
	struct reader reader;
	struct llext_loader *ldr;
	struct llext_claimed_import import;
	const struct llext_claims *found;
	uint8_t byte;

	(void)state;
	forge_open(&forge, 3000, 1024, 4);
	forge_set(&forge, IMPORTS,
		  "\x82\x82\x61"
		  "a"
		  "\x83\x01\x02\x03\x82\x62"
		  "bc"
		  "\x83\x00\x00\x09",
		  16);
	forge_set(&forge, SANDBOX, "\xf5", 1);
	envelope = forge_build(&forge);
	source_open(&source, envelope, SOURCE_SEEKS);
	reader_open(&reader, &source, &trust, LLEXT_SIGNED_BUFFER_BYTES(1024, 4));
	ldr = &reader.loader.loader;
	assert_null(ldr->claims(ldr));
	assert_int_equal(ldr->prepare(ldr), 0);
	found = ldr->claims(ldr);
	assert_string_equal(found->name, "codec.one");
	assert_int_equal(found->version.major, 1);
	assert_int_equal(found->version.minor, 2);
	assert_int_equal(found->version.patch, 3);
	assert_int_equal(found->counter, 7);
	assert_int_equal(found->payload, LLEXT_PAYLOAD_ELF);
	assert_int_equal(found->bytes, 3000);
	assert_int_equal(found->machine, 62);
	assert_int_equal(found->elf_class, 2);
	assert_int_equal(found->memory.instr_bytes, 100);
	assert_int_equal(found->memory.transient_bytes, 400);
	assert_true(found->sandbox_only);
	assert_false(found->encrypted);
	assert_ptr_equal(found->key, &ring[0]);
	assert_int_equal(llext_claims_import(found, 0, &import), 0);
	assert_string_equal(import.name, "a");
	assert_int_equal(import.version.patch, 3);
	assert_int_equal(llext_claims_import(found, 1, &import), 0);
	assert_string_equal(import.name, "bc");
	assert_int_equal(import.version.patch, 9);
	assert_int_equal(llext_claims_import(found, 2, &import), -ENOENT);
	assert_int_equal(ldr->read(ldr, &byte, 1), 0);
	assert_int_equal(llext_claims_import(found, 0, &import), -ENODATA);
	ldr->finalize(ldr);
	reader_close(&reader);
	blob_free(&envelope);
	forge_close(&forge);
}

/* ---- signatures and keys ---- */

static void another_key(void **state)
{
	struct forge forge;

	(void)state;
	forge_open(&forge, 2000, 1024, 4);
	forge.signer = other_secret;
	expect(&forge, -EPERM, "the signer's key is not in the ring");
	/* The right name, and another key behind it. */
	memcpy(ring[0].id, ring[1].id, sizeof(ring[0].id));
	expect_last(&forge, -EBADMSG, "the signature does not verify");
}

static void rotation(void **state)
{
	struct forge forge;

	(void)state;
	/* Both keys are in the ring while the fleet moves from one to the other. */
	trust.key_count = 2;
	forge_open(&forge, 2000, 1024, 4);
	expect(&forge, 0, NULL);
	forge.signer = other_secret;
	expect(&forge, 0, NULL);
	ring[0].flags |= LLEXT_KEY_REVOKED;
	expect(&forge, 0, NULL);
	forge.signer = signer_secret;
	expect_last(&forge, -EPERM, "the key has been revoked");
}

static void rights(void **state)
{
	struct forge forge;

	(void)state;
	forge_open(&forge, 2000, 1024, 4);
	ring[0].names = "codec.";
	expect(&forge, 0, NULL);
	ring[0].names = "codec.one";
	expect(&forge, 0, NULL);
	ring[0].names = "codec.one.";
	expect(&forge, -EPERM, "the key may not sign this name");
	ring[0].names = "driver.";
	expect(&forge, -EPERM, "the key may not sign this name");
	ring[0].names = "";
	ring[0].counter_limit = 7;
	expect(&forge, 0, NULL);
	ring[0].counter_limit = 6;
	expect(&forge, -EPERM, "the key may not set such a counter");
	ring[0].counter_limit = UINT32_MAX;
	forge_set_number(&forge, COUNTER, UINT32_MAX - 1);
	expect(&forge, 0, NULL);
	/* After it there could be no other. */
	forge_set_number(&forge, COUNTER, UINT32_MAX);
	expect_last(&forge, -EPERM, "the key may not set such a counter");
}

static void bad_signatures(void **state)
{
	/* The order of the group, as r or s. */
	static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
					  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					  0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
					  0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
	static const uint8_t zero[32];
	const uint8_t *const values[] = {zero, order, NULL};
	struct forge forge;
	struct blob envelope;
	char why[128];
	size_t end, header;

	(void)state;
	forge_open(&forge, 500, 1024, 4);
	envelope = forge_build(&forge);
	header = envelope.count - 500 - 32;
	end = header - 64;
	for (int r = 0; r < 3; r++) {
		for (int s = 0; s < 3; s++) {
			uint8_t good[64];

			memcpy(good, envelope.at + end, 64);
			if (values[r] != NULL)
				memcpy(envelope.at + end, values[r], 32);
			if (values[s] != NULL)
				memcpy(envelope.at + end + 32, values[s], 32);
			assert_int_equal(try(envelope, SOURCE_SEEKS, why, sizeof(why)),
					 r == 2 && s == 2 ? 0 : -EBADMSG);
			memcpy(envelope.at + end, good, 64);
		}
	}
	/* A public key that is no point of the curve. */
	ring[0].public_key[63] ^= 1;
	assert_int_equal(try(envelope, SOURCE_SEEKS, why, sizeof(why)), -EBADMSG);
	blob_free(&envelope);
	forge_close(&forge);
}

/* ---- counters and the clock ---- */

static uint32_t own_counter, floor_counter, seconds;
static int own_error, floor_error, clock_error;
static char raised[40];

static int counter_read(const char *name, uint32_t *value)
{
	*value = name != NULL ? own_counter : floor_counter;
	if (name != NULL)
		assert_string_equal(name, "codec.one");
	return name != NULL ? own_error : floor_error;
}

static int counter_raise(const char *name, uint32_t value)
{
	snprintf(raised, sizeof(raised), "%s %u", name, value);
	own_counter = value;
	return 0;
}

static int now(uint32_t *value)
{
	*value = seconds;
	return clock_error;
}

static void counters(void **state)
{
	struct forge forge;
	struct llext_claims confirmed = {.name = "codec.one", .counter = 7};

	(void)state;
	trust.counter_read = counter_read;
	own_counter = floor_counter = 0;
	own_error = floor_error = 0;
	forge_open(&forge, 2000, 1024, 4);
	expect(&forge, 0, NULL);
	own_counter = floor_counter = 7;
	expect(&forge, 0, NULL);
	own_counter = 8;
	expect(&forge, -ESTALE, "older than what was confirmed");
	own_counter = 0;
	floor_counter = 8;
	expect(&forge, -ESTALE, "older than what was confirmed");
	floor_counter = 0;
	own_error = -EIO;
	expect(&forge, -EIO, "a counter cannot be read");
	own_error = 0;
	floor_error = 1;
	expect(&forge, -EIO, "a counter cannot be read");
	floor_error = 0;
	own_counter = UINT32_MAX;
	expect(&forge, -ESTALE, "a counter is at its end");
	own_counter = 3;

	/* Loading raises nothing; confirming does, and never lowers. */
	raised[0] = '\0';
	expect(&forge, 0, NULL);
	assert_string_equal(raised, "");
	assert_int_equal(llext_trust_confirm(&trust, &confirmed), -ENOSYS);
	trust.counter_raise = counter_raise;
	assert_int_equal(llext_trust_confirm(&trust, &confirmed), 0);
	assert_string_equal(raised, "codec.one 7");
	raised[0] = '\0';
	assert_int_equal(llext_trust_confirm(&trust, &confirmed), 0);
	confirmed.counter = 6;
	assert_int_equal(llext_trust_confirm(&trust, &confirmed), 0);
	assert_string_equal(raised, "");
	own_error = -EIO;
	assert_int_equal(llext_trust_confirm(&trust, &confirmed), -EIO);
	own_error = 0;
	forge_set_number(&forge, COUNTER, 6);
	expect_last(&forge, -ESTALE, "older than what was confirmed");
}

/* A key that may not set a counter above the floor signs nothing any more. */
static void floor_revokes_a_key(void **state)
{
	struct forge forge;

	(void)state;
	trust.counter_read = counter_read;
	trust.key_count = 2;
	own_counter = own_error = floor_error = 0;
	floor_counter = 101;
	ring[0].counter_limit = 100;
	forge_open(&forge, 2000, 1024, 4);
	forge_set_number(&forge, COUNTER, 100);
	expect(&forge, -ESTALE, NULL);
	forge_set_number(&forge, COUNTER, 101);
	expect(&forge, -EPERM, "the key may not set such a counter");
	forge.signer = other_secret;
	expect_last(&forge, 0, NULL);
}

static void expiry(void **state)
{
	struct forge forge;

	(void)state;
	forge_open(&forge, 2000, 1024, 4);
	forge_set_number(&forge, EXPIRES, 2000000000);
	expect(&forge, -ENOTSUP, "it expires, and there is no clock");
	trust.now = now;
	clock_error = 0;
	seconds = 1999999999;
	expect(&forge, 0, NULL);
	seconds = 2000000000;
	expect(&forge, -ESTALE, "it has expired");
	clock_error = -ENODEV;
	expect_last(&forge, -ENODEV, "the clock cannot be read");
}

/* ---- for whom ---- */

static uint64_t fingerprint(void)
{
	return 0x0123456789abcdef;
}

static void places(void **state)
{
	static const uint8_t id[17] = "\x50"
				      "0123456789abcdef";
	const uint8_t **own[] = {&trust.vendor_id, &trust.class_id, &trust.device_id};
	struct forge forge;

	(void)state;
	forge_open(&forge, 2000, 1024, 4);
	for (uint32_t i = 0; i < 3; i++) {
		forge_set(&forge, VENDOR_ID + i, id, sizeof(id));
		expect(&forge, -EPERM, "for another vendor, class or device");
		*own[i] = (const uint8_t *)"0123456789abcdeF";
		expect(&forge, -EPERM, "for another vendor, class or device");
		*own[i] = id + 1;
		expect(&forge, 0, NULL);
	}
	trust.machine = 40;
	expect(&forge, -EPERM, "for another machine");
	trust.machine = 62;
	expect(&forge, 0, NULL);
	forge_set(&forge, FIRMWARE, "\x48\x01\x23\x45\x67\x89\xab\xcd\xef", 9);
	expect(&forge, -EPERM, "bound to another firmware");
	trust.fingerprint = fingerprint;
	expect(&forge, 0, NULL);
	forge_set(&forge, FIRMWARE, "\x48\x01\x23\x45\x67\x89\xab\xcd\xee", 9);
	expect(&forge, -EPERM, "bound to another firmware");
	forge_set(&forge, FIRMWARE, NULL, 0);
	forge_set_number(&forge, API, LLEXT_API_VERSION + 1);
	expect_last(&forge, -ENOTSUP, "it needs a newer API");
}

/* ---- manifests that are wrong, and signed all the same ---- */

static void manifests(void **state)
{
	static const struct {
		uint32_t key;
		const char *value;
		size_t bytes;
		int error;
	} cases[] = {
		/* Missing, each in turn. */
		{FORMAT, "", 0, -EBADMSG},
		{NAME, "", 0, -EBADMSG},
		{VERSION, "", 0, -EBADMSG},
		{COUNTER, "", 0, -EBADMSG},
		{PAYLOAD, "", 0, -EBADMSG},
		{DIGEST, "", 0, -EBADMSG},
		{MACHINE, "", 0, -EBADMSG},
		{API, "", 0, -EBADMSG},
		{MEMORY, "", 0, -EBADMSG},
		/* Another version of the format, and keys that are not known. */
		{FORMAT, "\x02", 1, -ENOTSUP},
		{20, "\x01", 1, -ENOTSUP},
		{63, "\x01", 1, -ENOTSUP},
		{64, "\x01", 1, 0},
		{1000, "\x82\xa1\x01\x43\x01\x02\x03\xd8\x20\xf6", 10, 0},
		{1000, "\x82\xa1\x01\x43\x01\x02\x03\xd8\x20\xf9", 10, -EBADMSG},
		{1000, "\xf9\x3c\x00", 3, -EBADMSG},
		{1000, "\x9f\xff", 2, -EBADMSG},
		{1000, "\x5f\x41\x00\xff", 4, -EBADMSG},
		{1000, "\x9a\xff\xff\xff\xff", 5, -EBADMSG},
		{1000, "\xba\x80\x00\x00\x00", 5, -EBADMSG},
		/* Names. */
		{NAME, "\x60", 1, -EBADMSG},
		{NAME,
		 "\x41"
		 "a",
		 2, -EBADMSG},
		{NAME,
		 "\x62"
		 "a\0",
		 3, -EBADMSG},
		{NAME,
		 "\x62"
		 "a/",
		 3, -EBADMSG},
		{NAME,
		 "\x62"
		 "a,",
		 3, -EBADMSG},
		{NAME,
		 "\x62"
		 "a ",
		 3, -EBADMSG},
		{NAME,
		 "\x62"
		 "\xc3\xa4",
		 3, -EBADMSG},
		{NAME,
		 "\x62"
		 "a[",
		 3, -EBADMSG},
		{NAME,
		 "\x62"
		 "a@",
		 3, -EBADMSG},
		{NAME,
		 "\x62"
		 "a`",
		 3, -EBADMSG},
		{NAME,
		 "\x61"
		 ".",
		 2, -EBADMSG},
		{NAME,
		 "\x62"
		 "..",
		 3, -EBADMSG},
		{NAME,
		 "\x63"
		 "-rf",
		 4, -EBADMSG},
		{NAME,
		 "\x62"
		 "+a",
		 3, -EBADMSG},
		{NAME,
		 "\x62"
		 "_a",
		 3, 0},
		{NAME,
		 "\x69"
		 "aZz_-+.09",
		 10, 0},
		{NAME,
		 "\x78\x1f"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		 33, 0},
		{NAME,
		 "\x78\x20"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		 34, -EBADMSG},
		/* Encodings that are not the shortest. */
		{COUNTER, "\x18\x17", 2, -EBADMSG},
		{COUNTER, "\x18\x18", 2, 0},
		{COUNTER, "\x19\x00\xff", 3, -EBADMSG},
		{COUNTER, "\x19\x01\x00", 3, 0},
		{COUNTER, "\x1a\x00\x00\xff\xff", 5, -EBADMSG},
		{COUNTER, "\x1a\x00\x01\x00\x00", 5, 0},
		{COUNTER, "\x1b\x00\x00\x00\x01\x00\x00\x00\x00", 9, -EBADMSG},
		{COUNTER, "\x20", 1, -EBADMSG},
		{COUNTER, "\x1c", 1, -EBADMSG},
		{VERSION, "\x82\x01\x02", 3, -EBADMSG},
		{VERSION, "\x84\x01\x02\x03\x04", 5, -EBADMSG},
		{VERSION, "\x83\x01\x02\x21", 4, -EBADMSG},
		{DIGEST, "\x41\x00", 2, -EBADMSG},
		{VENDOR_ID,
		 "\x4f"
		 "0123456789abcde",
		 16, -EBADMSG},
		{SANDBOX, "\xf4", 1, -EBADMSG},
		{SANDBOX, "\x01", 1, -EBADMSG},
		{IMPORTS,
		 "\x81\x82\x61"
		 "a"
		 "\x83\x01\x02",
		 7, -EBADMSG},
		{IMPORTS,
		 "\x81\x81\x61"
		 "a",
		 4, -EBADMSG},
		{IMPORTS, "\x9a\xff\xff\xff\xff", 5, -EBADMSG},
		{IMPORTS, "\x80", 1, 0},
		/* Sizes: block, table, bytes. */
		{PAYLOAD, "\x84\x00\x19\x07\xd0\x19\x02\x00\x04", 9, -ENOTSUP},
		{PAYLOAD, "\x84\x00\x19\x07\xd0\x19\x80\x00\x04", 9, -ENOTSUP},
		{PAYLOAD, "\x84\x00\x19\x07\xd0\x19\x04\x01\x04", 9, -ENOTSUP},
		{PAYLOAD, "\x84\x00\x19\x07\xd0\x00\x04", 7, -ENOTSUP},
		{PAYLOAD, "\x84\x00\x19\x07\xd0\x19\x04\x00\x00", 9, -ENOTSUP},
		{PAYLOAD, "\x84\x00\x19\x07\xd0\x19\x04\x00\x19\x10\x01", 11, -ENOTSUP},
		{PAYLOAD, "\x84\x00\x00\x19\x04\x00\x04", 7, -ENOTSUP},
		{PAYLOAD, "\x84\x00\x1a\xff\xff\xff\xff\x19\x04\x00\x04", 11, -ENOTSUP},
		{PAYLOAD, "\x84\x00\x1a\x40\x00\x00\x00\x19\x04\x00\x04", 11, -EBADMSG},
		{PAYLOAD, "\x84\x00\x19\x07\xd1\x19\x04\x00\x04", 9, -EBADMSG},
		{PAYLOAD, "\x84\x00\x19\x07\xcf\x19\x04\x00\x04", 9, -EBADMSG},
		{PAYLOAD, "\x84\x02\x19\x07\xd0\x19\x04\x00\x04", 9, 0},
		{PAYLOAD, "\x84\x03\x19\x07\xd0\x19\x04\x00\x04", 9, -ENOTSUP},
		{ENCRYPTION, "\x01", 1, -ENOTSUP},
		/* The class of a machine, and an expiry that would be none. */
		{MACHINE, "\x83\x18\x28\x01\x00", 5, 0},
		{MACHINE, "\x83\x18\x28\x02\x00", 5, 0},
		{MACHINE, "\x83\x18\x28\x00\x00", 5, -EBADMSG},
		{MACHINE, "\x83\x18\x28\x03\x00", 5, -EBADMSG},
		{EXPIRES, "\x00", 1, -EBADMSG},
		{EXPIRES, "\x01", 1, -ENOTSUP},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct forge forge;

		print_message("key %u, case %zu\n", cases[i].key, i);
		forge_open(&forge, 2000, 1024, 4);
		forge_set(&forge, cases[i].key, cases[i].value, cases[i].bytes);
		expect_last(&forge, cases[i].error, NULL);
	}
}

/* Keys out of order, twice, and bytes behind the map. */
static void order_of_keys(void **state)
{
	struct forge forge;
	struct blob manifest = {0};
	size_t count;

	(void)state;
	for (int what = 0; what < 4; what++) {
		forge_open(&forge, 2000, 1024, 4);
		blob_free(&manifest);
		blob_head(&manifest, 5, (uint32_t)forge.entry_count + 1 + (what == 1));
		for (size_t i = 0; i < forge.entry_count; i++) {
			size_t at = what == 2 && i < 2 ? 1 - i : i;
			const struct entry *entry = &forge.entries[at];

			for (int twice = 0; twice <= (what == 1 && at == 1); twice++) {
				blob_head(&manifest, 0, entry->key);
				blob_put(&manifest, entry->value.at, entry->value.count);
			}
		}
		blob_put(&manifest, "\x13", 1);
		blob_head(&manifest, 2, 300);
		count = manifest.count;
		blob_put(&manifest, (uint8_t[300]){0}, 300);
		assert_int_equal(manifest.count, count + 300);
		if (what == 3)
			blob_put(&manifest, "", 1);
		forge.manifest = manifest;
		manifest = (struct blob){0};
		expect_last(&forge, what == 0 ? 0 : -EBADMSG,
			    what == 0 ? NULL : "malformed manifest");
	}
}

/* ---- parts of two envelopes ---- */

static void mixed(void **state)
{
	struct forge old, new;
	struct blob a, b, mix = {0};
	size_t behind;
	char why[128];

	(void)state;
	forge_open(&old, 5000, 1024, 2);
	forge_open(&new, 5000, 1024, 2);
	forge_set_number(&new, COUNTER, 8);
	a = forge_build(&old);
	b = forge_build(&new);
	assert_int_equal(a.count, b.count);
	behind = a.count - 5000 - (3 + 3 + 1) * 32;
	/* The old manifest on the new payload, the new one on the old payload. */
	blob_put(&mix, a.at, behind);
	blob_put(&mix, b.at + behind, b.count - behind);
	assert_int_equal(try(mix, SOURCE_SEEKS, why, sizeof(why)), -EBADMSG);
	assert_string_equal(why, "a block or a table differs from what was signed");
	memcpy(mix.at, b.at, behind);
	memcpy(mix.at + behind, a.at + behind, a.count - behind);
	assert_int_equal(try(mix, SOURCE_FORWARD, why, sizeof(why)), -EBADMSG);
	/* The new manifest with the old signature. */
	memcpy(mix.at, b.at, b.count);
	memcpy(mix.at + behind - 64, a.at + behind - 64, 64);
	assert_int_equal(try(mix, SOURCE_SEEKS, why, sizeof(why)), -EBADMSG);
	/* Two blocks changed places. */
	memcpy(mix.at, a.at, a.count);
	memcpy(mix.at + behind + 96, a.at + behind + 96 + 1024, 1024);
	memcpy(mix.at + behind + 96 + 1024, a.at + behind + 96, 1024);
	assert_int_equal(try(mix, SOURCE_SEEKS, why, sizeof(why)), -EBADMSG);
	/* A second envelope behind the first one. */
	memcpy(mix.at, a.at, a.count);
	blob_put(&mix, b.at, b.count);
	assert_int_equal(try(mix, SOURCE_SEEKS, why, sizeof(why)), -EBADMSG);
	assert_string_equal(why, "the envelope has another length");
	blob_free(&mix);
	blob_free(&a);
	blob_free(&b);
	forge_close(&old);
	forge_close(&new);
}

/* ---- buffers, arguments, sources ---- */

static void buffers(void **state)
{
	struct forge forge;
	struct blob envelope;

	(void)state;
	forge_open(&forge, 9000, 1024, 4);
	envelope = forge_build(&forge);
	for (size_t room = 1; room <= LLEXT_SIGNED_BUFFER_BYTES(1024, 4); room++) {
		struct source source;
		struct reader reader;
		struct llext_loader *ldr;
		int rc;

		/* Each signature takes its time: not every size above that of a manifest. */
		if (room > 700 && room < LLEXT_SIGNED_BUFFER_BYTES(1024, 4) - 2)
			continue;
		source_open(&source, envelope, SOURCE_SEEKS);
		reader_open(&reader, &source, &trust, room);
		ldr = &reader.loader.loader;
		rc = ldr->prepare(ldr);
		if (room < LLEXT_SIGNED_BUFFER_BYTES(1024, 4)) {
			assert_int_equal(rc, room <= 135 ? -EINVAL : -ENOSPC);
		} else {
			assert_int_equal(rc, 0);
			expect_payload(ldr, &forge);
			ldr->finalize(ldr);
		}
		assert_int_equal(source.prepared, source.finalized);
		reader_close(&reader);
	}
	blob_free(&envelope);
	forge_close(&forge);
}

static void arguments(void **state)
{
	struct blob nothing = {0};
	struct source source;
	struct reader reader;

	(void)state;
	source_open(&source, nothing, SOURCE_SEEKS);
	for (int what = 0; what < 3; what++) {
		reader_open(&reader, &source, &trust, 2000);
		if (what == 0)
			reader.loader.source = NULL;
		else if (what == 1)
			reader.loader.trust = NULL;
		else
			reader.loader.buffer = NULL;
		assert_int_equal(reader.loader.loader.prepare(&reader.loader.loader), -EINVAL);
		reader_close(&reader);
	}
	assert_int_equal(source.prepared, 0);
}

/* Each call of the source fails in turn: the error is passed on, and nothing is given out after. */
static void source_fails(void **state)
{
	struct forge forge;
	struct blob envelope;
	unsigned int calls = 1;
	bool done = false;

	(void)state;
	forge_open(&forge, 5000, 1024, 2);
	envelope = forge_build(&forge);
	for (; !done; calls++) {
		struct source source;
		struct reader reader;
		struct llext_loader *ldr;
		uint8_t bytes[5000];
		int rc;

		source_open(&source, envelope, SOURCE_SEEKS);
		source.fail_at = calls;
		reader_open(&reader, &source, &trust, LLEXT_SIGNED_BUFFER_BYTES(1024, 2));
		ldr = &reader.loader.loader;
		rc = ldr->prepare(ldr);
		if (rc == 0) {
			rc = ldr->read(ldr, bytes, sizeof(bytes));
			if (rc != 0)
				assert_int_equal(ldr->read(ldr, bytes, 1), rc);
			ldr->finalize(ldr);
		}
		done = source.calls < calls;
		assert_int_equal(rc, done ? 0 : -ENODEV);
		assert_int_equal(source.prepared, source.finalized);
		reader_close(&reader);
	}
	assert_true(calls > 12);
	blob_free(&envelope);
	forge_close(&forge);
}

/* Bytes that change behind the loader's back, once verified, are not seen. */
static void double_fetch(void **state)
{
	struct forge forge;
	struct blob envelope;
	struct source source;
	struct reader reader;
	struct llext_loader *ldr;
	uint8_t byte;

	(void)state;
	forge_open(&forge, 2000, 1024, 4);
	envelope = forge_build(&forge);
	/* Memory that can be peeked at, but of which nobody says that it does not change. */
	source_open(&source, envelope, SOURCE_MAPPED);
	reader_open(&reader, &source, &trust, LLEXT_SIGNED_BUFFER_BYTES(1024, 4));
	ldr = &reader.loader.loader;
	assert_int_equal(ldr->prepare(ldr), 0);
	assert_null(ldr->peek);
	assert_int_equal(ldr->read(ldr, &byte, 1), 0);
	memset(envelope.at, 0, envelope.count);
	for (size_t i = 1; i < 1024; i++) {
		assert_int_equal(ldr->read(ldr, &byte, 1), 0);
		assert_int_equal(byte, forge.payload.at[i]);
	}
	assert_int_equal(ldr->read(ldr, &byte, 1), -EBADMSG);
	assert_int_equal(ldr->seek(ldr, 0), 0);
	assert_int_equal(ldr->read(ldr, &byte, 1), -EBADMSG);
	ldr->finalize(ldr);
	reader_close(&reader);
	blob_free(&envelope);
	forge_close(&forge);
}

static void not_envelopes(void **state)
{
	struct blob file = {0};
	char why[128];

	(void)state;
	blob_put(&file, (uint8_t[3000]){0x7f, 'E', 'L', 'F'}, 3000);
	assert_int_equal(try(file, SOURCE_SEEKS, why, sizeof(why)), -EBADMSG);
	assert_string_equal(why, "not a signed extension");
	blob_free(&file);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		CASE(every_source_and_shape),
		CASE(any_order),
		CASE(claims),
		CASE(another_key),
		CASE(rotation),
		CASE(rights),
		CASE(bad_signatures),
		CASE(counters),
		CASE(floor_revokes_a_key),
		CASE(expiry),
		CASE(places),
		CASE(manifests),
		CASE(order_of_keys),
		CASE(mixed),
		CASE(buffers),
		CASE(arguments),
		CASE(source_fails),
		CASE(double_fetch),
		CASE(not_envelopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
