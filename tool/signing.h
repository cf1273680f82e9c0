/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, key rings and envelopes on the desk: what the commands about trust share. */
#ifndef TENON_SIGNING_H_
#define TENON_SIGNING_H_

#include <llext/signed_loader.h>
#include "tenon.h"

/* ---- keys.c ---- */

/* A key from a file: a signer's, or one that content is encrypted to. */
struct key {
	const char *path;
	void *pkey;        /* EVP_PKEY *; NULL: a key of 16 bytes for A128KW */
	bool is_private;   /* its private half is there */
	uint8_t algorithm; /* enum llext_algorithm */
	uint8_t id[LLEXT_KEY_ID_BYTES];
	uint8_t public_key[LLEXT_PUBLIC_BYTES];
	uint8_t secret[32]; /* of a private P-256 key, or the 16 bytes */
};

/* PEM (PKCS#8, or a public key), or 16 bytes. Complains and returns false. key_close() anyway. */
bool key_open(struct key *key, const char *path);
void key_close(struct key *key);
/* Write a new private key; fails where the file is there. @kind: "p256", "ed25519", "a128kw". */
bool key_generate(const char *kind, const char *path);
/* A signature of 64 bytes, the same each time. Complains and returns false. */
bool key_sign(const struct key *key, const uint8_t *message, size_t bytes, uint8_t *signature);
/* From a DER signature or one of 64 bytes, as tools for HSMs write them. */
bool key_read_signature(const struct key *key, const char *path, uint8_t *signature);
bool key_verify(const struct key *key, const uint8_t *message, size_t bytes,
		const uint8_t *signature);
bool key_write_public(const struct key *key, FILE *stream); /* PEM */
/* A struct llext_secret of C, for keys that decrypt. Complains and returns false for others. */
bool key_write_secret(const struct key *key, FILE *stream);
/* As the values of an array of C. */
void key_write_bytes(const uint8_t *bytes, size_t count, FILE *stream);
const char *key_algorithm_name(uint8_t algorithm);
/* The identifier of a public key that signs. */
void key_identify(uint8_t algorithm, const uint8_t *public_key, uint8_t id[LLEXT_KEY_ID_BYTES]);
/* Lower case hexadecimal; valid as printable() says. */
const char *hex(const uint8_t *bytes, size_t count);

/* ---- crypto.c: beside the backend of llext/crypto.h ---- */

/* What HKDF makes of an ECDH with @peer, two halves of a point; false where that is none. */
bool ecdh_kek(void *private_key, const uint8_t *peer, const void *context, size_t context_bytes,
	      uint8_t kek[LLEXT_CONTENT_KEY_BYTES]);
/* AES key wrap and unwrap. */
bool key_wrap(const uint8_t *kek, bool wrap, const uint8_t *in, size_t bytes, uint8_t *out);

/* ---- ring.c ---- */

struct ring {
	struct llext_key *keys;
	char **names; /* what keys[].names points to */
	size_t count;
};

/* Rights that `tenon key pub` gives. */
struct rights {
	const char *names;
	uint32_t counter_limit;
	bool revoked, sandbox_only;
};

/*
 * A ring (JSON), or a key (PEM) with @rights, NULL being all; adds to @ring. A key that is there
 * already keeps the rights that both have. Complains and returns false.
 */
bool ring_read(struct ring *ring, const char *path, const struct rights *rights);
void ring_free(struct ring *ring);
void ring_print_json(const struct ring *ring, FILE *stream);
void ring_print_c(const struct ring *ring, FILE *stream);

/* ---- envelope.c ---- */

struct signing_import {
	const char *name;
	struct llext_version version;
};

/* What goes into a manifest. */
struct signing {
	struct llext_claims claims; /* but for what follows from the payload */
	const uint8_t *ids[3];      /* vendor, class, device; NULL: none */
	const uint8_t *fingerprint; /* 8 bytes; NULL: bound to no firmware */
	struct signing_import *imports;
	size_t import_count;
	const uint8_t *build_id;
	size_t build_id_bytes;
	const struct key *recipients;
	size_t recipient_count;
	const struct key *signer; /* its public half */
};

/* May a manifest have this name, or a ring this start of one? */
bool is_claim_name(const char *name, bool may_be_empty);
/* The envelope with a signature of zeros, to be freed; NULL with a complaint. */
uint8_t *envelope_build(const struct signing *signing, const uint8_t *payload, size_t bytes,
			size_t *length);
bool is_envelope(const uint8_t *bytes, size_t length);
/* The message that is signed, to be freed; NULL with a complaint where there is no envelope. */
uint8_t *envelope_message(const char *path, const uint8_t *bytes, size_t length, size_t *count);
/* Where the signature is. */
uint8_t *envelope_signature(uint8_t *bytes, size_t length);
/* The identifier of the signer's key and its algorithm, as the header says. */
void envelope_signer(const uint8_t *bytes, uint8_t id[LLEXT_KEY_ID_BYTES], uint8_t *algorithm);

/* What a file is verified and decrypted with, from the command line. */
struct verifying {
	struct ring ring;
	struct llext_secret *secrets;
	struct key *keys; /* behind the secrets */
	size_t secret_count;
	const uint8_t *ids[3];
	uint64_t fingerprint;
	uint32_t counter; /* lowest that is taken */
	bool has_fingerprint, has_counter;
	bool stays_sealed; /* what is encrypted is verified and not decrypted */
};
bool verifying_add_secret(struct verifying *verifying, const char *path);
void verifying_free(struct verifying *verifying);
/* For struct llext_trust of @verifying; valid until the next call. */
const struct llext_trust *verifying_trust(const struct verifying *verifying);

struct opened {
	struct llext_claims claims;
	uint8_t signer[LLEXT_KEY_ID_BYTES];
	uint8_t algorithm;
	bool verified;
	bool sealed;                         /* it is encrypted, and was not decrypted */
	const uint8_t *ids[3], *fingerprint; /* in the envelope */
	uint8_t *payload;                    /* to be freed; NULL: it is sealed, or wrong */
	const char *what;                    /* what is wrong; NULL: nothing */
	int error;
	bool has_values;
	int64_t expected, found;
	uint64_t offset;
};
/*
 * Open an envelope by the code that devices run: with a @trust verified, with NULL only taken
 * apart, though its digests are checked, and not decrypted. False: see opened->what.
 */
bool envelope_open(struct opened *opened, const uint8_t *bytes, size_t length,
		   const struct llext_trust *trust);
/*
 * What an envelope holds in place of it, where @file is one; complains and returns false where it
 * is not good. With files_verify() it is verified as well, and without a ring refused.
 */
bool envelope_strip(struct file *file);
void files_verify(const struct verifying *verifying);
/* With the secrets of @verifying what is encrypted is decrypted, and not verified. */
void files_decrypt(const struct verifying *verifying);
void complain_opened(const char *path, const struct opened *opened);
/* The claims, one a line, or as members of @object (a struct json_object *). */
void claims_print(const struct opened *opened, size_t length, FILE *stream);
void claims_print_json(const struct opened *opened, void *object);

#endif /* TENON_SIGNING_H_ */
