/* SPDX-License-Identifier: Apache-2.0 */
/* LZ4: compress a buffer, decompress it, compare. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/symbol.h>
#include "buffer.h"
#include "lz4.h"
#include "programs.h"

#define BYTES 16384

static int round_trip(unsigned char *original, unsigned char *packed, unsigned char *unpacked,
		      void *state, char *out, size_t size)
{
	int length = LZ4_compress_fast_extState(state, (const char *)original, (char *)packed,
						BYTES, LZ4_COMPRESSBOUND(BYTES), 1);

	if (length <= 0)
		return 2;
	if (LZ4_decompress_safe((const char *)packed, (char *)unpacked, length, BYTES) != BYTES)
		return 3;
	if (memcmp(original, unpacked, BYTES) != 0)
		return 4;
	/* A source that ends early is an error, not a crash. */
	if (LZ4_decompress_safe((const char *)packed, (char *)unpacked, length / 2, BYTES) >= 0)
		return 5;
	snprintf(out, size, "%d bytes of %d, checksum %08lx", length, BYTES,
		 (unsigned long)checksum(packed, (size_t)length));
	return 0;
}

int run_lz4(const char *text, char *out, size_t size)
{
	unsigned char *original = malloc(BYTES);
	unsigned char *packed = malloc(LZ4_COMPRESSBOUND(BYTES));
	unsigned char *unpacked = malloc(BYTES);
	void *state = malloc((size_t)LZ4_sizeofState());
	int rc = 1;

	if (original != NULL && packed != NULL && unpacked != NULL && state != NULL) {
		fill(original, BYTES, text, strlen(text));
		rc = round_trip(original, packed, unpacked, state, out, size);
	}
	free(state);
	free(unpacked);
	free(packed);
	free(original);
	return rc;
}
LL_EXTENSION_SYMBOL(run_lz4);
