/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHT_CREL, compact relocations (gABI proposal). A header of ULEB128 says how many, whether they
 * have addends, and by how many bits all offsets are shifted. An entry is what differs from the one
 * before it: a byte with a flag for each of symbol, type and addend and the lowest bits of the
 * offset's difference, the rest of that as ULEB128, then SLEB128 differences as the flags say.
 */
#ifndef TENON_CREL_H_
#define TENON_CREL_H_

#include "tenon.h"

struct crel {
	struct relocation *list; /* to be freed */
	size_t count;
	bool has_addends;
};

/* The bytes for @crel, to be freed. @class: EI_CLASS. */
uint8_t *crel_encode(const struct crel *crel, unsigned char class, size_t *length);

/* False where the bytes are malformed or not all used; then there is nothing to free. */
bool crel_decode(const uint8_t *bytes, size_t length, unsigned char class, struct crel *crel);

#endif /* TENON_CREL_H_ */
