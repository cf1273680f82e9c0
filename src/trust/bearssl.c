/* SPDX-License-Identifier: Apache-2.0 */
/* The crypto backend by BearSSL: hash and signatures. It takes time that does not depend on keys.
 */
#include <bearssl.h>
#include <errno.h>
#include <string.h>
#include <llext/crypto.h>

_Static_assert(sizeof(br_sha256_context) <= CONFIG_LLEXT_HASH_STATE_BYTES,
	       "CONFIG_LLEXT_HASH_STATE_BYTES is too small");

static br_sha256_context *state_of(struct llext_hash *hash)
{
	return (br_sha256_context *)(void *)hash->state.bytes;
}

int llext_hash_init(struct llext_hash *hash)
{
	br_sha256_init(state_of(hash));
	return 0;
}

int llext_hash_update(struct llext_hash *hash, const void *data, size_t bytes)
{
	br_sha256_update(state_of(hash), data, bytes);
	return 0;
}

int llext_hash_final(struct llext_hash *hash, uint8_t digest[LLEXT_HASH_BYTES])
{
	br_sha256_out(state_of(hash), digest);
	return 0;
}

uint32_t llext_verify(uint8_t algorithm, const uint8_t public_key[LLEXT_PUBLIC_BYTES],
		      const void *message, size_t bytes,
		      const uint8_t signature[LLEXT_SIGNATURE_BYTES])
{
	uint8_t point[1 + LLEXT_PUBLIC_BYTES] = {4}, digest[LLEXT_HASH_BYTES];
	const br_ec_public_key key = {BR_EC_secp256r1, point, sizeof(point)};
	br_sha256_context hash;

	if (algorithm != LLEXT_ALGORITHM_ES256)
		return 0;
	memcpy(point + 1, public_key, LLEXT_PUBLIC_BYTES);
	br_sha256_init(&hash);
	br_sha256_update(&hash, message, bytes);
	br_sha256_out(&hash, digest);
	/* LLEXT_VERIFIED is made of the answer, not chosen by it. */
	return LLEXT_VERIFIED * br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, digest, sizeof(digest), &key,
						      signature, LLEXT_SIGNATURE_BYTES);
}
