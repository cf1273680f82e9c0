/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for LittleFS over memory, written for these tests: the few calls that ports/littlefs
 * makes, with LittleFS 2's names and results.
 */
#ifndef STAND_IN_LFS_H
#define STAND_IN_LFS_H

#include <stdint.h>

typedef uint32_t lfs_size_t, lfs_off_t;
typedef int32_t lfs_ssize_t, lfs_soff_t;

enum lfs_error {
	LFS_ERR_OK = 0,
	LFS_ERR_IO = -5,
	LFS_ERR_CORRUPT = -84,
	LFS_ERR_NOENT = -2,
	LFS_ERR_ISDIR = -21,
	LFS_ERR_INVAL = -22,
	LFS_ERR_NOMEM = -12,
};

enum lfs_open_flags { LFS_O_RDONLY = 1 };
enum lfs_whence_flags { LFS_SEEK_SET = 0 };

/* What the tests set and count. */
typedef struct lfs {
	const char *path; /* the only file */
	const uint8_t *bytes;
	lfs_size_t length;
	lfs_size_t reads, read_bytes;
	int fail_read, fail_size, fail_seek; /* errors to return */
	int open_files;
} lfs_t;

typedef struct lfs_file {
	lfs_off_t pos;
	int open;
} lfs_file_t;

struct lfs_file_config {
	void *buffer;
	void *attrs;
	lfs_size_t attr_count;
};

int lfs_file_opencfg(lfs_t *lfs, lfs_file_t *file, const char *path, int flags,
		     const struct lfs_file_config *config);
int lfs_file_close(lfs_t *lfs, lfs_file_t *file);
lfs_ssize_t lfs_file_read(lfs_t *lfs, lfs_file_t *file, void *buffer, lfs_size_t size);
lfs_soff_t lfs_file_seek(lfs_t *lfs, lfs_file_t *file, lfs_soff_t offset, int whence);
lfs_soff_t lfs_file_size(lfs_t *lfs, lfs_file_t *file);

#endif /* STAND_IN_LFS_H */
