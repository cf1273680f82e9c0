/* SPDX-License-Identifier: Apache-2.0 */
/*
 * psa_eddsa ENVELOPE PAYLOAD PUBLIC: the backend by the PSA Crypto API over an implementation
 * that has Ed25519, which mbed TLS has not: the few functions that the backend calls, by OpenSSL.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <psa/crypto.h>
#include <stdio.h>
#include "forge.h"

/* ---- an implementation of PSA Crypto ---- */

static EVP_PKEY *keys[8]; /* the identifier of a key is its place, from 1 on */

static EVP_MD_CTX *hashing;

psa_status_t psa_crypto_init(void)
{
	return PSA_SUCCESS;
}

psa_status_t psa_set_key_domain_parameters(psa_key_attributes_t *attributes, psa_key_type_t type,
					   const uint8_t *data, size_t bytes)
{
	(void)attributes;
	(void)type;
	(void)data;
	(void)bytes;
	return PSA_ERROR_NOT_SUPPORTED;
}

psa_status_t psa_hash_setup(psa_hash_operation_t *operation, psa_algorithm_t algorithm)
{
	(void)operation;
	assert_int_equal(algorithm, PSA_ALG_SHA_256);
	assert_null(hashing);
	hashing = EVP_MD_CTX_new();
	return EVP_DigestInit_ex(hashing, EVP_sha256(), NULL) == 1 ? PSA_SUCCESS
								   : PSA_ERROR_GENERIC_ERROR;
}

psa_status_t psa_hash_update(psa_hash_operation_t *operation, const uint8_t *data, size_t bytes)
{
	(void)operation;
	return EVP_DigestUpdate(hashing, data, bytes) == 1 ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;
}

psa_status_t psa_hash_finish(psa_hash_operation_t *operation, uint8_t *digest, size_t size,
			     size_t *bytes)
{
	unsigned int count = 0;
	int good = size >= 32 ? EVP_DigestFinal_ex(hashing, digest, &count) : 0;

	(void)operation;
	EVP_MD_CTX_free(hashing);
	hashing = NULL;
	*bytes = count;
	return good == 1 ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;
}

psa_status_t psa_import_key(const psa_key_attributes_t *attributes, const uint8_t *data,
			    size_t bytes, psa_key_id_t *key)
{
	const psa_key_type_t type = psa_get_key_type(attributes);
	psa_key_id_t id = 1;

	assert_int_equal(psa_get_key_usage_flags(attributes) & PSA_KEY_USAGE_VERIFY_MESSAGE,
			 PSA_KEY_USAGE_VERIFY_MESSAGE);
	if (type != PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_TWISTED_EDWARDS) || bytes != 32 ||
	    psa_get_key_algorithm(attributes) != PSA_ALG_PURE_EDDSA)
		return PSA_ERROR_NOT_SUPPORTED;
	while (keys[id - 1] != NULL)
		assert_true(++id <= sizeof(keys) / sizeof(keys[0])); /* they are destroyed */
	keys[id - 1] = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, data, bytes);
	*key = id;
	return keys[id - 1] != NULL ? PSA_SUCCESS : PSA_ERROR_INVALID_ARGUMENT;
}

psa_status_t psa_verify_message(psa_key_id_t key, psa_algorithm_t algorithm, const uint8_t *message,
				size_t bytes, const uint8_t *signature, size_t signature_bytes)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = algorithm == PSA_ALG_PURE_EDDSA && context != NULL &&
		    EVP_DigestVerifyInit(context, NULL, NULL, NULL, keys[key - 1]) == 1 &&
		    EVP_DigestVerify(context, signature, signature_bytes, message, bytes) == 1;

	EVP_MD_CTX_free(context);
	return good ? PSA_SUCCESS : PSA_ERROR_INVALID_SIGNATURE;
}

psa_status_t psa_destroy_key(psa_key_id_t key)
{
	EVP_PKEY_free(keys[key - 1]);
	keys[key - 1] = NULL;
	return PSA_SUCCESS;
}

/* ---- the tests ---- */

static const char *const *paths;
static struct blob envelope, payload;
static struct llext_key ring[2];
static const struct llext_trust trust = {
	.keys = ring,
	.key_count = 2,
	.vendor_id =
		(const uint8_t *)"\x6f\x96\x19\xff\x8b\x86\xd0\x11\xb4\x2d\x00\xc0\x4f\xc9\x64\xff",
};

static struct blob read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct blob blob = {0};
	uint8_t part[4096];
	size_t count;

	assert_non_null(file);
	while ((count = fread(part, 1, sizeof(part), file)) > 0)
		blob_put(&blob, part, count);
	(void)fclose(file);
	assert_true(blob.count > 0);
	return blob;
}

static EVP_PKEY *read_public(const char *path)
{
	FILE *file = fopen(path, "r");
	EVP_PKEY *pkey;

	assert_non_null(file);
	pkey = PEM_read_PUBKEY(file, NULL, NULL, NULL);
	(void)fclose(file);
	return pkey;
}

/* The ring's entry for a key, which is freed: {1: 1, -1: 6, -2: x} is its COSE_Key. */
static struct llext_key key_of_pkey(EVP_PKEY *pkey)
{
	struct llext_key key = {.algorithm = LLEXT_ALGORITHM_EDDSA, .counter_limit = UINT32_MAX};
	uint8_t cose[40] = "\xa3\x01\x01\x20\x06\x21\x58\x20", digest[32] = {0};
	struct llext_hash hash;
	size_t bytes = 32;

	assert_int_equal(EVP_PKEY_get_raw_public_key(pkey, key.public_key, &bytes), 1);
	EVP_PKEY_free(pkey);
	memcpy(cose + 8, key.public_key, 32);
	assert_int_equal(llext_hash_init(&hash), 0);
	assert_int_equal(llext_hash_update(&hash, cose, sizeof(cose)), 0);
	assert_int_equal(llext_hash_final(&hash, digest), 0);
	memcpy(key.id, digest, sizeof(key.id));
	return key;
}

/* What comes of all its bytes. */
static int read_all(struct blob bytes)
{
	uint8_t *out = malloc(payload.count);
	struct source source;
	struct reader reader;
	int rc;

	source_open(&source, bytes, SOURCE_FORWARD);
	reader_open(&reader, &source, &trust, LLEXT_SIGNED_BUFFER_BYTES(4096, 16));
	rc = llext_signed_prepare(&reader.loader.loader);
	if (rc == 0) {
		assert_int_equal(llext_signed_length(&reader.loader.loader), payload.count);
		rc = llext_signed_read(&reader.loader.loader, out, payload.count);
		if (rc == 0)
			assert_memory_equal(out, payload.at, payload.count);
		llext_signed_finalize(&reader.loader.loader);
	}
	reader_close(&reader);
	free(out);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_null(keys[i]);
	return rc;
}

static int set_up(void **state)
{
	(void)state;
	envelope = read_file(paths[0]);
	payload = read_file(paths[1]);
	ring[0] = key_of_pkey(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")); /* another one */
	ring[1] = key_of_pkey(read_public(paths[2]));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	blob_free(&envelope);
	blob_free(&payload);
	return 0;
}

static void good(void **state)
{
	(void)state;
	assert_int_equal(read_all(envelope), 0);
}

/* Each bit of the header, the signature's among them. */
static void changed(void **state)
{
	size_t header = envelope.count - payload.count;
	unsigned int tried = 0;

	(void)state;
	for (size_t i = 0; i < header; i++) {
		for (unsigned int bit = 0; bit < 8; bit++, tried++) {
			envelope.at[i] ^= (uint8_t)(1u << bit);
			assert_true(read_all(envelope) < 0);
			envelope.at[i] ^= (uint8_t)(1u << bit);
		}
	}
	assert_true(tried > 2000);
}

/* Another key under its identifier, and its key as one for another algorithm. */
static void confused(void **state)
{
	uint8_t id[LLEXT_KEY_ID_BYTES];

	(void)state;
	memcpy(id, ring[1].id, sizeof(id));
	ring[1] = ring[0];
	assert_int_equal(read_all(envelope), -EPERM);
	memcpy(ring[0].id, id, sizeof(id));
	assert_int_equal(read_all(envelope), -EBADMSG);
	ring[0] = key_of_pkey(read_public(paths[2]));
	assert_int_equal(read_all(envelope), 0);
	ring[0].algorithm = LLEXT_ALGORITHM_ES256;
	assert_int_equal(read_all(envelope), -EPERM);
	/* The header says ES256 as well: then it is verified as that, and this library has it not.
	 */
	envelope.at[6] = LLEXT_ALGORITHM_ES256;
	assert_int_equal(read_all(envelope), -EBADMSG);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good, set_up, tear_down),
		cmocka_unit_test_setup_teardown(changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(confused, set_up, tear_down),
	};

	if (argc != 4)
		return 2;
	paths = (const char *const *)argv + 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
