/* SPDX-License-Identifier: Apache-2.0 */
/* Writing envelopes (docs/envelope.md): the manifest, its COSE_Sign1, tables and blocks. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include "cbor.h"
#include "signing.h"

#define MANIFEST_VERSION 1
#define PAYLOAD_ALIGN    32  /* of the first table, and so of a payload with one table */
#define LEAST_MANIFEST   256 /* so that its head is always of three bytes */
#define PROTECTED_BYTES  53
#define BEFORE_MANIFEST  (2 + PROTECTED_BYTES + 1 + 3)

/* ---- CBOR ---- */

struct writer {
	uint8_t *bytes;
	size_t length, room;
};

static void put_raw(struct writer *w, const void *bytes, size_t count)
{
	if (w->room - w->length < count) {
		w->room = 2 * (w->length + count);
		w->bytes = need_more(w->bytes, w->room, 1);
	}
	memcpy(w->bytes + w->length, bytes, count);
	w->length += count;
}

/* The shortest form, as the deterministic encoding has it. */
static void put_head(struct writer *w, unsigned int type, uint32_t number)
{
	uint8_t head[5];
	size_t bytes = number < 24 ? 0 : number <= UINT8_MAX ? 1 : number <= UINT16_MAX ? 2 : 4;

	head[0] = (uint8_t)(type << 5 | (bytes == 0   ? number
					 : bytes == 1 ? 24
					 : bytes == 2 ? 25
						      : 26));
	for (size_t i = 0; i < bytes; i++)
		head[1 + i] = (uint8_t)(number >> 8 * (bytes - 1 - i));
	put_raw(w, head, 1 + bytes);
}

static void put_string(struct writer *w, unsigned int type, const void *bytes, size_t count)
{
	put_head(w, type, (uint32_t)count);
	put_raw(w, bytes, count);
}

static void put_text(struct writer *w, const char *text)
{
	put_string(w, CBOR_TEXT, text, strlen(text));
}

static void put_numbers(struct writer *w, const uint32_t *numbers, uint32_t count)
{
	put_head(w, CBOR_ARRAY, count);
	for (uint32_t i = 0; i < count; i++)
		put_head(w, CBOR_UINT, numbers[i]);
}

/* ---- encryption ---- */

static const uint8_t kdf_context[] = {0x84, 0x22, 0x83, 0xf6, 0xf6, 0xf6, 0x83, 0xf6, 0xf6,
				      0xf6, 0x82, 0x18, 0x80, 0x44, 0xa1, 0x01, 0x38, 0x1c};

struct encryption {
	uint8_t key[LLEXT_CONTENT_KEY_BYTES], iv[LLEXT_IV_BYTES];
	struct writer cose; /* the COSE_Encrypt */
};

/* {4: id, -1: ephemeral key}, under the header {1: -29}. */
static bool put_ecdh(struct encryption *e, const struct key *recipient)
{
	EVP_PKEY *ephemeral = EVP_EC_gen("P-256");
	uint8_t point[1 + LLEXT_PUBLIC_BYTES], kek[16], wrapped[LLEXT_WRAPPED_BYTES];
	size_t bytes = 0;
	bool good =
		ephemeral != NULL &&
		EVP_PKEY_get_octet_string_param(ephemeral, "pub", point, sizeof(point), &bytes) ==
			1 &&
		bytes == sizeof(point) && point[0] == 4 &&
		ecdh_kek(ephemeral, recipient->public_key, kdf_context, sizeof(kdf_context), kek) &&
		key_wrap(kek, true, e->key, sizeof(e->key), wrapped);

	EVP_PKEY_free(ephemeral);
	put_head(&e->cose, CBOR_ARRAY, 3);
	put_string(&e->cose, CBOR_BYTES, "\xa1\x01\x38\x1c", 4);
	put_raw(&e->cose, "\xa2\x04", 2);
	put_string(&e->cose, CBOR_BYTES, recipient->id, LLEXT_KEY_ID_BYTES);
	put_raw(&e->cose, "\x20\xa4\x01\x02\x20\x01\x21", 7);
	put_string(&e->cose, CBOR_BYTES, point + 1, 32);
	put_raw(&e->cose, "\x22", 1);
	put_string(&e->cose, CBOR_BYTES, point + 33, 32);
	put_string(&e->cose, CBOR_BYTES, wrapped, sizeof(wrapped));
	return good;
}

/* {1: -3, 4: id}. */
static bool put_kw(struct encryption *e, const struct key *recipient)
{
	uint8_t wrapped[LLEXT_WRAPPED_BYTES];
	bool good = key_wrap(recipient->secret, true, e->key, sizeof(e->key), wrapped);

	put_head(&e->cose, CBOR_ARRAY, 3);
	put_string(&e->cose, CBOR_BYTES, "", 0);
	put_raw(&e->cose, "\xa2\x01\x22\x04", 4);
	put_string(&e->cose, CBOR_BYTES, recipient->id, LLEXT_KEY_ID_BYTES);
	put_string(&e->cose, CBOR_BYTES, wrapped, sizeof(wrapped));
	return good;
}

/* [h'', {1: -65534, 5: iv}, nil, recipients] */
static bool start_encryption(struct encryption *e, const struct signing *signing)
{
	bool good = RAND_priv_bytes(e->key, sizeof(e->key)) == 1 &&
		    RAND_bytes(e->iv, sizeof(e->iv)) == 1;

	put_head(&e->cose, CBOR_TAG, 96);
	put_raw(&e->cose, "\x84\x40\xa2\x01\x39\xff\xfd\x05", 8);
	put_string(&e->cose, CBOR_BYTES, e->iv, sizeof(e->iv));
	put_raw(&e->cose, "\xf6", 1);
	put_head(&e->cose, CBOR_ARRAY, (uint32_t)signing->recipient_count);
	for (size_t i = 0; good && i < signing->recipient_count; i++) {
		const struct key *recipient = &signing->recipients[i];

		good = recipient->pkey != NULL ? put_ecdh(e, recipient) : put_kw(e, recipient);
	}
	if (!good)
		complain(NULL, "the content key could not be wrapped");
	return good;
}

/* ---- tables and blocks ---- */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * What stands behind the header, and the digest of the first table, which needs those of all
 * others: the tables are made from the last one on.
 */
static void put_payload(struct writer *w, const struct llext_claims *claims, const uint8_t *payload,
			uint8_t digest[LLEXT_HASH_BYTES])
{
	size_t block = claims->block_bytes, bytes = claims->bytes;
	size_t count = (bytes + block - 1) / block, each = claims->table_blocks;
	size_t tables = (count + each - 1) / each;
	uint8_t *all = need(tables * (each + 1), LLEXT_HASH_BYTES);

	for (size_t t = tables; t-- > 0;) {
		uint8_t *table = all + t * (each + 1) * LLEXT_HASH_BYTES;
		size_t blocks = least(count - t * each, each);
		size_t digests = blocks + (t + 1 < tables);

		for (size_t i = 0; i < blocks; i++) {
			size_t at = (t * each + i) * block;

			(void)SHA256(payload + at, least(bytes - at, block),
				     table + i * LLEXT_HASH_BYTES);
		}
		if (t + 1 < tables)
			memcpy(table + blocks * LLEXT_HASH_BYTES, digest, LLEXT_HASH_BYTES);
		(void)SHA256(table, digests * LLEXT_HASH_BYTES, digest);
	}
	for (size_t t = 0; t < tables; t++) {
		size_t at = t * each * block, blocks = least(count - t * each, each);

		put_raw(w, all + t * (each + 1) * LLEXT_HASH_BYTES,
			(blocks + (t + 1 < tables)) * LLEXT_HASH_BYTES);
		put_raw(w, payload + at, least(bytes - at, each * block));
	}
	free(all);
}

/* ---- the manifest ---- */

bool is_claim_name(const char *name, bool may_be_empty)
{
	size_t length = strlen(name);

	return (length > 0 || may_be_empty) && length <= LLEXT_CLAIM_NAME_LEN &&
	       (length == 0 || strchr("+-.", name[0]) == NULL) &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-") ==
		       length;
}

/* A map, of which the count of entries is put in front at the end. */
static void put_key(struct writer *w, uint32_t key, uint32_t *count)
{
	put_head(w, CBOR_UINT, key);
	(*count)++;
}

static void put_optional(struct writer *w, const struct signing *signing, uint32_t *count,
			 const struct writer *cose)
{
	for (uint32_t i = 0; i < 3; i++) {
		if (signing->ids[i] != NULL) {
			put_key(w, 10 + i, count);
			put_string(w, CBOR_BYTES, signing->ids[i], 16);
		}
	}
	if (signing->fingerprint != NULL) {
		put_key(w, 13, count);
		put_string(w, CBOR_BYTES, signing->fingerprint, 8);
	}
	if (signing->import_count > 0) {
		put_key(w, 14, count);
		put_head(w, CBOR_ARRAY, (uint32_t)signing->import_count);
	}
	for (size_t i = 0; i < signing->import_count; i++) {
		put_head(w, CBOR_ARRAY, 2);
		put_text(w, signing->imports[i].name);
		put_numbers(w, &signing->imports[i].version.major, 3);
	}
	if (signing->build_id_bytes > 0) {
		put_key(w, 15, count);
		put_string(w, CBOR_BYTES, signing->build_id, signing->build_id_bytes);
	}
	if (signing->claims.expires != 0) {
		put_key(w, 16, count);
		put_head(w, CBOR_UINT, signing->claims.expires);
	}
	if (signing->claims.sandbox_only) {
		put_key(w, 17, count);
		put_head(w, CBOR_SIMPLE, CBOR_TRUE);
	}
	if (cose->length > 0) {
		put_key(w, 18, count);
		put_raw(w, cose->bytes, cose->length);
	}
}

/* Zeros, so that the first table is aligned and the manifest is no shorter than it may be. */
static void put_padding(struct writer *w, uint32_t *count)
{
	/* The map's head comes in front; at least as many zeros that theirs are 2 or 3 bytes. */
	size_t before = 1 + w->length, zeros = 24, head = 1 + 2;
	static const uint8_t none[LEAST_MANIFEST + 2 * PAYLOAD_ALIGN];

	for (;; zeros++) {
		head = zeros < 256 ? 1 + 2 : 1 + 3;
		if (before + head + zeros >= LEAST_MANIFEST &&
		    (BEFORE_MANIFEST + before + head + zeros + 2 + LLEXT_SIGNATURE_BYTES) %
				    PAYLOAD_ALIGN ==
			    0)
			break;
	}
	put_key(w, 19, count);
	put_string(w, CBOR_BYTES, none, zeros);
}

static void put_manifest(struct writer *out, const struct signing *signing,
			 const struct llext_claims *claims, const struct writer *cose)
{
	struct writer w = {0};
	uint32_t count = 0;

	put_key(&w, 1, &count);
	put_head(&w, CBOR_UINT, MANIFEST_VERSION);
	put_key(&w, 2, &count);
	put_text(&w, claims->name);
	put_key(&w, 3, &count);
	put_numbers(&w, &claims->version.major, 3);
	put_key(&w, 4, &count);
	put_head(&w, CBOR_UINT, claims->counter);
	put_key(&w, 5, &count);
	put_numbers(&w, &claims->payload, 4);
	put_key(&w, 6, &count);
	put_string(&w, CBOR_BYTES, claims->digest, LLEXT_HASH_BYTES);
	put_key(&w, 7, &count);
	put_numbers(&w, &claims->machine, 3);
	put_key(&w, 8, &count);
	put_head(&w, CBOR_UINT, claims->api_version);
	put_key(&w, 9, &count);
	put_numbers(&w, &claims->memory.instr_bytes, 6);
	put_optional(&w, signing, &count, cose);
	put_padding(&w, &count);
	put_head(out, CBOR_MAP, count);
	put_raw(out, w.bytes, w.length);
	free(w.bytes);
}

/* ---- the whole ---- */

static void put_header(struct writer *w, const struct signing *signing,
		       const struct writer *manifest)
{
	static const uint8_t no_signature[LLEXT_SIGNATURE_BYTES];
	const uint8_t protected_start[] = {0xa3, 0x01, signing->signer->algorithm, 0x03};
	struct writer protected = {0};

	put_raw(&protected, protected_start, sizeof(protected_start));
	put_text(&protected, "application/vnd.tenon.manifest+cbor");
	put_raw(&protected, "\x04", 1);
	put_string(&protected, CBOR_BYTES, signing->signer->id, LLEXT_KEY_ID_BYTES);
	put_head(w, CBOR_TAG, 18);
	put_head(w, CBOR_ARRAY, 4);
	put_string(w, CBOR_BYTES, protected.bytes, protected.length);
	put_head(w, CBOR_MAP, 0);
	put_string(w, CBOR_BYTES, manifest->bytes, manifest->length);
	put_string(w, CBOR_BYTES, no_signature, sizeof(no_signature));
	free(protected.bytes);
}

uint8_t *envelope_build(const struct signing *signing, const uint8_t *payload, size_t bytes,
			size_t *length)
{
	struct llext_claims claims = signing->claims;
	struct writer behind = {0}, manifest = {0}, whole = {0};
	struct encryption encryption = {0};
	uint8_t *copy = need(bytes, 1);
	bool good = true;

	memcpy(copy, payload, bytes);
	claims.bytes = (uint32_t)bytes;
	if (signing->recipient_count > 0)
		good = start_encryption(&encryption, signing) &&
		       llext_stream(encryption.key, encryption.iv, 0, copy, bytes) == 0;
	if (good) {
		put_payload(&behind, &claims, copy, claims.digest);
		put_manifest(&manifest, signing, &claims, &encryption.cose);
		if (manifest.length > UINT16_MAX) {
			complain(NULL, "the manifest has %zu bytes, more than 65535",
				 manifest.length);
			good = false;
		} else {
			put_header(&whole, signing, &manifest);
			put_raw(&whole, behind.bytes, behind.length);
		}
	}
	OPENSSL_cleanse(encryption.key, sizeof(encryption.key));
	free(encryption.cose.bytes);
	free(manifest.bytes);
	free(behind.bytes);
	free(copy);
	*length = whole.length;
	return whole.bytes;
}

/* ---- what is signed ---- */

bool is_envelope(const uint8_t *bytes, size_t length)
{
	return length > BEFORE_MANIFEST && memcmp(bytes, "\xd2\x84\x58\x33\xa3\x01", 6) == 0 &&
	       memcmp(bytes + 7,
		      "\x03\x78\x23"
		      "application/vnd.tenon.manifest+cbor\x04\x48",
		      40) == 0;
}

/* The end of the manifest; 0 where the file is no envelope so far. */
static size_t manifest_end(const uint8_t *bytes, size_t length)
{
	struct cbor cbor = {bytes + BEFORE_MANIFEST - 3, bytes + length, false};
	size_t count;

	if (!is_envelope(bytes, length) || bytes[BEFORE_MANIFEST - 4] != 0xa0 ||
	    llext_cbor_string(&cbor, CBOR_BYTES, &count) == NULL || count < LEAST_MANIFEST ||
	    (size_t)(cbor.end - cbor.next) < 2 + LLEXT_SIGNATURE_BYTES)
		return 0;
	return (size_t)(cbor.next - bytes);
}

uint8_t *envelope_message(const char *path, const uint8_t *bytes, size_t length, size_t *count)
{
	size_t end = manifest_end(bytes, length);
	struct writer w = {0};

	if (end == 0) {
		complain(path, "is no envelope");
		return NULL;
	}
	/* The Sig_structure: context, protected header, no external data, manifest. */
	put_head(&w, CBOR_ARRAY, 4);
	put_text(&w, "Signature1");
	put_raw(&w, bytes + 2, PROTECTED_BYTES);
	put_string(&w, CBOR_BYTES, "", 0);
	put_raw(&w, bytes + BEFORE_MANIFEST - 3, end - (BEFORE_MANIFEST - 3));
	*count = w.length;
	return w.bytes;
}

uint8_t *envelope_signature(uint8_t *bytes, size_t length)
{
	return bytes + manifest_end(bytes, length) + 2;
}

void envelope_signer(const uint8_t *bytes, uint8_t id[LLEXT_KEY_ID_BYTES], uint8_t *algorithm)
{
	memcpy(id, bytes + 2 + PROTECTED_BYTES - LLEXT_KEY_ID_BYTES, LLEXT_KEY_ID_BYTES);
	*algorithm = bytes[6];
}
