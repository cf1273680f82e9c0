/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys in files, by OpenSSL. ECDSA signatures are BearSSL's, since those are deterministic (RFC
 * 6979): the same input gives the same file. OpenSSL verifies each before it is used.
 */
#include <bearssl.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "signing.h"

static bool openssl_failed(const char *path, const char *what)
{
	unsigned long error = ERR_peek_last_error();

	complain(path, "%s%s%s", what, error != 0 ? ": " : "",
		 error != 0 ? ERR_reason_error_string(error) : "");
	ERR_clear_error();
	return false;
}

const char *key_algorithm_name(uint8_t algorithm)
{
	return algorithm == LLEXT_ALGORITHM_ES256   ? "ES256"
	       : algorithm == LLEXT_ALGORITHM_EDDSA ? "EdDSA"
						    : "unknown";
}

const char *hex(const uint8_t *bytes, size_t count)
{
	char text[2 * 64 + 1] = "";

	for (size_t i = 0; i < count && i < 64; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return printable(text);
}

/* ---- identifiers: the start of the key's thumbprint (RFC 9679) ---- */

static void identify_as(const uint8_t *cose, size_t bytes, uint8_t id[LLEXT_KEY_ID_BYTES])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	(void)SHA256(cose, bytes, digest);
	memcpy(id, digest, LLEXT_KEY_ID_BYTES);
}

void key_identify(uint8_t algorithm, const uint8_t *public_key, uint8_t id[LLEXT_KEY_ID_BYTES])
{
	uint8_t cose[75];

	if (algorithm == LLEXT_ALGORITHM_EDDSA) { /* {1: 1, -1: 6, -2: x} */
		memcpy(cose, "\xa3\x01\x01\x20\x06\x21\x58\x20", 8);
		memcpy(cose + 8, public_key, 32);
		identify_as(cose, 8 + 32, id);
		return;
	}
	/* {1: 2, -1: 1, -2: x, -3: y} */
	memcpy(cose, "\xa4\x01\x02\x20\x01\x21\x58\x20", 8);
	memcpy(cose + 8, public_key, 32);
	memcpy(cose + 40, "\x22\x58\x20", 3);
	memcpy(cose + 43, public_key + 32, 32);
	identify_as(cose, 43 + 32, id);
}

static void identify(struct key *key)
{
	uint8_t cose[5 + 16];

	if (key->pkey != NULL) {
		key_identify(key->algorithm, key->public_key, key->id);
		return;
	}
	/* {1: 4, -1: k} */
	memcpy(cose, "\xa2\x01\x04\x20\x50", 5);
	memcpy(cose + 5, key->secret, 16);
	identify_as(cose, sizeof(cose), key->id);
	OPENSSL_cleanse(cose, sizeof(cose));
}

/* ---- reading ---- */

static bool is_p256(EVP_PKEY *pkey)
{
	char name[64];
	size_t length;

	return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
	       EVP_PKEY_get_group_name(pkey, name, sizeof(name), &length) == 1 &&
	       strcmp(name, SN_X9_62_prime256v1) == 0;
}

static bool read_p256(struct key *key)
{
	BIGNUM *x = NULL, *y = NULL, *secret = NULL;
	bool good = EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
		    EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
		    BN_bn2binpad(x, key->public_key, 32) == 32 &&
		    BN_bn2binpad(y, key->public_key + 32, 32) == 32;

	if (good && key->is_private)
		good = EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, &secret) == 1 &&
		       BN_bn2binpad(secret, key->secret, 32) == 32;
	BN_free(x);
	BN_free(y);
	BN_clear_free(secret);
	key->algorithm = LLEXT_ALGORITHM_ES256;
	return good;
}

static bool read_ed25519(struct key *key)
{
	size_t bytes = 32;

	key->algorithm = LLEXT_ALGORITHM_EDDSA;
	return EVP_PKEY_get_raw_public_key(key->pkey, key->public_key, &bytes) == 1 && bytes == 32;
}

/* A file of 16 bytes is a key for A128KW: no PEM file is as short. */
static bool read_symmetric(struct key *key, FILE *stream)
{
	uint8_t bytes[17];
	size_t count = fread(bytes, 1, sizeof(bytes), stream);

	rewind(stream);
	if (count != 16)
		return false;
	memcpy(key->secret, bytes, 16);
	key->is_private = true;
	return true;
}

static bool read_pem(struct key *key, FILE *stream)
{
	key->pkey = PEM_read_PrivateKey(stream, NULL, NULL, NULL);
	key->is_private = key->pkey != NULL;
	if (key->pkey == NULL) {
		ERR_clear_error();
		rewind(stream);
		key->pkey = PEM_read_PUBKEY(stream, NULL, NULL, NULL);
	}
	if (key->pkey == NULL)
		return openssl_failed(key->path, "is no key in PEM, and none of 16 bytes");
	if (is_p256(key->pkey)
		    ? read_p256(key)
		    : EVP_PKEY_get_base_id(key->pkey) == EVP_PKEY_ED25519 && read_ed25519(key))
		return true;
	complain(key->path, "is a key for another algorithm; P-256 and Ed25519 are supported");
	return false;
}

bool key_open(struct key *key, const char *path)
{
	FILE *stream = fopen(path, "rbe");
	bool good;

	*key = (struct key){.path = path};
	if (stream == NULL) {
		complain(path, "%s", strerror(errno));
		return false;
	}
	good = read_symmetric(key, stream) || read_pem(key, stream);
	(void)fclose(stream);
	if (good)
		identify(key);
	return good;
}

void key_close(struct key *key)
{
	EVP_PKEY_free(key->pkey);
	OPENSSL_cleanse(key, sizeof(*key));
}

/* ---- writing ---- */

static bool write_private(EVP_PKEY *pkey, int fd, const char *path)
{
	FILE *stream = fdopen(fd, "wb");
	bool good = stream != NULL &&
		    PEM_write_PKCS8PrivateKey(stream, pkey, NULL, NULL, 0, NULL, NULL) == 1;

	if (stream == NULL)
		(void)close(fd);
	else
		good = fclose(stream) == 0 && good;
	return good || openssl_failed(path, "cannot be written");
}

static bool write_symmetric(int fd, const char *path)
{
	uint8_t secret[16];
	bool good = RAND_priv_bytes(secret, sizeof(secret)) == 1 &&
		    write(fd, secret, sizeof(secret)) == sizeof(secret);

	good = close(fd) == 0 && good;
	OPENSSL_cleanse(secret, sizeof(secret));
	return good || openssl_failed(path, "cannot be written");
}

bool key_generate(const char *kind, const char *path)
{
	bool symmetric = strcmp(kind, "a128kw") == 0, good;
	EVP_PKEY *pkey = NULL;
	int fd;

	if (!symmetric) {
		pkey = strcmp(kind, "p256") == 0 ? EVP_EC_gen("P-256")
						 : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		if (pkey == NULL)
			return openssl_failed(NULL, "no key could be made");
	}
	/* For nobody else to read, and never over another key. */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		complain(path, "%s", strerror(errno));
		good = false;
	} else {
		good = symmetric ? write_symmetric(fd, path) : write_private(pkey, fd, path);
		if (!good)
			(void)unlink(path);
	}
	EVP_PKEY_free(pkey);
	return good;
}

void key_write_bytes(const uint8_t *bytes, size_t count, FILE *stream)
{
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "%s0x%02x,", i % 8 == 0 ? "\n\t\t\t" : " ", bytes[i]);
}

bool key_write_secret(const struct key *key, FILE *stream)
{
	bool shared = key->pkey == NULL;

	if (!shared && (!key->is_private || key->algorithm != LLEXT_ALGORITHM_ES256)) {
		complain(key->path, "decrypts nothing: a private p256 key or an a128kw key does");
		return false;
	}
	fprintf(stream, "\t{\n\t\t.id = {");
	key_write_bytes(key->id, sizeof(key->id), stream);
	fprintf(stream,
		"\n\t\t},\n\t\t.wrapping = LLEXT_WRAPPING_%s,\n\t\t.key = (const uint8_t[]){",
		shared ? "A128KW" : "ECDH_ES_A128KW");
	key_write_bytes(key->secret, shared ? 16 : 32, stream);
	fprintf(stream, "\n\t\t},\n\t},\n");
	return true;
}

bool key_write_public(const struct key *key, FILE *stream)
{
	if (key->pkey != NULL)
		return PEM_write_PUBKEY(stream, key->pkey) == 1;
	complain(key->path, "is a secret key: it has no public half");
	return false;
}

/* ---- signatures ---- */

static bool verify_ed25519(const struct key *key, const uint8_t *message, size_t bytes,
			   const uint8_t *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good =
		context != NULL &&
		EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
		EVP_DigestVerify(context, signature, LLEXT_SIGNATURE_BYTES, message, bytes) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

static bool verify_es256(const struct key *key, const uint8_t *message, size_t bytes,
			 const uint8_t *signature)
{
	ECDSA_SIG *both = ECDSA_SIG_new();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	BIGNUM *r = BN_bin2bn(signature, 32, NULL), *s = BN_bin2bn(signature + 32, 32, NULL);
	uint8_t *der = NULL;
	int length;
	bool good;

	if (both == NULL || context == NULL || r == NULL || s == NULL ||
	    ECDSA_SIG_set0(both, r, s) != 1)
		abort(); /* out of memory */
	length = i2d_ECDSA_SIG(both, &der);
	good = length > 0 &&
	       EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
	       EVP_DigestVerify(context, der, (size_t)length, message, bytes) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(both);
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}

bool key_verify(const struct key *key, const uint8_t *message, size_t bytes,
		const uint8_t *signature)
{
	return key->algorithm == LLEXT_ALGORITHM_ES256
		       ? verify_es256(key, message, bytes, signature)
		       : verify_ed25519(key, message, bytes, signature);
}

static bool sign_es256(const struct key *key, const uint8_t *message, size_t bytes,
		       uint8_t *signature)
{
	const br_ec_private_key private = {BR_EC_secp256r1, (uint8_t *)(uintptr_t)key->secret, 32};
	uint8_t digest[SHA256_DIGEST_LENGTH];

	(void)SHA256(message, bytes, digest);
	return br_ecdsa_i31_sign_raw(br_ec_get_default(), &br_sha256_vtable, digest, &private,
				     signature) == LLEXT_SIGNATURE_BYTES;
}

static bool sign_ed25519(const struct key *key, const uint8_t *message, size_t bytes,
			 uint8_t *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t length = LLEXT_SIGNATURE_BYTES;
	bool good = context != NULL &&
		    EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
		    EVP_DigestSign(context, signature, &length, message, bytes) == 1;

	EVP_MD_CTX_free(context);
	return good;
}

bool key_sign(const struct key *key, const uint8_t *message, size_t bytes, uint8_t *signature)
{
	bool good = key->algorithm == LLEXT_ALGORITHM_ES256
			    ? sign_es256(key, message, bytes, signature)
			    : sign_ed25519(key, message, bytes, signature);

	if (!good || !key_verify(key, message, bytes, signature))
		return openssl_failed(key->path, "gives no good signature");
	return true;
}

static bool from_der(const uint8_t *der, size_t bytes, uint8_t *signature)
{
	const uint8_t *next = der;
	ECDSA_SIG *both = d2i_ECDSA_SIG(NULL, &next, (long)bytes);
	bool good = both != NULL && next == der + bytes &&
		    BN_bn2binpad(ECDSA_SIG_get0_r(both), signature, 32) == 32 &&
		    BN_bn2binpad(ECDSA_SIG_get0_s(both), signature + 32, 32) == 32;

	ECDSA_SIG_free(both);
	ERR_clear_error();
	return good;
}

bool key_read_signature(const struct key *key, const char *path, uint8_t *signature)
{
	uint8_t bytes[128];
	FILE *stream = fopen(path, "rbe");
	size_t count;

	if (stream == NULL) {
		complain(path, "%s", strerror(errno));
		return false;
	}
	count = fread(bytes, 1, sizeof(bytes), stream);
	(void)fclose(stream);
	if (count == LLEXT_SIGNATURE_BYTES)
		memcpy(signature, bytes, LLEXT_SIGNATURE_BYTES);
	else if (key->algorithm != LLEXT_ALGORITHM_ES256 || !from_der(bytes, count, signature)) {
		complain(path, "is no signature: neither 64 bytes nor DER");
		return false;
	}
	return true;
}
