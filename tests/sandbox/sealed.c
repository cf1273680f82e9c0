/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Envelopes (docs/envelope.md), and a crypto backend that is none: a digest is a checksum, and a
 * signature is the digest of what is signed. What changes by chance is seen all the same.
 */
#include <string.h>
#include <llext/elf.h>
#include "sealed.h"

/* ---- the backend ---- */

struct state {
	uint64_t sum;
};

static void spread(uint64_t sum, uint8_t digest[LLEXT_HASH_BYTES])
{
	for (size_t i = 0; i < LLEXT_HASH_BYTES; i++) {
		sum = (sum ^ i) * 0x100000001b3;
		digest[i] = (uint8_t)(sum >> 32);
	}
}

int llext_hash_init(struct llext_hash *hash)
{
	((struct state *)(void *)hash)->sum = 0xcbf29ce484222325;
	return 0;
}

int llext_hash_update(struct llext_hash *hash, const void *data, size_t bytes)
{
	struct state *state = (struct state *)(void *)hash;

	for (const uint8_t *at = data; bytes > 0; bytes--)
		state->sum = (state->sum ^ *at++) * 0x100000001b3;
	return 0;
}

int llext_hash_final(struct llext_hash *hash, uint8_t digest[LLEXT_HASH_BYTES])
{
	spread(((const struct state *)(const void *)hash)->sum, digest);
	return 0;
}

static void digest_of(const void *data, size_t bytes, uint8_t digest[LLEXT_HASH_BYTES])
{
	struct llext_hash hash;

	(void)llext_hash_init(&hash);
	(void)llext_hash_update(&hash, data, bytes);
	(void)llext_hash_final(&hash, digest);
}

uint32_t llext_verify(uint8_t algorithm, const uint8_t public_key[LLEXT_PUBLIC_BYTES],
		      const void *message, size_t bytes,
		      const uint8_t signature[LLEXT_SIGNATURE_BYTES])
{
	uint8_t digest[LLEXT_HASH_BYTES];

	(void)algorithm;
	(void)public_key;
	digest_of(message, bytes, digest);
	return memcmp(signature, digest, sizeof(digest)) == 0 &&
			       memcmp(signature + sizeof(digest), digest, sizeof(digest)) == 0
		       ? LLEXT_VERIFIED
		       : 0;
}

/* ---- the ring ---- */

static const struct llext_key key = {.id = "hostile",
				     .algorithm = LLEXT_ALGORITHM_ES256,
				     .flags = LLEXT_KEY_SANDBOX_ONLY,
				     .counter_limit = UINT32_MAX - 1};
const struct llext_trust sealed_trust = {.keys = &key, .key_count = 1};

/* ---- the envelope ---- */

static uint8_t *put(uint8_t *at, const void *bytes, size_t count)
{
	memcpy(at, bytes, count);
	return at + count;
}

static uint8_t *head(uint8_t *at, unsigned int type, uint32_t number)
{
	size_t bytes = number < 24 ? 0 : number < 0x100 ? 1 : number < 0x10000 ? 2 : 4;

	*at++ = (uint8_t)(type << 5 | (bytes == 0   ? number
				       : bytes == 1 ? 24
				       : bytes == 2 ? 25
						    : 26));
	for (size_t i = bytes; i > 0; i--)
		*at++ = (uint8_t)(number >> 8 * (i - 1));
	return at;
}

static uint8_t *numbers(uint8_t *at, uint32_t name, unsigned int count, const uint32_t *values)
{
	at = head(head(at, 0, name), 4, count);
	for (unsigned int i = 0; i < count; i++)
		at = head(at, 0, values[i]);
	return at;
}

static size_t manifest(uint8_t *out, const uint8_t *file, size_t bytes, enum llext_payload kind,
		       const uint8_t digest[LLEXT_HASH_BYTES])
{
	static const uint8_t padding[256];
	const elf_ehdr_t *ehdr = (const elf_ehdr_t *)(const void *)file;
	const uint32_t version[] = {1, 2, 3},
		       payload[] = {kind, (uint32_t)bytes, SEALED_BLOCK, SEALED_TABLE},
		       machine[] = {ehdr->e_machine, file[4], (uint32_t)ehdr->e_flags},
		       memory[] = {100, 16, 200, 8, 300, 400};
	uint8_t *at = head(out, 5, 10);

	at = head(head(at, 0, 1), 0, 1); /* format */
	at = put(head(head(at, 0, 2), 3, 7), "hostile", 7);
	at = numbers(at, 3, 3, version);
	at = head(head(at, 0, 4), 0, 7); /* counter */
	at = numbers(at, 5, 4, payload);
	at = put(head(head(at, 0, 6), 2, LLEXT_HASH_BYTES), digest, LLEXT_HASH_BYTES);
	at = numbers(at, 7, 3, machine);
	at = head(head(at, 0, 8), 0, 1); /* API */
	at = numbers(at, 9, 6, memory);
	at = put(head(head(at, 0, 19), 2, sizeof(padding)), padding, sizeof(padding));
	return (size_t)(at - out);
}

/* Tables and payload, from the last group of blocks to the first: each table has the next one's
 * digest. @return where they begin; they end at @p end. */
static uint8_t *tables(const uint8_t *file, size_t bytes, uint8_t *end,
		       uint8_t digest[LLEXT_HASH_BYTES])
{
	size_t group = (size_t)SEALED_BLOCK * SEALED_TABLE, first = (bytes - 1) / group * group;

	for (;; first -= group) {
		size_t here = bytes - first < group ? bytes - first : group;
		size_t blocks = (here + SEALED_BLOCK - 1) / SEALED_BLOCK;
		uint8_t *table;

		end -= here;
		memcpy(end, file + first, here);
		if (first + here < bytes)
			memcpy(end -= LLEXT_HASH_BYTES, digest, LLEXT_HASH_BYTES);
		table = end - blocks * LLEXT_HASH_BYTES;
		for (size_t i = 0; i < blocks; i++) {
			size_t at = i * SEALED_BLOCK, left = here - at;

			digest_of(file + first + at, left < SEALED_BLOCK ? left : SEALED_BLOCK,
				  table + i * LLEXT_HASH_BYTES);
		}
		digest_of(table, (blocks + (first + here < bytes)) * LLEXT_HASH_BYTES, digest);
		end = table;
		if (first == 0)
			return end;
	}
}

size_t sealed_make(const uint8_t *file, size_t bytes, enum llext_payload kind, uint8_t *out)
{
	static const char type[] = "application/vnd.tenon.manifest+cbor";
	uint8_t protected_[64], message[768], claims[512], digest[LLEXT_HASH_BYTES], *at;
	uint8_t *end = out + bytes + SEALED_BYTES(bytes),
		*behind = tables(file, bytes, end, digest);
	size_t claims_bytes = manifest(claims, file, bytes, kind, digest), protected_bytes;

	at = put(protected_, "\xa3\x01\x26\x03", 4);
	at = put(head(at, 3, sizeof(type) - 1), type, sizeof(type) - 1);
	at = put(put(at, "\x04\x48", 2), key.id, sizeof(key.id));
	protected_bytes = (size_t)(at - protected_);

	at = put(message, "\x84\x6aSignature1", 12);
	at = put(head(at, 2, (uint32_t)protected_bytes), protected_, protected_bytes);
	at = put(at, "\x40", 1);
	at = put(head(at, 2, (uint32_t)claims_bytes), claims, claims_bytes);
	digest_of(message, (size_t)(at - message), digest);

	at = put(out, "\xd2\x84", 2);
	at = put(head(at, 2, (uint32_t)protected_bytes), protected_, protected_bytes);
	at = put(at, "\xa0", 1);
	at = put(head(at, 2, (uint32_t)claims_bytes), claims, claims_bytes);
	at = put(put(put(at, "\x58\x40", 2), digest, sizeof(digest)), digest, sizeof(digest));
	memmove(at, behind, (size_t)(end - behind));
	return (size_t)(at - out) + (size_t)(end - behind);
}
