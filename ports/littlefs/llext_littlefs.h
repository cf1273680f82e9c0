/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A loader for an extension in a LittleFS file. It compiles against the firmware's own lfs.h, of
 * LittleFS 2, and allocates nothing.
 */
#ifndef LLEXT_LITTLEFS_H_
#define LLEXT_LITTLEFS_H_

#include <stdbool.h>
#include <llext/loader.h>
#include "lfs.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A loader over a file. The fields beside @c loader are private: use LLEXT_LFS_LOADER(). */
struct llext_lfs_loader {
	struct llext_loader loader; /**< pass its address to llext_load() */
	lfs_t *lfs;
	const char *path;
	void *cache;
	uint8_t *ahead;     /* read-ahead: bytes of the file from ahead_start on */
	size_t ahead_bytes; /* its size */
	size_t ahead_start, ahead_filled;
	size_t pos, length; /* in the file; its size */
	bool open;
	lfs_file_t file;
	struct lfs_file_config config;
};

/** @cond private: the functions behind the initialiser; errors: -ENOENT, -EIO, -EBADMSG ... */
int llext_lfs_prepare(struct llext_loader *ldr);
int llext_lfs_read(struct llext_loader *ldr, void *out, size_t len);
int llext_lfs_seek(struct llext_loader *ldr, size_t pos);
void llext_lfs_finalize(struct llext_loader *ldr);
size_t llext_lfs_length(struct llext_loader *ldr);
void llext_lfs_explain(struct llext_loader *ldr, struct llext_diag *diag);
/** @endcond */

/**
 * Initialiser: the file at @p path_ of the mounted @p lfs_, opened in prepare and closed in
 * finalize. The caller owns both buffers, until the load has ended.
 * @param cache_  for LittleFS, of its configuration's cache_size bytes
 * @param ahead_  a read-ahead buffer of @p bytes_ bytes. Most reads of a load are of a few bytes,
 * and each costs LittleFS a walk to the block; 256 to 1024 bytes spare most of that. NULL and 0:
 * none.
 */
#define LLEXT_LFS_LOADER(lfs_, path_, cache_, ahead_, bytes_)                                      \
	{                                                                                          \
		.loader = {.prepare = llext_lfs_prepare,                                           \
			   .read = llext_lfs_read,                                                 \
			   .seek = llext_lfs_seek,                                                 \
			   .peek = NULL,                                                           \
			   .finalize = llext_lfs_finalize,                                         \
			   .storage = LLEXT_STORAGE_TEMPORARY,                                     \
			   .length = llext_lfs_length,                                             \
			   .explain = llext_lfs_explain,                                           \
			   .claims = NULL},                                                        \
		.lfs = (lfs_), .path = (path_), .cache = (cache_), .ahead = (ahead_),              \
		.ahead_bytes = (bytes_), .ahead_start = 0, .ahead_filled = 0, .pos = 0,            \
		.length = 0, .open = false                                                         \
	}

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_LITTLEFS_H_ */
