/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The cryptography that trust needs, as a backend: a firmware links exactly one set of these
 * functions. src/trust/bearssl.c and psa.c are ready-made; a part's engine can have its own. None
 * is called from an interrupt, and none may keep a pointer.
 */
#ifndef LLEXT_CRYPTO_H_
#define LLEXT_CRYPTO_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LLEXT_HASH_BYTES        32 /**< of a SHA-256 digest */
#define LLEXT_KEY_ID_BYTES      8
#define LLEXT_PUBLIC_BYTES      64 /**< of a P-256 point, without the leading 4 */
#define LLEXT_SIGNATURE_BYTES   64
#define LLEXT_WRAPPED_BYTES     24 /**< of a wrapped AES-128 key */
#define LLEXT_CONTENT_KEY_BYTES 16
#define LLEXT_IV_BYTES          16

/** Signature algorithms, by their byte in a COSE header. */
enum llext_algorithm {
	LLEXT_ALGORITHM_ES256 = 0x26, /**< ECDSA on P-256 with SHA-256: COSE -7 */
	LLEXT_ALGORITHM_EDDSA = 0x27, /**< Ed25519: COSE -8 */
};

/** Key management algorithms. */
enum llext_wrapping {
	LLEXT_WRAPPING_A128KW,         /**< the secret is an AES-128 key: COSE -3 */
	LLEXT_WRAPPING_ECDH_ES_A128KW, /**< the secret is a P-256 private key: COSE -29 */
};

/** Room for the state of a hash, whatever the backend. */
#ifndef CONFIG_LLEXT_HASH_STATE_BYTES
#define CONFIG_LLEXT_HASH_STATE_BYTES 256
#endif

/** A SHA-256 on its way. Private to the backend. */
struct llext_hash {
	union {
		uint64_t align;
		void *pointer;
		uint8_t bytes[CONFIG_LLEXT_HASH_STATE_BYTES];
	} state;
};

/** A key of the device's own, for encrypted payloads. */
struct llext_secret {
	uint8_t id[LLEXT_KEY_ID_BYTES];
	uint8_t wrapping;   /**< enum llext_wrapping */
	const uint8_t *key; /**< 16 bytes or 32; NULL: the backend knows it by its handle */
	uint32_t handle;    /**< for instance a psa_key_id_t */
};

/** Start a SHA-256. @return 0 or a negative errno. */
int llext_hash_init(struct llext_hash *hash);
/** Add bytes. @return 0 or a negative errno. */
int llext_hash_update(struct llext_hash *hash, const void *data, size_t bytes);
/** End it; @p digest is set on success only. @return 0 or a negative errno. */
int llext_hash_final(struct llext_hash *hash, uint8_t digest[LLEXT_HASH_BYTES]);

/**
 * What llext_verify() returns for a good signature: a value that no fault in the processor makes
 * out of another one easily.
 */
#define LLEXT_VERIFIED 0x3ca5965au

/**
 * Verify a signature of @p bytes bytes at @p message.
 * @param algorithm  enum llext_algorithm
 * @return LLEXT_VERIFIED where the signature is good; 0 where it is not, where the public key is no
 * point of the curve, where the algorithm is not supported, and where anything else failed.
 */
uint32_t llext_verify(uint8_t algorithm, const uint8_t public_key[LLEXT_PUBLIC_BYTES],
		      const void *message, size_t bytes,
		      const uint8_t signature[LLEXT_SIGNATURE_BYTES]);

/**
 * Unwrap a content key by AES key wrap (RFC 3394), under the secret itself or, for ECDH-ES, under
 * what HKDF-SHA-256 (no salt, info @p context) makes of the secret and @p ephemeral.
 * @param ephemeral  a public key, LLEXT_PUBLIC_BYTES; NULL for LLEXT_WRAPPING_A128KW
 * @return 0; -EBADMSG where the wrapped key is not intact or @p ephemeral is no point of the
 * curve; -ENOTSUP; what the engine returned. On error @p key is zeros.
 */
int llext_unwrap(const struct llext_secret *secret, const uint8_t *ephemeral, const void *context,
		 size_t context_bytes, const uint8_t wrapped[LLEXT_WRAPPED_BYTES],
		 uint8_t key[LLEXT_CONTENT_KEY_BYTES]);

/**
 * AES-128-CTR in place: @p iv is the counter block of the first byte of the whole, @p offset the
 * place of the first byte of @p data in it, a multiple of 16.
 * @return 0 or a negative errno.
 */
int llext_stream(const uint8_t key[LLEXT_CONTENT_KEY_BYTES], const uint8_t iv[LLEXT_IV_BYTES],
		 uint32_t offset, void *data, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_CRYPTO_H_ */
