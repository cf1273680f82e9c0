/* SPDX-License-Identifier: Apache-2.0 */
/* The crypto backend of the code that devices run, by OpenSSL: for the desk. */
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <string.h>
#include <llext/crypto.h>
#include "signing.h"

/* ---- hash ---- */

static EVP_MD_CTX **state_of(struct llext_hash *hash)
{
	return (EVP_MD_CTX **)&hash->state.pointer;
}

int llext_hash_init(struct llext_hash *hash)
{
	*state_of(hash) = EVP_MD_CTX_new();
	return EVP_DigestInit_ex(*state_of(hash), EVP_sha256(), NULL) == 1 ? 0 : -EIO;
}

int llext_hash_update(struct llext_hash *hash, const void *data, size_t bytes)
{
	return EVP_DigestUpdate(*state_of(hash), data, bytes) == 1 ? 0 : -EIO;
}

int llext_hash_final(struct llext_hash *hash, uint8_t digest[LLEXT_HASH_BYTES])
{
	int good = EVP_DigestFinal_ex(*state_of(hash), digest, NULL);

	EVP_MD_CTX_free(*state_of(hash));
	return good == 1 ? 0 : -EIO;
}

/* ---- signatures ---- */

/* A P-256 public key from its two halves; NULL where that is no point of the curve. */
static EVP_PKEY *public_p256(const uint8_t *halves)
{
	uint8_t point[1 + LLEXT_PUBLIC_BYTES] = {4};
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char[]){"P-256"}, 5),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
		OSSL_PARAM_END};
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;

	memcpy(point + 1, halves, LLEXT_PUBLIC_BYTES);
	if (EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return pkey;
}

uint32_t llext_verify(uint8_t algorithm, const uint8_t public_key[LLEXT_PUBLIC_BYTES],
		      const void *message, size_t bytes,
		      const uint8_t signature[LLEXT_SIGNATURE_BYTES])
{
	struct key key = {.algorithm = algorithm};
	bool good;

	if (algorithm == LLEXT_ALGORITHM_ES256)
		key.pkey = public_p256(public_key);
	else if (algorithm == LLEXT_ALGORITHM_EDDSA)
		key.pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
	good = key.pkey != NULL && key_verify(&key, message, bytes, signature);
	key_close(&key);
	return good ? LLEXT_VERIFIED : 0;
}

/* ---- content keys ---- */

bool ecdh_kek(void *private_key, const uint8_t *peer, const void *context, size_t context_bytes,
	      uint8_t kek[LLEXT_CONTENT_KEY_BYTES])
{
	EVP_PKEY *other = public_p256(peer);
	EVP_PKEY_CTX *derive = other != NULL ? EVP_PKEY_CTX_new(private_key, NULL) : NULL;
	EVP_KDF *hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *kdf = EVP_KDF_CTX_new(hkdf);
	uint8_t shared[32];
	size_t bytes = sizeof(shared);
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, (char[]){"SHA256"}, 6),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_KEY, shared, sizeof(shared)),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)context,
					context_bytes),
		OSSL_PARAM_END};
	bool good = derive != NULL && EVP_PKEY_derive_init(derive) == 1 &&
		    EVP_PKEY_derive_set_peer(derive, other) == 1 &&
		    EVP_PKEY_derive(derive, shared, &bytes) == 1 && bytes == sizeof(shared) &&
		    EVP_KDF_derive(kdf, kek, LLEXT_CONTENT_KEY_BYTES, parameters) == 1;

	OPENSSL_cleanse(shared, sizeof(shared));
	EVP_KDF_CTX_free(kdf);
	EVP_KDF_free(hkdf);
	EVP_PKEY_CTX_free(derive);
	EVP_PKEY_free(other);
	ERR_clear_error();
	return good;
}

bool key_wrap(const uint8_t *kek, bool wrap, const uint8_t *in, size_t bytes, uint8_t *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-128-WRAP", NULL);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t whole[LLEXT_WRAPPED_BYTES + 16];
	int length = 0;
	bool good;

	EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	good = EVP_CipherInit_ex2(context, cipher, kek, NULL, wrap, NULL) == 1 &&
	       EVP_CipherUpdate(context, whole, &length, in, (int)bytes) == 1 &&
	       length == (wrap ? LLEXT_WRAPPED_BYTES : LLEXT_CONTENT_KEY_BYTES);
	if (good)
		memcpy(out, whole, (size_t)length);
	OPENSSL_cleanse(whole, sizeof(whole));
	EVP_CIPHER_CTX_free(context);
	EVP_CIPHER_free(cipher);
	ERR_clear_error();
	return good;
}

int llext_unwrap(const struct llext_secret *secret, const uint8_t *ephemeral, const void *context,
		 size_t context_bytes, const uint8_t wrapped[LLEXT_WRAPPED_BYTES],
		 uint8_t key[LLEXT_CONTENT_KEY_BYTES])
{
	/* A secret of the desk points into the struct key that it came from. */
	const struct key *own =
		(const struct key *)(const void *)(secret->key - offsetof(struct key, secret));
	uint8_t kek[LLEXT_CONTENT_KEY_BYTES];
	bool good = true;

	memset(key, 0, LLEXT_CONTENT_KEY_BYTES);
	if (ephemeral == NULL)
		memcpy(kek, secret->key, sizeof(kek));
	else
		good = ecdh_kek(own->pkey, ephemeral, context, context_bytes, kek);
	good = good && key_wrap(kek, false, wrapped, LLEXT_WRAPPED_BYTES, key);
	OPENSSL_cleanse(kek, sizeof(kek));
	return good ? 0 : -EBADMSG;
}

int llext_stream(const uint8_t key[LLEXT_CONTENT_KEY_BYTES], const uint8_t iv[LLEXT_IV_BYTES],
		 uint32_t offset, void *data, size_t bytes)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t counter[LLEXT_IV_BYTES];
	uint32_t carry = offset / 16;
	int length;
	bool good;

	for (int i = LLEXT_IV_BYTES - 1; i >= 0; i--) {
		carry += iv[i];
		counter[i] = (uint8_t)carry;
		carry >>= 8;
	}
	good = EVP_EncryptInit_ex2(context, EVP_aes_128_ctr(), key, counter, NULL) == 1 &&
	       EVP_EncryptUpdate(context, data, &length, data, (int)bytes) == 1;
	EVP_CIPHER_CTX_free(context);
	return good ? 0 : -EIO;
}
