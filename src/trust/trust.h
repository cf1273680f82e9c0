/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder offer each other. */
#ifndef LLEXT_TRUST_INTERNAL_H_
#define LLEXT_TRUST_INTERNAL_H_

#include <errno.h>
#include <string.h>
#include <llext/signed_loader.h>
#include "cbor.h"

/*
 * The seal has two halves. Only where both are right has the signature been verified twice and the
 * policy been asked twice: one instruction that is not executed as it should be cannot set both.
 */
#define SEAL_OTHER   0x66996699u
#define SEAL_ALLOWED 0x19b4e247u
#define SEAL         (LLEXT_VERIFIED + SEAL_ALLOWED)
#define OTHER_SEAL   ((LLEXT_VERIFIED ^ SEAL_OTHER) - SEAL_ALLOWED)

/*
 * What a comparison of digests leaves where they are equal. What it returns is looked at where it
 * was called, this where the bytes are used: to skip the call, or what it does last, is not enough.
 */
#define PROOF       0x5a3c69d2u
#define FIRST_PROOF 0x31c5a6e9u /* after the first of two comparisons */

/* No block or table is at hand. */
#define NONE UINT32_MAX

/* What of a manifest is needed until it has been compared with what the firmware asks for. */
struct manifest {
	uint32_t format;
	const uint8_t *ids[3]; /* vendor, class, device; NULL: not named */
	const uint8_t *fingerprint;
	const uint8_t *cose; /* the COSE_Encrypt; NULL: none */
	size_t cose_bytes;
};

/* ---- envelope.c ---- */

/*
 * What is wrong, for explain(). After this, every read fails. Returns @error, or -EIO for one that
 * is none: backends and ports may return anything.
 */
#if LLEXT_ON(CONFIG_LLEXT_DIAG)
int llext_fail_signed(struct llext_signed_loader *s, int error, const char *what);
int llext_fail_differs(struct llext_signed_loader *s, int error, const char *what, int64_t expected,
		       int64_t found);
#else
int llext_signed_error(struct llext_signed_loader *s, int error);
#define llext_fail_signed(s, error, what)                   llext_signed_error(s, error)
#define llext_fail_differs(s, error, what, expected, found) llext_signed_error(s, error)
#endif
/* Exactly so many bytes, from anywhere in the source that it can reach. */
int llext_signed_fetch(struct llext_signed_loader *s, size_t offset, void *out, size_t bytes);
/* Read what stands before the first table; then the claims have the place of the manifest. */
int llext_signed_read_header(struct llext_signed_loader *s);
/* Read it, verify it and take it apart. */
int llext_signed_open(struct llext_signed_loader *s);

/* ---- manifest.c, policy.c: 0, or the error that llext_fail_signed() returned ---- */

int llext_manifest_read(struct llext_signed_loader *s, struct manifest *manifest);
/* SEAL_ALLOWED where the claims are within the key's rights and what the firmware asks for. */
uint32_t llext_policy_check(struct llext_signed_loader *s, const struct manifest *manifest);

/* ---- signed_loader.c ---- */

/* The source is open: forget what was read before. */
void llext_signed_start(struct llext_signed_loader *s);
/* The places of tables and blocks follow from the claims: are these in order? */
int llext_signed_layout(struct llext_signed_loader *s);

#endif /* LLEXT_TRUST_INTERNAL_H_ */
