/* SPDX-License-Identifier: Apache-2.0 */
/* The crypto backend by BearSSL: what only encrypted payloads need. */
#include <bearssl.h>
#include "key_wrap.h"

/* One block by itself is CBC with an initialisation vector of zeros. */
static int decrypt_block(void *context, uint8_t block[16])
{
	uint8_t iv[16] = {0};

	br_aes_ct_cbcdec_run(context, iv, block, 16);
	return 0;
}

static int unwrap_with(const uint8_t *kek, const uint8_t *wrapped, uint8_t *key)
{
	br_aes_ct_cbcdec_keys keys;
	int rc;

	br_aes_ct_cbcdec_init(&keys, kek, LLEXT_CONTENT_KEY_BYTES);
	rc = key_unwrap(decrypt_block, &keys, wrapped, key);
	memset(&keys, 0, sizeof(keys));
	__asm__ volatile("" : : "r"(&keys) : "memory");
	return rc;
}

int llext_unwrap(const struct llext_secret *secret, const uint8_t *ephemeral, const void *context,
		 size_t context_bytes, const uint8_t wrapped[LLEXT_WRAPPED_BYTES],
		 uint8_t key[LLEXT_CONTENT_KEY_BYTES])
{
	uint8_t point[1 + LLEXT_PUBLIC_BYTES] = {4}, kek[LLEXT_CONTENT_KEY_BYTES] = {0};
	br_hkdf_context hkdf;
	uint32_t good;
	int rc;

	memset(key, 0, LLEXT_CONTENT_KEY_BYTES);
	if (secret->key == NULL)
		return -ENOTSUP;
	if (ephemeral == NULL)
		return unwrap_with(secret->key, wrapped, key);
	memcpy(point + 1, ephemeral, LLEXT_PUBLIC_BYTES);
	good = br_ec_p256_m31.mul(point, sizeof(point), secret->key, 32, BR_EC_secp256r1);
	/* What both sides share is x of the product. */
	br_hkdf_init(&hkdf, &br_sha256_vtable, BR_HKDF_NO_SALT, 0);
	br_hkdf_inject(&hkdf, point + 1, 32);
	br_hkdf_flip(&hkdf);
	if (br_hkdf_produce(&hkdf, context, context_bytes, kek, sizeof(kek)) != sizeof(kek))
		good = 0;
	rc = good == 1 ? unwrap_with(kek, wrapped, key) : -EBADMSG;
	memset(kek, 0, sizeof(kek));
	memset(point, 0, sizeof(point));
	memset(&hkdf, 0, sizeof(hkdf));
	__asm__ volatile("" : : "r"(kek), "r"(point), "r"(&hkdf) : "memory");
	return rc;
}

/* The counter block of the @number-th block. Returns its last four bytes, in which BearSSL counts.
 */
static uint32_t count(const uint8_t iv[LLEXT_IV_BYTES], uint32_t number,
		      uint8_t counter[LLEXT_IV_BYTES])
{
	uint32_t carry = number;

	for (int i = LLEXT_IV_BYTES - 1; i >= 0; i--) {
		carry += iv[i];
		counter[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return (uint32_t)counter[12] << 24 | (uint32_t)counter[13] << 16 |
	       (uint32_t)counter[14] << 8 | counter[15];
}

int llext_stream(const uint8_t key[LLEXT_CONTENT_KEY_BYTES], const uint8_t iv[LLEXT_IV_BYTES],
		 uint32_t offset, void *data, size_t bytes)
{
	br_aes_ct_ctr_keys keys;
	uint8_t *next = data;

	br_aes_ct_ctr_init(&keys, key, LLEXT_CONTENT_KEY_BYTES);
	while (bytes > 0) {
		uint8_t counter[LLEXT_IV_BYTES];
		uint32_t low = count(iv, offset / 16, counter);
		/* Up to where a carry goes beyond the last four bytes. */
		uint32_t blocks = 0u - low;
		size_t piece =
			blocks != 0 && blocks <= (bytes - 1) / 16 ? (size_t)blocks * 16 : bytes;

		(void)br_aes_ct_ctr_run(&keys, counter, low, next, piece);
		next += piece;
		bytes -= piece;
		offset += (uint32_t)piece;
	}
	memset(&keys, 0, sizeof(keys));
	__asm__ volatile("" : : "r"(&keys) : "memory");
	return 0;
}
