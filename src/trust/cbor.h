/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader of CBOR (RFC 8949) in its deterministic encoding: lengths are definite and each number
 * is as short as it can be. Numbers have at most 32 bits. An error sticks: then there are no bytes
 * left, every number is 0, and a caller looks once, at the end.
 */
#ifndef LLEXT_CBOR_H_
#define LLEXT_CBOR_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Major types. */
enum { CBOR_UINT, CBOR_NINT, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_TAG, CBOR_SIMPLE };

/* Simple values. */
enum { CBOR_FALSE = 20, CBOR_TRUE = 21, CBOR_NULL = 22 };

struct cbor {
	const uint8_t *next, *end;
	bool wrong;
};

/* The head of an item that must be of this type: its number, length, or count. */
uint32_t llext_cbor_head(struct cbor *cbor, unsigned int type);
/* A string of either kind; NULL where it is wrong. */
const uint8_t *llext_cbor_string(struct cbor *cbor, unsigned int type, size_t *bytes);
/* A byte string of exactly so many bytes, copied. */
void llext_cbor_copy(struct cbor *cbor, uint8_t *out, size_t bytes);
/* An array of exactly so many unsigned numbers. */
void llext_cbor_numbers(struct cbor *cbor, uint32_t *out, uint32_t count);
/* Go past an item, whatever it is. Floating-point numbers and other simple values are refused. */
void llext_cbor_skip(struct cbor *cbor);

#endif /* LLEXT_CBOR_H_ */
