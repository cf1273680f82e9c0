/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before the payload: a COSE_Sign1 whose payload is the manifest. It is read once, into
 * the loader's buffer, verified there, and taken apart there.
 */
#include "trust.h"

/* Around the manifest: the envelope has these bytes, and no others, in these places. */
#define START_BYTES     2  /* the tag of a COSE_Sign1, an array of 4 */
#define PROTECTED_BYTES 53 /* the protected header, as a byte string */
#define ALGORITHM_AT    4  /* in that */
#define ID_AT           (PROTECTED_BYTES - LLEXT_KEY_ID_BYTES)
#define MIDDLE_BYTES    1 /* no unprotected header */
#define HEAD_BYTES      3 /* the manifest is a byte string of at least 256 bytes */
#define BEFORE_MANIFEST (START_BYTES + PROTECTED_BYTES + MIDDLE_BYTES + HEAD_BYTES)
#define END_BYTES       (2 + LLEXT_SIGNATURE_BYTES)

static const uint8_t start[START_BYTES + ID_AT] = "\xd2\x84\x58\x33\xa3\x01\x26\x03\x78\x23"
						  "application/vnd.tenon.manifest+cbor\x04\x48";

/*
 * What is signed is the envelope's own bytes but for these: they begin in another way, and there is
 * external data, of no bytes, where the unprotected header was.
 */
static const uint8_t signed_start[12] = "\x84\x6aSignature1";
#define LEAD         (sizeof(signed_start) - START_BYTES)
#define NOT_EXTERNAL 0xa0
#define EXTERNAL     0x40

#if LLEXT_ON(CONFIG_LLEXT_DIAG)
int llext_fail_signed(struct llext_signed_loader *s, int error, const char *what)
{
	s->error = error < 0 ? error : -EIO;
	s->what = what;
	s->offset = s->source_position == SIZE_MAX ? 0 : s->source_position;
	s->has_values = false;
	s->block = NONE;
	return s->error;
}

int llext_fail_differs(struct llext_signed_loader *s, int error, const char *what, int64_t expected,
		       int64_t found)
{
	(void)llext_fail_signed(s, error, what);
	s->has_values = true;
	s->expected = expected;
	s->found = found;
	return s->error;
}
#else
int llext_signed_error(struct llext_signed_loader *s, int error)
{
	s->error = error < 0 ? error : -EIO;
	s->block = NONE;
	return s->error;
}
#endif

static int fail_source(struct llext_signed_loader *s, int rc)
{
	rc = llext_fail_signed(s, rc, "the source of the envelope failed");
	s->by_source = true;
	return rc;
}

int llext_signed_fetch(struct llext_signed_loader *s, size_t offset, void *out, size_t bytes)
{
	struct llext_loader *source = s->source;
	int rc;

	if (offset != s->source_position) {
		if (source->seek == NULL)
			return llext_fail_signed(s, -ENOTSUP, "the source has no way back");
		s->source_position = SIZE_MAX;
		rc = source->seek(source, offset);
		if (rc != 0)
			return fail_source(s, rc);
	}
	s->source_position = offset;
	rc = source->read(source, out, bytes);
	if (rc != 0)
		return fail_source(s, rc);
	s->source_position = offset + bytes;
	return 0;
}

/* Read the header behind LEAD bytes of room; then the claims have the place of the manifest. */
int llext_signed_read_header(struct llext_signed_loader *s)
{
	uint8_t *bytes = s->buffer + LEAD;
	size_t room = s->buffer_bytes - LEAD - BEFORE_MANIFEST - END_BYTES;
	uint8_t algorithm;
	struct cbor cbor = {bytes + BEFORE_MANIFEST - HEAD_BYTES, bytes + BEFORE_MANIFEST, false};
	int rc = llext_signed_fetch(s, 0, bytes, BEFORE_MANIFEST);

	if (rc != 0)
		return rc;
	algorithm = bytes[START_BYTES + ALGORITHM_AT];
	bytes[START_BYTES + ALGORITHM_AT] = LLEXT_ALGORITHM_ES256;
	if (memcmp(bytes, start, sizeof(start)) != 0 ||
	    bytes[START_BYTES + PROTECTED_BYTES] != NOT_EXTERNAL)
		return llext_fail_signed(s, -EBADMSG, "not a signed extension");
	bytes[START_BYTES + ALGORITHM_AT] = algorithm;
	s->claims.manifest = bytes + BEFORE_MANIFEST;
	s->claims.manifest_bytes = llext_cbor_head(&cbor, CBOR_BYTES);
	if (cbor.wrong || cbor.next != cbor.end)
		return llext_fail_signed(s, -EBADMSG, "malformed size of the manifest");
	if (s->claims.manifest_bytes > room)
		return llext_fail_differs(s, -ENOSPC, "the buffer is too small for the manifest",
					  (int64_t)s->claims.manifest_bytes, (int64_t)room);
	s->header_bytes = (uint32_t)(BEFORE_MANIFEST + s->claims.manifest_bytes + END_BYTES);
	return llext_signed_fetch(s, BEFORE_MANIFEST, bytes + BEFORE_MANIFEST,
				  s->header_bytes - BEFORE_MANIFEST);
}

/* The key that the protected header names. */
static const struct llext_key *find_key(struct llext_signed_loader *s)
{
	const uint8_t *bytes = s->buffer + LEAD + START_BYTES;

	for (size_t i = 0; i < s->trust->key_count; i++) {
		const struct llext_key *key = &s->trust->keys[i];

		if (key->algorithm == bytes[ALGORITHM_AT] &&
		    memcmp(key->id, bytes + ID_AT, LLEXT_KEY_ID_BYTES) == 0)
			return key;
	}
	return NULL;
}

/* LLEXT_VERIFIED or something else. */
static uint32_t verify(const struct llext_signed_loader *s, const struct llext_key *key)
{
	const uint8_t *end = s->claims.manifest + s->claims.manifest_bytes;

	return llext_verify(key->algorithm, key->public_key, s->buffer, (size_t)(end - s->buffer),
			    end + END_BYTES - LLEXT_SIGNATURE_BYTES);
}

/* Verify twice, so that a fault has to hit both. Each result goes into a half of the seal. */
static int check_signature(struct llext_signed_loader *s)
{
	const uint8_t *end = s->claims.manifest + s->claims.manifest_bytes;
	const struct llext_key *key = find_key(s);

	if (key == NULL)
		return llext_fail_signed(s, -EPERM, "the signer's key is not in the ring");
	if (end[0] != 0x58 || end[1] != LLEXT_SIGNATURE_BYTES)
		return llext_fail_signed(s, -EBADMSG, "malformed signature");
	memcpy(s->buffer, signed_start, sizeof(signed_start));
	s->buffer[LEAD + START_BYTES + PROTECTED_BYTES] = EXTERNAL;
	s->claims.key = key;
	s->seal = verify(s, key);
	if (s->seal != LLEXT_VERIFIED)
		return llext_fail_signed(s, -EBADMSG, "the signature does not verify");
#if LLEXT_ON(CONFIG_LLEXT_TRUST_VERIFY_TWICE)
	s->other_seal = verify(s, key);
#else
	s->other_seal = s->seal;
#endif
	if (s->other_seal != LLEXT_VERIFIED)
		return llext_fail_signed(s, -EBADMSG, "the signature does not verify");
	s->other_seal ^= SEAL_OTHER;
	return 0;
}

int llext_signed_open(struct llext_signed_loader *s)
{
	struct manifest manifest = {0};
	int rc = -EINVAL;

	if (s->buffer_bytes > LEAD + BEFORE_MANIFEST + END_BYTES)
		rc = llext_signed_read_header(s);
	if (rc == 0)
		rc = check_signature(s);
	if (rc == 0)
		rc = llext_manifest_read(s, &manifest);
	if (rc == 0)
		rc = llext_signed_layout(s);
	if (rc != 0)
		return rc;
	/* Each answer goes into a half of the seal, as those about the signature did. */
	s->seal += llext_policy_check(s, &manifest);
	if (s->error == 0)
		s->other_seal -= llext_policy_check(s, &manifest);
	if (s->error == 0 && manifest.cose != NULL)
		rc = s->trust->decryption->open(s, manifest.cose, manifest.cose_bytes);
	return rc != 0 ? rc : s->error;
}
