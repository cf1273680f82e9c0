/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encrypted payloads: a COSE_Encrypt in the manifest says how the content key comes to the device.
 * All of it was signed, and the digests are those of the encrypted bytes.
 */
#include "trust.h"

#define TAG_COSE_ENCRYPT 96

/* COSE: header parameters, algorithms, key parameters. */
enum { HEADER_ALGORITHM = 1, HEADER_KEY_ID = 4, HEADER_IV = 5 };
#define AES_128_CTR 65533u /* -65534, as a negative number is encoded */
#define A128KW      2u     /* -3 */
#define EPHEMERAL   0u     /* -1, the ephemeral key of a recipient */

/* The protected header of a recipient with ECDH-ES + A128KW: {1: -29}. */
static const uint8_t ecdh_header[] = {0xa1, 0x01, 0x38, 0x1c};
/* An ephemeral key before x, and between x and y: {1: 2, -1: 1, -2: x, -3: y}. */
static const uint8_t key_start[] = {0xa4, 0x01, 0x02, 0x20, 0x01, 0x21, 0x58, 0x20};
static const uint8_t key_middle[] = {0x22, 0x58, 0x20};

/* The COSE_KDF_Context: [-3, [nil, nil, nil], [nil, nil, nil], [128, ecdh_header]]. */
static const uint8_t kdf_context[] = {0x84, 0x22, 0x83, 0xf6, 0xf6, 0xf6, 0x83, 0xf6, 0xf6,
				      0xf6, 0x82, 0x18, 0x80, 0x44, 0xa1, 0x01, 0x38, 0x1c};

struct recipient {
	const uint8_t *id;
	const uint8_t *wrapped;
	uint8_t ephemeral[LLEXT_PUBLIC_BYTES];
	uint8_t wrapping;
};

static void expect(struct cbor *cbor, unsigned int type, uint32_t number)
{
	if (llext_cbor_head(cbor, type) != number)
		cbor->wrong = true;
}

static const uint8_t *sized(struct cbor *cbor, size_t bytes)
{
	size_t found;
	const uint8_t *at = llext_cbor_string(cbor, CBOR_BYTES, &found);

	if (found != bytes)
		cbor->wrong = true;
	return at;
}

/* Bytes as they stand in the code; those are what a signer writes, byte by byte. */
static void expect_bytes(struct cbor *cbor, const uint8_t *bytes, size_t count)
{
	if ((size_t)(cbor->end - cbor->next) < count || memcmp(cbor->next, bytes, count) != 0)
		cbor->wrong = true;
	else
		cbor->next += count;
}

static void copy_raw(struct cbor *cbor, uint8_t *out, size_t count)
{
	if (cbor->wrong || (size_t)(cbor->end - cbor->next) < count) {
		cbor->wrong = true;
		return;
	}
	memcpy(out, cbor->next, count);
	cbor->next += count;
}

/* {4: id, -1: key}: by COSE's order of keys, 4 comes before -1. */
static void read_ecdh(struct cbor *cbor, struct recipient *recipient)
{
	recipient->wrapping = LLEXT_WRAPPING_ECDH_ES_A128KW;
	expect(cbor, CBOR_MAP, 2);
	expect(cbor, CBOR_UINT, HEADER_KEY_ID);
	recipient->id = sized(cbor, LLEXT_KEY_ID_BYTES);
	expect(cbor, CBOR_NINT, EPHEMERAL);
	expect_bytes(cbor, key_start, sizeof(key_start));
	copy_raw(cbor, recipient->ephemeral, 32);
	expect_bytes(cbor, key_middle, sizeof(key_middle));
	copy_raw(cbor, recipient->ephemeral + 32, 32);
}

/* {1: -3, 4: id}. */
static void read_kw(struct cbor *cbor, struct recipient *recipient)
{
	recipient->wrapping = LLEXT_WRAPPING_A128KW;
	expect(cbor, CBOR_MAP, 2);
	expect(cbor, CBOR_UINT, HEADER_ALGORITHM);
	expect(cbor, CBOR_NINT, A128KW);
	expect(cbor, CBOR_UINT, HEADER_KEY_ID);
	recipient->id = sized(cbor, LLEXT_KEY_ID_BYTES);
}

static void read_recipient(struct cbor *cbor, struct recipient *recipient)
{
	const uint8_t *header;
	size_t bytes;

	expect(cbor, CBOR_ARRAY, 3);
	header = llext_cbor_string(cbor, CBOR_BYTES, &bytes);
	if (bytes == 0)
		read_kw(cbor, recipient);
	else if (bytes == sizeof(ecdh_header) && memcmp(header, ecdh_header, bytes) == 0)
		read_ecdh(cbor, recipient);
	else
		cbor->wrong = true;
	recipient->wrapped = sized(cbor, LLEXT_WRAPPED_BYTES);
}

static const struct llext_secret *find_secret(const struct llext_decryption *decryption,
					      const struct recipient *recipient)
{
	for (size_t i = 0; i < decryption->secret_count; i++) {
		const struct llext_secret *secret = &decryption->secrets[i];

		if (secret->wrapping == recipient->wrapping &&
		    memcmp(secret->id, recipient->id, LLEXT_KEY_ID_BYTES) == 0)
			return secret;
	}
	return NULL;
}

static bool is_zero(const uint8_t *bytes, size_t count)
{
	uint8_t bits = 0;

	for (size_t i = 0; i < count; i++)
		bits |= bytes[i];
	return bits == 0;
}

static int unwrap(struct llext_signed_loader *s, const struct llext_secret *secret,
		  const struct recipient *recipient)
{
	const uint8_t *ephemeral =
		recipient->wrapping == LLEXT_WRAPPING_A128KW ? NULL : recipient->ephemeral;
	int rc;

	memset(s->content_key, 0, sizeof(s->content_key));
	rc = llext_unwrap(secret, ephemeral, kdf_context, sizeof(kdf_context), recipient->wrapped,
			  s->content_key);

	/* All zeros is none, but what is left where a backend did nothing. */
	if (rc == 0 && is_zero(s->content_key, sizeof(s->content_key)))
		rc = -EIO;
	return rc == 0 ? 0 : llext_fail_signed(s, rc, "the content key cannot be unwrapped");
}

int llext_decryption_open(struct llext_signed_loader *s, const uint8_t *cose, size_t bytes)
{
	struct cbor cbor = {cose, cose + bytes, false};
	const struct llext_secret *secret = NULL;
	struct recipient recipient = {0}, mine = {0};
	uint32_t count;

	/* [h'', {1: -65534, 5: iv}, nil, recipients] */
	expect(&cbor, CBOR_TAG, TAG_COSE_ENCRYPT);
	expect(&cbor, CBOR_ARRAY, 4);
	expect(&cbor, CBOR_BYTES, 0);
	expect(&cbor, CBOR_MAP, 2);
	expect(&cbor, CBOR_UINT, HEADER_ALGORITHM);
	expect(&cbor, CBOR_NINT, AES_128_CTR);
	expect(&cbor, CBOR_UINT, HEADER_IV);
	llext_cbor_copy(&cbor, s->iv, sizeof(s->iv));
	expect(&cbor, CBOR_SIMPLE, CBOR_NULL);
	for (count = llext_cbor_head(&cbor, CBOR_ARRAY); count > 0 && !cbor.wrong; count--) {
		read_recipient(&cbor, &recipient);
		if (secret != NULL || cbor.wrong || recipient.id == NULL)
			continue;
		secret = find_secret(s->trust->decryption, &recipient);
		mine = recipient;
	}
	if (cbor.wrong || cbor.next != cbor.end)
		return llext_fail_signed(s, -EBADMSG, "malformed COSE_Encrypt in the manifest");
	if (secret == NULL)
		return llext_fail_signed(s, -EPERM, "encrypted for other recipients");
	return unwrap(s, secret, &mine);
}

int llext_decryption_decrypt(struct llext_signed_loader *s, uint32_t offset, uint8_t *data,
			     size_t bytes)
{
	int rc = llext_stream(s->content_key, s->iv, offset, data, bytes);

	return rc == 0 ? 0 : llext_fail_signed(s, rc, "the decryption failed");
}
