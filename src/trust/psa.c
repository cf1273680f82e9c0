/* SPDX-License-Identifier: Apache-2.0 */
/* The crypto backend by the PSA Crypto API: hash and signatures. So a part's engine can do them. */
#include <errno.h>
#include <psa/crypto.h>
#include <stdbool.h>
#include <string.h>
#include <llext/crypto.h>

_Static_assert(sizeof(psa_hash_operation_t) <= CONFIG_LLEXT_HASH_STATE_BYTES,
	       "CONFIG_LLEXT_HASH_STATE_BYTES is too small");

static psa_hash_operation_t *state_of(struct llext_hash *hash)
{
	return (psa_hash_operation_t *)(void *)hash->state.bytes;
}

/* Once is enough; to do it again does no harm. */
static psa_status_t ready(void)
{
	return psa_crypto_init();
}

int llext_hash_init(struct llext_hash *hash)
{
	*state_of(hash) = psa_hash_operation_init();
	if (ready() != PSA_SUCCESS ||
	    psa_hash_setup(state_of(hash), PSA_ALG_SHA_256) != PSA_SUCCESS)
		return -EIO;
	return 0;
}

int llext_hash_update(struct llext_hash *hash, const void *data, size_t bytes)
{
	return psa_hash_update(state_of(hash), data, bytes) == PSA_SUCCESS ? 0 : -EIO;
}

int llext_hash_final(struct llext_hash *hash, uint8_t digest[LLEXT_HASH_BYTES])
{
	size_t bytes = 0;

	if (psa_hash_finish(state_of(hash), digest, LLEXT_HASH_BYTES, &bytes) != PSA_SUCCESS)
		return -EIO;
	return bytes == LLEXT_HASH_BYTES ? 0 : -EIO;
}

/* Ed25519 where the implementation has that. */
uint32_t llext_verify(uint8_t algorithm, const uint8_t public_key[LLEXT_PUBLIC_BYTES],
		      const void *message, size_t bytes,
		      const uint8_t signature[LLEXT_SIGNATURE_BYTES])
{
	const bool eddsa = algorithm == LLEXT_ALGORITHM_EDDSA;
	const psa_algorithm_t by = eddsa ? PSA_ALG_PURE_EDDSA : PSA_ALG_ECDSA(PSA_ALG_SHA_256);
	const psa_ecc_family_t curve =
		eddsa ? PSA_ECC_FAMILY_TWISTED_EDWARDS : PSA_ECC_FAMILY_SECP_R1;
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	uint8_t point[1 + LLEXT_PUBLIC_BYTES] = {4};
	psa_key_id_t key = 0;
	psa_status_t status;

	if ((!eddsa && algorithm != LLEXT_ALGORITHM_ES256) || ready() != PSA_SUCCESS)
		return 0;
	memcpy(point + 1, public_key, LLEXT_PUBLIC_BYTES);
	psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(curve));
	psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_MESSAGE);
	psa_set_key_algorithm(&attributes, by);
	if (psa_import_key(&attributes, eddsa ? point + 1 : point, eddsa ? 32 : sizeof(point),
			   &key) != PSA_SUCCESS)
		return 0;
	status = psa_verify_message(key, by, message, bytes, signature, LLEXT_SIGNATURE_BYTES);
	(void)psa_destroy_key(key);
	return status == PSA_SUCCESS ? LLEXT_VERIFIED : 0;
}
