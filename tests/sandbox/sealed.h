/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes that an attacker has signed with a key of the ring: what is in them is hostile. */
#ifndef SEALED_H
#define SEALED_H

#include <stddef.h>
#include <stdint.h>
#include <llext/signed_loader.h>

#define SEALED_BLOCK 1024
#define SEALED_TABLE 8
/* More than the payload. */
#define SEALED_BYTES(payload) (1024 + ((payload) / SEALED_BLOCK + 2) * 2 * LLEXT_HASH_BYTES)

extern const struct llext_trust sealed_trust;

/* An envelope with this ELF file. @return its bytes. */
size_t sealed_make(const uint8_t *file, size_t bytes, enum llext_payload kind, uint8_t *out);

#endif
