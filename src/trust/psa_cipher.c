/* SPDX-License-Identifier: Apache-2.0 */
/* The crypto backend by the PSA Crypto API: what only encrypted payloads need. */
#include <psa/crypto.h>
#include "key_wrap.h"

/* ---- AES ---- */

static psa_status_t import(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t algorithm,
			   const uint8_t *bytes, size_t count, psa_key_id_t *key)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	psa_status_t status = psa_crypto_init();

	psa_set_key_type(&attributes, type);
	psa_set_key_usage_flags(&attributes, usage);
	psa_set_key_algorithm(&attributes, algorithm);
	return status == PSA_SUCCESS ? psa_import_key(&attributes, bytes, count, key) : status;
}

static int decrypt_block(void *context, uint8_t block[16])
{
	const psa_key_id_t *key = context;
	uint8_t out[16];
	size_t bytes = 0;

	if (psa_cipher_decrypt(*key, PSA_ALG_ECB_NO_PADDING, block, 16, out, sizeof(out), &bytes) !=
		    PSA_SUCCESS ||
	    bytes != sizeof(out))
		return -EIO;
	memcpy(block, out, sizeof(out));
	return 0;
}

static int unwrap_with(const uint8_t *kek, const uint8_t *wrapped, uint8_t *key)
{
	psa_key_id_t aes = 0;
	int rc;

	if (import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DECRYPT, PSA_ALG_ECB_NO_PADDING, kek,
		   LLEXT_CONTENT_KEY_BYTES, &aes) != PSA_SUCCESS)
		return -EIO;
	rc = key_unwrap(decrypt_block, &aes, wrapped, key);
	(void)psa_destroy_key(aes);
	return rc;
}

/* ---- ECDH and HKDF ---- */

#define AGREEMENT PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, PSA_ALG_HKDF(PSA_ALG_SHA_256))

static psa_status_t derive(psa_key_id_t own, const uint8_t *ephemeral, const void *context,
			   size_t context_bytes, uint8_t kek[LLEXT_CONTENT_KEY_BYTES])
{
	psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
	uint8_t point[1 + LLEXT_PUBLIC_BYTES] = {4};
	psa_status_t status = psa_key_derivation_setup(&operation, AGREEMENT);

	memcpy(point + 1, ephemeral, LLEXT_PUBLIC_BYTES);
	if (status == PSA_SUCCESS)
		status = psa_key_derivation_key_agreement(
			&operation, PSA_KEY_DERIVATION_INPUT_SECRET, own, point, sizeof(point));
	if (status == PSA_SUCCESS)
		status = psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_INFO,
							context, context_bytes);
	if (status == PSA_SUCCESS)
		status = psa_key_derivation_output_bytes(&operation, kek, LLEXT_CONTENT_KEY_BYTES);
	(void)psa_key_derivation_abort(&operation);
	return status;
}

int llext_unwrap(const struct llext_secret *secret, const uint8_t *ephemeral, const void *context,
		 size_t context_bytes, const uint8_t wrapped[LLEXT_WRAPPED_BYTES],
		 uint8_t key[LLEXT_CONTENT_KEY_BYTES])
{
	uint8_t kek[LLEXT_CONTENT_KEY_BYTES] = {0};
	psa_key_id_t own = secret->handle;
	psa_status_t status = PSA_SUCCESS;
	int rc = -EBADMSG;

	memset(key, 0, LLEXT_CONTENT_KEY_BYTES);
	if (ephemeral == NULL && secret->key != NULL)
		return unwrap_with(secret->key, wrapped, key);
	if (ephemeral == NULL)
		return key_unwrap(decrypt_block, &own, wrapped, key);
	if (secret->key != NULL)
		status = import(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1),
				PSA_KEY_USAGE_DERIVE, AGREEMENT, secret->key, 32, &own);
	if (status != PSA_SUCCESS)
		return -EIO;
	if (derive(own, ephemeral, context, context_bytes, kek) == PSA_SUCCESS)
		rc = unwrap_with(kek, wrapped, key);
	memset(kek, 0, sizeof(kek));
	__asm__ volatile("" : : "r"(kek) : "memory");
	if (secret->key != NULL)
		(void)psa_destroy_key(own);
	return rc;
}

/* ---- the content ---- */

int llext_stream(const uint8_t key[LLEXT_CONTENT_KEY_BYTES], const uint8_t iv[LLEXT_IV_BYTES],
		 uint32_t offset, void *data, size_t bytes)
{
	psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
	uint8_t counter[LLEXT_IV_BYTES], *next = data;
	uint32_t carry = offset / 16;
	psa_key_id_t aes = 0;
	psa_status_t status;

	for (int i = LLEXT_IV_BYTES - 1; i >= 0; i--) {
		carry += iv[i];
		counter[i] = (uint8_t)carry;
		carry >>= 8;
	}
	if (import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DECRYPT, PSA_ALG_CTR, key,
		   LLEXT_CONTENT_KEY_BYTES, &aes) != PSA_SUCCESS)
		return -EIO;
	status = psa_cipher_decrypt_setup(&operation, aes, PSA_ALG_CTR);
	if (status == PSA_SUCCESS)
		status = psa_cipher_set_iv(&operation, counter, sizeof(counter));
	/* PSA does not promise that output may lie over input: piece by piece. */
	while (status == PSA_SUCCESS && bytes > 0) {
		uint8_t piece[64];
		size_t count = bytes < sizeof(piece) ? bytes : sizeof(piece), made = 0;

		status = psa_cipher_update(&operation, next, count, piece, sizeof(piece), &made);
		if (status == PSA_SUCCESS && made != count)
			status = PSA_ERROR_GENERIC_ERROR;
		if (status == PSA_SUCCESS)
			memcpy(next, piece, count);
		next += count;
		bytes -= count;
	}
	(void)psa_cipher_abort(&operation);
	(void)psa_destroy_key(aes);
	return status == PSA_SUCCESS ? 0 : -EIO;
}
