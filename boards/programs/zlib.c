/* SPDX-License-Identifier: Apache-2.0 */
/* zlib: deflate a buffer, inflate it, compare, and the checksums that zlib has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/symbol.h>
#include "buffer.h"
#include "programs.h"
#include "zlib.h"

#define BYTES 16384
/* Room for what hardly compresses. */
#define PACKED_BYTES (BYTES + 512)
/* Less memory than zlib takes by default, so that it fits every board: a window of 8 KiB. */
#define WINDOW_BITS  13
#define MEMORY_LEVEL 6

static void *allocate(void *unused, unsigned count, unsigned size)
{
	(void)unused;
	return malloc((size_t)count * size);
}

static void release(void *unused, void *block)
{
	(void)unused;
	free(block);
}

static int pack(const unsigned char *original, unsigned char *packed, unsigned long *length)
{
	z_stream stream = {.next_in = (unsigned char *)original,
			   .avail_in = BYTES,
			   .next_out = packed,
			   .avail_out = PACKED_BYTES,
			   .zalloc = allocate,
			   .zfree = release};
	int rc = deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
			      Z_DEFAULT_STRATEGY);

	if (rc != Z_OK)
		return 2;
	rc = deflate(&stream, Z_FINISH);
	*length = stream.total_out;
	return deflateEnd(&stream) == Z_OK && rc == Z_STREAM_END ? 0 : 3;
}

static int unpack(const unsigned char *packed, unsigned long length, unsigned char *unpacked)
{
	z_stream stream = {.next_in = (unsigned char *)packed,
			   .avail_in = (unsigned)length,
			   .next_out = unpacked,
			   .avail_out = BYTES,
			   .zalloc = allocate,
			   .zfree = release};
	int rc = inflateInit2(&stream, WINDOW_BITS);

	if (rc != Z_OK)
		return 4;
	rc = inflate(&stream, Z_FINISH);
	return inflateEnd(&stream) == Z_OK && rc == Z_STREAM_END && stream.total_out == BYTES ? 0
											      : 5;
}

int run_zlib(const char *text, char *out, size_t size)
{
	unsigned char *original = malloc(BYTES);
	unsigned char *packed = malloc(PACKED_BYTES);
	unsigned char *unpacked = malloc(BYTES);
	unsigned long length = 0;
	int rc = 1;

	if (original != NULL && packed != NULL && unpacked != NULL) {
		fill(original, BYTES, text, strlen(text));
		rc = pack(original, packed, &length);
		if (rc == 0)
			rc = unpack(packed, length, unpacked);
		if (rc == 0 && memcmp(original, unpacked, BYTES) != 0)
			rc = 6;
		snprintf(out, size, "%lu bytes of %d, checksum %08lx, crc32 %08lx, adler32 %08lx",
			 length, BYTES, (unsigned long)checksum(packed, length),
			 crc32(0, unpacked, BYTES), adler32(1, unpacked, BYTES));
	}
	free(unpacked);
	free(packed);
	free(original);
	return rc;
}
LL_EXTENSION_SYMBOL(run_zlib);
