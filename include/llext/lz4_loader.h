/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A loader for a compressed extension: an LZ4 frame that another loader gives is decompressed block
 * by block while the extension is loaded. It only reads, so the extension must be packed
 * (tenon pack --lz4 makes both in one).
 *
 * The decoder is the firmware's: LZ4_decompress_safe() of liblz4, which on a device is the one file
 * lz4.c. Nothing else of liblz4 is needed, and a firmware that does not use this loader needs none.
 */
#ifndef LLEXT_LZ4_LOADER_H_
#define LLEXT_LZ4_LOADER_H_

#include <stdbool.h>
#include <stdint.h>
#include <llext/loader.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * LZ4_decompress_safe(), or what does the same: decompress the @p bytes of one block at @p block to
 * at most @p room bytes at @p out. @return how many bytes that are; negative where the block is
 * malformed or has more.
 *
 * The block may lie in the last bytes of a buffer of LLEXT_LZ4_BUFFER_BYTES(room) bytes that begins
 * at @p out. liblz4 can do that since version 1.9.2.
 */
typedef int llext_lz4_decode(const char *block, char *out, int bytes, int room);

/**
 * The size of a buffer for blocks of @p block bytes of content: `tenon pack --lz4 --block` says how
 * many that are, 4096 by default. A block is decompressed where it lies, from the end of the buffer
 * to its beginning, so the buffer is hardly larger than the content.
 */
#define LLEXT_LZ4_BUFFER_BYTES(block) ((block) + (block) / 256 + 32)

/** A loader over a frame. The fields beside @c loader are private: use LLEXT_LZ4_LOADER(). */
struct llext_lz4_loader {
	struct llext_loader loader; /**< pass its address to llext_load() */
	struct llext_loader *source;
	llext_lz4_decode *decode;
	uint8_t *buffer;
	size_t buffer_bytes;

	size_t length;      /* of the content; SIZE_MAX: the frame does not say */
	size_t most;        /* bytes of content of a block */
	size_t frame_most;  /* the same, as the frame says */
	bool has_checksums; /* each block does */

	size_t source_length, source_position;
	size_t produced;     /* bytes of content so far */
	const uint8_t *next; /* of them, those that are not read yet, in the buffer */
	size_t ready;

	int error; /* of the first call that failed; later ones fail as well */
	const char *what;
	bool has_values, by_source;
	size_t offset; /* in the frame */
	int64_t expected, found;
};

/** @cond private: the functions behind the initialiser */
int llext_lz4_prepare(struct llext_loader *ldr);
int llext_lz4_read(struct llext_loader *ldr, void *out, size_t len);
void llext_lz4_finalize(struct llext_loader *ldr);
size_t llext_lz4_length(struct llext_loader *ldr);
void llext_lz4_explain(struct llext_loader *ldr, struct llext_diag *diag);
const struct llext_claims *llext_lz4_claims(struct llext_loader *ldr);
/** @endcond */

/**
 * Initialiser: the frame that the loader at @p source_ gives from its start, decompressed by
 * @p decode_ in the @p bytes_ bytes at @p buffer_, which belong to the loader during a load.
 *
 * Errors: -EBADMSG if the frame is malformed, cut short, or not what its checksums say;
 * -ENOTSUP for what LZ4 frames may be but these are not: a dictionary, blocks that depend on each
 * other, a skippable frame; -ENOSPC if a block is too large for the buffer; -EINVAL without a
 * source, a decoder or a buffer; what the source returns.
 */
#define LLEXT_LZ4_LOADER(source_, decode_, buffer_, bytes_)                                        \
	{                                                                                          \
		.loader = {.prepare = llext_lz4_prepare,                                           \
			   .read = llext_lz4_read,                                                 \
			   .seek = NULL,                                                           \
			   .peek = NULL,                                                           \
			   .finalize = llext_lz4_finalize,                                         \
			   .storage = LLEXT_STORAGE_TEMPORARY,                                     \
			   .length = llext_lz4_length,                                             \
			   .explain = llext_lz4_explain,                                           \
			   .claims = llext_lz4_claims},                                            \
		.source = (source_), .decode = (decode_), .buffer = (buffer_),                     \
		.buffer_bytes = (bytes_)                                                           \
	}

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_LZ4_LOADER_H_ */
