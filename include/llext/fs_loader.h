/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A loader for an extension in a file, over the C library's stdio.
 */
#ifndef LLEXT_FS_LOADER_H_
#define LLEXT_FS_LOADER_H_

#include <llext/loader.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A loader over a file. The fields beside @c loader are private: use LLEXT_FS_LOADER(). */
struct llext_fs_loader {
	struct llext_loader loader; /**< pass its address to llext_load() */
	const char *name;
	void *file;
	size_t len;
};

/** @cond private: the functions behind the initialiser; errors: -ENOENT, -EACCES, -EIO ... */
int llext_fs_prepare(struct llext_loader *ldr);
int llext_fs_read(struct llext_loader *ldr, void *out, size_t len);
int llext_fs_seek(struct llext_loader *ldr, size_t pos);
void llext_fs_finalize(struct llext_loader *ldr);
size_t llext_fs_length(struct llext_loader *ldr);
void llext_fs_explain(struct llext_loader *ldr, struct llext_diag *diag);
/** @endcond */

/** Initialiser: the file at @p path, opened in prepare and closed in finalize. */
#define LLEXT_FS_LOADER(path)                                                                      \
	{                                                                                          \
		.loader = {.prepare = llext_fs_prepare,                                            \
			   .read = llext_fs_read,                                                  \
			   .seek = llext_fs_seek,                                                  \
			   .peek = NULL,                                                           \
			   .finalize = llext_fs_finalize,                                          \
			   .storage = LLEXT_STORAGE_TEMPORARY,                                     \
			   .length = llext_fs_length,                                              \
			   .explain = llext_fs_explain,                                            \
			   .claims = NULL LLEXT_LOADER_HEADERS_INIT_},                             \
		.name = (path), .file = NULL, .len = 0                                             \
	}

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_FS_LOADER_H_ */
