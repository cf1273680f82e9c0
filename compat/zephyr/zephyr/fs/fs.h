/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Zephyr's files, over the C library's: compat/zephyr/fs_stdio.c. A path is the system's own, and
 * mounting does nothing. (For extensions in LittleFS see ports/littlefs.)
 */
#ifndef ZEPHYR_FS_FS_H_
#define ZEPHYR_FS_FS_H_

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint8_t fs_mode_t;

/* How to open: one of the first three, and any of the others. */
#define FS_O_READ   0x01
#define FS_O_WRITE  0x02
#define FS_O_RDWR   (FS_O_READ | FS_O_WRITE)
#define FS_O_CREATE 0x10 /**< make it where it is not there */
#define FS_O_APPEND 0x20 /**< write at the end, always */
#define FS_O_TRUNC  0x40 /**< empty it */

#ifndef FS_SEEK_SET
#define FS_SEEK_SET 0
#define FS_SEEK_CUR 1
#define FS_SEEK_END 2
#endif

/** Kinds of file systems, of struct fs_mount_t. */
enum { FS_FATFS, FS_LITTLEFS, FS_TYPE_EXTERNAL_BASE };

/** A mounted file system. */
struct fs_mount_t {
	int type;              /**< FS_LITTLEFS, ... */
	const char *mnt_point; /**< "/lfs" */
	void *fs_data;
	void *storage_dev;
	uint8_t flags;
};
#define FS_MOUNT_FLAG_AUTOMOUNT 0x08

/** An open file. fs_file_t_init() before the first fs_open(). */
struct fs_file_t {
	/** @cond private */
	void *filep;
	const struct fs_mount_t *mp;
	uint8_t flags;
	/** @endcond */
};

/** Make @p file a file that is not open. */
static inline void fs_file_t_init(struct fs_file_t *file)
{
	file->filep = NULL;
	file->mp = NULL;
	file->flags = 0;
}

/** @return 0; -EBUSY where @p file is open; -ENOENT, -EINVAL, -ENOMEM, -EIO and the like. */
int fs_open(struct fs_file_t *file, const char *path, fs_mode_t flags);
/** @return 0, also where @p file is not open; -EIO and the like. */
int fs_close(struct fs_file_t *file);
/** @return the bytes read, fewer than @p size at the end; -EBADF; -EIO and the like. */
ssize_t fs_read(struct fs_file_t *file, void *to, size_t size);
/** @return the bytes written; -EBADF; -EIO and the like. */
ssize_t fs_write(struct fs_file_t *file, const void *from, size_t size);
/** @return 0; -EBADF; -EINVAL. */
int fs_seek(struct fs_file_t *file, off_t offset, int whence);
/** @return the position; -EBADF. */
off_t fs_tell(struct fs_file_t *file);
/** @return 0; -EBADF; -EIO and the like. */
int fs_sync(struct fs_file_t *file);
/** @return 0; -ENOENT and the like. */
int fs_unlink(const char *path);
/** @return 0; -EINVAL; -EBUSY where the mount point is taken; -EIO and the like. */
int fs_mount(struct fs_mount_t *mp);
/** @return 0; -EINVAL where it is not mounted. */
int fs_unmount(struct fs_mount_t *mp);

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_FS_FS_H_ */
