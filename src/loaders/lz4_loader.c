/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loader over an LZ4 frame: forward only, one block at a time, in the caller's buffer.
 *
 * The content's checksum, which a frame may have, is not compared: it stands behind everything, and
 * a load does not read so far. The checksums of blocks are.
 */
#include <errno.h>
#include <string.h>
#include <llext/diag.h>
#include <llext/lz4_loader.h>
#include "xxh32.h"

#define FRAME_MAGIC     0x184d2204u
#define SKIPPABLE_MAGIC 0x184d2a50u /* and the 15 after it */
#define FRAME_BYTES     6           /* magic, flags, block descriptor */
#define FRAME_VERSION   1

/* Flags. */
#define FLAG_DICTIONARY     0x01u
#define FLAG_RESERVED       0x02u
#define FLAG_CONTENT_SIZE   0x08u
#define FLAG_BLOCK_CHECKSUM 0x10u
#define FLAG_INDEPENDENT    0x20u
#define FLAG_VERSION_SHIFT  6
#define BLOCK_RESERVED      0x8fu /* of the block descriptor */
#define BLOCK_SIZE_SHIFT    4
#define BLOCK_SIZE_LEAST    4 /* 64 KiB; each step is four times as much */
#define BLOCK_STORED        0x80000000u

/* The loader is the first member. */
static struct llext_lz4_loader *frame_of(struct llext_loader *ldr)
{
	return (struct llext_lz4_loader *)(void *)ldr;
}

/* What is wrong, for explain(). After this, every read fails. */
static int fail_frame(struct llext_lz4_loader *lz4, int error, const char *what)
{
	lz4->error = error;
	lz4->what = what;
	lz4->offset = lz4->source_position;
	lz4->has_values = false;
	return error;
}

static int with_values(struct llext_lz4_loader *lz4, int64_t expected, int64_t found)
{
	lz4->has_values = true;
	lz4->expected = expected;
	lz4->found = found;
	return lz4->error;
}

static int fail_source(struct llext_lz4_loader *lz4, int rc)
{
	rc = fail_frame(lz4, rc < 0 ? rc : -EIO, "the source of the compressed bytes failed");
	lz4->by_source = true;
	return rc;
}

/* ---- the source ---- */

static int fetch(struct llext_lz4_loader *lz4, void *out, size_t bytes)
{
	size_t left = lz4->source_length - lz4->source_position;
	int rc;

	if (bytes > left) {
		(void)fail_frame(lz4, -EBADMSG, "the compressed file ends too early");
		return with_values(lz4, (int64_t)bytes, (int64_t)left);
	}
	rc = lz4->source->read(lz4->source, out, bytes);
	if (rc != 0)
		return fail_source(lz4, rc);
	lz4->source_position += bytes;
	return 0;
}

static uint32_t word_at(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* ---- the frame's header ---- */

/* The most bytes of content that a buffer is enough for: LLEXT_LZ4_BUFFER_BYTES() the other way. */
static size_t block_room(size_t buffer_bytes)
{
	size_t room = buffer_bytes > 32 ? buffer_bytes - 32 : 0;

	room -= room / 257;
	return room > 0 && LLEXT_LZ4_BUFFER_BYTES(room) > buffer_bytes ? room - 1 : room;
}

static int check_flags(struct llext_lz4_loader *lz4, uint8_t flags, uint8_t block)
{
	unsigned int size = block >> BLOCK_SIZE_SHIFT;

	if (flags >> FLAG_VERSION_SHIFT != FRAME_VERSION) {
		(void)fail_frame(lz4, -ENOTSUP, "unknown version of the LZ4 frame format");
		return with_values(lz4, FRAME_VERSION, flags >> FLAG_VERSION_SHIFT);
	}
	if ((flags & FLAG_RESERVED) || (block & BLOCK_RESERVED) || size < BLOCK_SIZE_LEAST)
		return fail_frame(lz4, -EBADMSG, "reserved bits in the header of the LZ4 frame");
	if (flags & FLAG_DICTIONARY)
		return fail_frame(lz4, -ENOTSUP, "the LZ4 frame needs a dictionary");
	if (!(flags & FLAG_INDEPENDENT))
		return fail_frame(lz4, -ENOTSUP,
				  "the blocks of the LZ4 frame depend on each other");
	lz4->frame_most = (size_t)65536 << 2 * (size - BLOCK_SIZE_LEAST);
	lz4->has_checksums = (flags & FLAG_BLOCK_CHECKSUM) != 0;
	return 0;
}

/* What follows the magic: flags, block descriptor, the content's size if it is there, checksum. */
static int read_descriptor(struct llext_lz4_loader *lz4, const uint8_t start[2])
{
	uint8_t bytes[2 + 8 + 1];
	size_t size_bytes = start[0] & FLAG_CONTENT_SIZE ? 8 : 0;
	uint8_t sum;
	int rc;

	memcpy(bytes, start, 2);
	rc = check_flags(lz4, bytes[0], bytes[1]);
	if (rc == 0)
		rc = fetch(lz4, bytes + 2, size_bytes + 1);
	if (rc != 0)
		return rc;
	sum = (uint8_t)(llext_xxh32(bytes, 2 + size_bytes) >> 8);
	if (sum != bytes[2 + size_bytes]) {
		(void)fail_frame(lz4, -EBADMSG, "wrong checksum of the header of the LZ4 frame");
		return with_values(lz4, sum, bytes[2 + size_bytes]);
	}
	lz4->length = SIZE_MAX;
	if (size_bytes != 0) {
		uint64_t length = word_at(bytes + 2) | (uint64_t)word_at(bytes + 6) << 32;

		if (length >= SIZE_MAX)
			return fail_frame(lz4, -EFBIG, "more content than the address space has");
		lz4->length = (size_t)length;
	}
	return 0;
}

static int read_header(struct llext_lz4_loader *lz4)
{
	uint8_t bytes[FRAME_BYTES];
	uint32_t magic;
	int rc = fetch(lz4, bytes, sizeof(bytes));

	if (rc != 0)
		return rc;
	magic = word_at(bytes);
	if ((magic & ~15u) == SKIPPABLE_MAGIC)
		return fail_frame(lz4, -ENOTSUP, "a skippable frame comes before the LZ4 frame");
	if (magic != FRAME_MAGIC) {
		(void)fail_frame(lz4, -EBADMSG, "not an LZ4 frame");
		return with_values(lz4, FRAME_MAGIC, magic);
	}
	rc = read_descriptor(lz4, bytes + 4);
	if (rc == 0 && lz4->most > lz4->frame_most)
		lz4->most = lz4->frame_most;
	return rc;
}

/* ---- blocks ---- */

static int check_block(struct llext_lz4_loader *lz4, const uint8_t *block, size_t bytes)
{
	uint8_t sum[4];
	uint32_t found;
	int rc;

	if (!lz4->has_checksums)
		return 0;
	rc = fetch(lz4, sum, sizeof(sum));
	if (rc != 0)
		return rc;
	found = llext_xxh32(block, bytes);
	if (found == word_at(sum))
		return 0;
	(void)fail_frame(lz4, -EBADMSG, "wrong checksum of an LZ4 block");
	return with_values(lz4, word_at(sum), found);
}

/* The size of the next block as the frame has it, with BLOCK_STORED. There must be one. */
static int read_block_size(struct llext_lz4_loader *lz4, uint32_t *size)
{
	uint8_t word[4];
	uint32_t bytes;
	int rc = fetch(lz4, word, sizeof(word));

	if (rc != 0)
		return rc;
	*size = word_at(word);
	if (*size == 0) {
		(void)fail_frame(lz4, -EBADMSG, "the LZ4 frame ends before its content");
		return with_values(lz4, (int64_t)lz4->length, (int64_t)lz4->produced);
	}
	bytes = *size & ~BLOCK_STORED;
	if (bytes == 0 || bytes > lz4->frame_most) {
		(void)fail_frame(lz4, -EBADMSG, "malformed size of an LZ4 block");
		return with_values(lz4, (int64_t)lz4->frame_most, bytes);
	}
	if (bytes > lz4->most) {
		(void)fail_frame(lz4, -ENOSPC, "the buffer is too small for an LZ4 block");
		return with_values(lz4, (int64_t)lz4->most, bytes);
	}
	return 0;
}

/* Decompress the next block to @out, which has room for the largest. */
static int next_block(struct llext_lz4_loader *lz4, uint8_t *out, size_t *bytes)
{
	uint32_t size;
	uint8_t *block = out;
	int rc = read_block_size(lz4, &size), content;

	if (rc != 0)
		return rc;
	content = (int)(size & ~BLOCK_STORED);
	/* Where the output's end cannot come up with what is not decompressed yet. */
	if (!(size & BLOCK_STORED))
		block = lz4->buffer + lz4->buffer_bytes - size;
	rc = fetch(lz4, block, (size_t)content);
	if (rc == 0)
		rc = check_block(lz4, block, (size_t)content);
	if (rc != 0)
		return rc;
	if (!(size & BLOCK_STORED))
		content = lz4->decode((const char *)block, (char *)out, (int)size, (int)lz4->most);
	if (content <= 0 || (size_t)content > lz4->most) {
		(void)fail_frame(lz4, -EBADMSG,
				 "malformed LZ4 block, or one too large for the buffer");
		return with_values(lz4, (int64_t)lz4->most, content);
	}
	if ((size_t)content > lz4->length - lz4->produced) {
		(void)fail_frame(lz4, -EBADMSG, "the LZ4 frame has more content than it says");
		return with_values(lz4, (int64_t)lz4->length, (int64_t)lz4->produced + content);
	}
	lz4->produced += (size_t)content;
	*bytes = (size_t)content;
	return 0;
}

/* ---- the loader ---- */

/* Go back to the beginning of the source, with a new state. */
static int start(struct llext_lz4_loader *lz4)
{
	struct llext_loader *source = lz4->source;

	lz4->error = 0;
	lz4->by_source = false;
	lz4->source_position = lz4->produced = lz4->ready = 0;
	lz4->most = block_room(lz4->buffer_bytes);
	lz4->source_length = source->length != NULL ? source->length(source) : SIZE_MAX;
	if (source->seek != NULL) { /* the source may have been read before */
		int rc = source->seek(source, 0);

		if (rc != 0)
			return fail_source(lz4, rc);
	}
	return read_header(lz4);
}

int llext_lz4_prepare(struct llext_loader *ldr)
{
	struct llext_lz4_loader *lz4 = frame_of(ldr);
	struct llext_loader *source = lz4->source;
	int rc = 0;

	lz4->source_position = 0;
	if (source == NULL || lz4->decode == NULL || lz4->buffer == NULL ||
	    block_room(lz4->buffer_bytes) == 0)
		return fail_frame(lz4, -EINVAL, "an LZ4 loader without source, decoder or buffer");
	if (source->prepare != NULL)
		rc = source->prepare(source);
	if (rc != 0)
		return fail_source(lz4, rc);
	rc = start(lz4);
	if (rc != 0)
		llext_lz4_finalize(ldr);
	return rc;
}

int llext_lz4_read(struct llext_loader *ldr, void *out, size_t len)
{
	struct llext_lz4_loader *lz4 = frame_of(ldr);
	uint8_t *to = out;
	int rc = lz4->error;

	while (rc == 0 && len > 0) {
		size_t piece = lz4->ready < len ? lz4->ready : len;

		if (piece > 0) {
			memcpy(to, lz4->next, piece);
			lz4->next += piece;
			lz4->ready -= piece;
		} else if (len >= lz4->most) {
			rc = next_block(lz4, to, &piece);
		} else {
			rc = next_block(lz4, lz4->buffer, &lz4->ready);
			lz4->next = lz4->buffer;
		}
		to += piece;
		len -= piece;
	}
	return rc;
}

void llext_lz4_finalize(struct llext_loader *ldr)
{
	struct llext_loader *source = frame_of(ldr)->source;

	if (source->finalize != NULL)
		source->finalize(source);
}

size_t llext_lz4_length(struct llext_loader *ldr)
{
	return frame_of(ldr)->length;
}

const struct llext_claims *llext_lz4_claims(struct llext_loader *ldr)
{
	struct llext_loader *source = frame_of(ldr)->source;

	return source->claims != NULL ? source->claims(source) : NULL;
}

void llext_lz4_explain(struct llext_loader *ldr, struct llext_diag *diag)
{
	struct llext_lz4_loader *lz4 = frame_of(ldr);

	diag->what = lz4->what;
	diag->has_offset = true;
	diag->offset = lz4->offset;
	diag->has_values = lz4->has_values;
	diag->expected = lz4->expected;
	diag->found = lz4->found;
	if (lz4->by_source && lz4->source->explain != NULL)
		lz4->source->explain(lz4->source, diag);
}
