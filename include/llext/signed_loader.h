/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A loader for a signed extension: another loader gives an envelope (docs/envelope.md), of which
 * this one verifies the signature, the rights of the key and the counter when a load begins, and
 * each block before a byte of it is given on. Any loader may lie below, also one that cannot seek;
 * llext/lz4_loader.h may lie above.
 */
#ifndef LLEXT_SIGNED_LOADER_H_
#define LLEXT_SIGNED_LOADER_H_

#include <llext/loader.h>
#include <llext/trust.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The size of a buffer for envelopes with blocks of @p block bytes and tables of @p table digests
 * (`tenon sign --block --table`). It also has to hold the manifest, which takes some 400 bytes: the
 * smallest block is enough for any but very long lists of imports or recipients.
 */
#define LLEXT_SIGNED_BUFFER_BYTES(block, table) ((block) + ((table) + 1) * LLEXT_HASH_BYTES)

/**
 * A loader over an envelope. The fields beside @c loader and @c name are private: use the
 * initialiser.
 */
struct llext_signed_loader {
	struct llext_loader loader; /**< pass its address to llext_load() */
	/**
	 * The name that it must have been signed under, or -EPERM: to be set after the initialiser
	 * where the firmware looks for one extension. NULL, which the initialiser sets: any that
	 * its key may sign. Whoever can put files into the device's storage could otherwise put one
	 * signed extension in the place of another.
	 */
	const char *name;
	struct llext_loader *source;
	const struct llext_trust *trust;
	uint8_t *buffer;
	size_t buffer_bytes;

	struct llext_claims claims;
	uint32_t seal, other_seal; /* both right: the signature and the rights are good */
	uint32_t proof;            /* right: the digest that was compared last is equal */
	uint32_t header_bytes;     /* of the envelope before the first table */
	uint32_t block_count;
	size_t source_position;         /* SIZE_MAX: not known */
	uint32_t position;              /* in the payload */
	uint32_t block;                 /* which one is in the buffer; UINT32_MAX: none */
	uint32_t table;                 /* likewise */
	uint8_t next[LLEXT_HASH_BYTES]; /* digest of the table behind that one */
	const uint8_t *mapped;          /* the payload in memory that does not change */

	uint8_t content_key[LLEXT_CONTENT_KEY_BYTES];
	uint8_t iv[LLEXT_IV_BYTES];

	int error; /* of the first call that failed; later ones fail as well */
	const char *what;
	bool has_values, by_source;
	size_t offset; /* in the envelope */
	int64_t expected, found;
};

/** @cond private: the functions behind the initialiser */
int llext_signed_prepare(struct llext_loader *ldr);
int llext_signed_read(struct llext_loader *ldr, void *out, size_t len);
void llext_signed_finalize(struct llext_loader *ldr);
size_t llext_signed_length(struct llext_loader *ldr);
void llext_signed_explain(struct llext_loader *ldr, struct llext_diag *diag);
const struct llext_claims *llext_signed_claims(struct llext_loader *ldr);
/** @endcond */

/**
 * Initialiser: the envelope that the loader at @p source_ gives from its start, verified as
 * @p trust_ says by means of the @p bytes_ bytes at @p buffer_, which belong to the loader during a
 * load.
 *
 * Errors: -EBADMSG where the envelope is malformed, cut short, has bytes behind its end, or is not
 * what was signed; -EPERM where no key of the ring signed it, the key has been revoked or has no
 * right to do so, its name is not the one that is asked for, or it is for another vendor, class,
 * device, machine, firmware or recipient; -ESTALE where it is older than what the counters allow,
 * or has expired; -ENOTSUP for an unknown format or a newer API, and for encrypted ones without
 * LLEXT_DECRYPTION(); -ENOSPC where the buffer is too small; -EINVAL without a source, a trust or a
 * buffer; what the source, the counters, the clock or the crypto backend return.
 */
#define LLEXT_SIGNED_LOADER(source_, trust_, buffer_, bytes_)                                      \
	{                                                                                          \
		.loader = {.prepare = llext_signed_prepare,                                        \
			   .read = llext_signed_read,                                              \
			   .seek = NULL,                                                           \
			   .peek = NULL,                                                           \
			   .finalize = llext_signed_finalize,                                      \
			   .storage = LLEXT_STORAGE_TEMPORARY,                                     \
			   .length = llext_signed_length,                                          \
			   .explain = llext_signed_explain,                                        \
			   .claims = llext_signed_claims},                                         \
		.source = (source_), .trust = (trust_), .buffer = (buffer_),                       \
		.buffer_bytes = (bytes_)                                                           \
	}

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_SIGNED_LOADER_H_ */
