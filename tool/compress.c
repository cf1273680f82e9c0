/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compressed files: an ELF file in an LZ4 frame, as llext/lz4_loader.h takes it: independent
 * blocks, each of as many bytes of content as a device has room for. By liblz4.
 */
#include <lz4frame.h>
#include <lz4hc.h>
#include <stdlib.h>
#include <string.h>
#include "tenon.h"

#define FRAME_MAGIC 0x184d2204u
/* A frame can stand for 255 times its size. No extension comes near to this. */
#define LARGEST_FILE ((size_t)1 << 30)

/* ---- compress ---- */

static LZ4F_blockSizeID_t block_size_id(size_t block)
{
	return block <= (size_t)64 << 10    ? LZ4F_max64KB
	       : block <= (size_t)256 << 10 ? LZ4F_max256KB
	       : block <= (size_t)1 << 20   ? LZ4F_max1MB
					    : LZ4F_max4MB;
}

/* Appends what a call of liblz4 wrote. Its errors are about memory and arguments: neither happens.
 */
static void took(size_t written, size_t *length)
{
	if (LZ4F_isError(written)) {
		complain(NULL, "liblz4: %s", LZ4F_getErrorName(written));
		abort();
	}
	*length += written;
}

uint8_t *lz4_compress(const uint8_t *bytes, size_t count, size_t block, bool checksums,
		      size_t *length)
{
	const LZ4F_preferences_t wish = {
		.frameInfo = {.blockSizeID = block_size_id(block),
			      .blockMode = LZ4F_blockIndependent,
			      .contentSize = count,
			      .blockChecksumFlag =
				      checksums ? LZ4F_blockChecksumEnabled : LZ4F_noBlockChecksum},
		.compressionLevel = LZ4HC_CLEVEL_MAX, /* decompression takes the same time */
		.autoFlush = 1,                       /* so each call below makes a block */
	};
	size_t room = LZ4F_compressBound(block, &wish) + LZ4F_HEADER_SIZE_MAX;
	uint8_t *out = need(room, 1);
	LZ4F_cctx *context = NULL;

	*length = 0;
	took(LZ4F_createCompressionContext(&context, LZ4F_VERSION), length);
	took(LZ4F_compressBegin(context, out, room, &wish), length);
	for (size_t at = 0; at < count; at += block) {
		size_t piece = count - at < block ? count - at : block;

		out = need_more(out, *length + room, 1);
		took(LZ4F_compressUpdate(context, out + *length, room, bytes + at, piece, NULL),
		     length);
	}
	out = need_more(out, *length + room, 1);
	took(LZ4F_compressEnd(context, out + *length, room, NULL), length);
	(void)LZ4F_freeCompressionContext(context);
	return out;
}

/* ---- decompress ---- */

struct expansion {
	LZ4F_dctx *context;
	const struct file *file;
	uint8_t *out;
	size_t taken, length, block;
	size_t room; /* the most content that a block may have */
};

static bool is_wrong(const struct expansion *expansion, size_t result)
{
	if (LZ4F_isError(result))
		complain(expansion->file->path, "is no sound LZ4 frame: %s",
			 LZ4F_getErrorName(result));
	return LZ4F_isError(result) != 0;
}

/* Whether the loader for devices takes such a frame. */
static bool is_for_devices(const struct file *file, const LZ4F_frameInfo_t *info)
{
	if (info->dictID != 0)
		complain(file->path, "is an LZ4 frame that needs a dictionary");
	else if (info->blockMode != LZ4F_blockIndependent)
		complain(file->path, "is an LZ4 frame whose blocks depend on each other");
	else
		return true;
	return false;
}

/* Each call of liblz4 gets as many bytes as it asked for, so it gives one block or none. */
static bool expand_blocks(struct expansion *expansion, size_t wanted)
{
	const struct file *file = expansion->file;

	while (wanted > 0) {
		size_t left = file->length - expansion->taken, room = expansion->room;
		size_t bytes = wanted < left ? wanted : left;

		if (bytes == 0 || expansion->length > LARGEST_FILE) {
			complain(file->path, bytes == 0 ? "is an LZ4 frame without its end"
							: "is too large when it is decompressed");
			return false;
		}
		expansion->out = need_more(expansion->out, expansion->length + room, 1);
		wanted = LZ4F_decompress(expansion->context, expansion->out + expansion->length,
					 &room, file->bytes + expansion->taken, &bytes, NULL);
		if (is_wrong(expansion, wanted))
			return false;
		expansion->taken += bytes;
		expansion->length += room;
		if (room > expansion->block)
			expansion->block = room;
	}
	if (expansion->taken != file->length)
		complain(file->path, "has %zu bytes more behind its LZ4 frame",
			 file->length - expansion->taken);
	return expansion->taken == file->length;
}

static bool expand(struct expansion *expansion)
{
	const struct file *file = expansion->file;
	LZ4F_frameInfo_t info;
	size_t wanted;

	if (is_wrong(expansion, LZ4F_createDecompressionContext(&expansion->context, LZ4F_VERSION)))
		return false;
	expansion->taken = file->length;
	wanted = LZ4F_getFrameInfo(expansion->context, &info, file->bytes, &expansion->taken);
	if (is_wrong(expansion, wanted) || !is_for_devices(file, &info))
		return false;
	expansion->room = (size_t)65536 << 2 * (info.blockSizeID - LZ4F_max64KB);
	return expand_blocks(expansion, wanted);
}

bool lz4_expand(struct file *file)
{
	struct expansion expansion = {.file = file};
	bool good;

	if (file->length < 4 || file_word(file->bytes, 4) != FRAME_MAGIC)
		return true;
	good = expand(&expansion);
	(void)LZ4F_freeDecompressionContext(expansion.context);
	if (!good) {
		free(expansion.out);
		return false;
	}
	file->stored = file->length;
	file->block = expansion.block;
	free(file->bytes);
	file->bytes = expansion.out;
	file->length = expansion.length;
	return true;
}
