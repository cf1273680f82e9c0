/* SPDX-License-Identifier: Apache-2.0 */
/* Zephyr's files over the C library's. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <llext/symbol.h>
#include <zephyr/fs/fs.h>

/* The C library says why in errno; where it does not, it was the file. */
static int error(void)
{
	return errno > 0 ? -errno : -EIO;
}

static FILE *handle_of(const struct fs_file_t *file)
{
	return (FILE *)file->filep;
}

/* What fopen() has no mode for: writing without creating. */
static bool exists(const char *path)
{
	FILE *handle = fopen(path, "rb");

	if (handle != NULL)
		(void)fclose(handle);
	return handle != NULL;
}

static const char *mode_of(const char *path, fs_mode_t flags)
{
	bool reads = (flags & FS_O_READ) != 0;

	if (!(flags & FS_O_WRITE))
		return "rb";
	if (flags & FS_O_APPEND)
		return reads ? "a+b" : "ab";
	if ((flags & FS_O_TRUNC) || !exists(path))
		return reads ? "w+b" : "wb";
	return "r+b";
}

int fs_open(struct fs_file_t *file, const char *path, fs_mode_t flags)
{
	if (path == NULL || !(flags & FS_O_RDWR))
		return -EINVAL;
	if (file->filep != NULL)
		return -EBUSY;
	if (!(flags & FS_O_CREATE) && !exists(path))
		return -ENOENT;
	errno = 0;
	file->filep = fopen(path, mode_of(path, flags));
	file->flags = flags;
	return file->filep != NULL ? 0 : error();
}
EXPORT_SYMBOL(fs_open);

int fs_close(struct fs_file_t *file)
{
	FILE *handle = handle_of(file);

	file->filep = NULL;
	errno = 0;
	return handle == NULL || fclose(handle) == 0 ? 0 : error();
}
EXPORT_SYMBOL(fs_close);

ssize_t fs_read(struct fs_file_t *file, void *to, size_t size)
{
	size_t got;

	if (handle_of(file) == NULL || !(file->flags & FS_O_READ))
		return -EBADF;
	errno = 0;
	got = fread(to, 1, size, handle_of(file));
	return got < size && ferror(handle_of(file)) ? error() : (ssize_t)got;
}
EXPORT_SYMBOL(fs_read);

ssize_t fs_write(struct fs_file_t *file, const void *from, size_t size)
{
	size_t put;

	if (handle_of(file) == NULL || !(file->flags & FS_O_WRITE))
		return -EBADF;
	errno = 0;
	put = fwrite(from, 1, size, handle_of(file));
	return put < size ? error() : (ssize_t)put;
}
EXPORT_SYMBOL(fs_write);

int fs_seek(struct fs_file_t *file, off_t offset, int whence)
{
	static const int origins[] = {SEEK_SET, SEEK_CUR, SEEK_END};

	if (handle_of(file) == NULL)
		return -EBADF;
	if (whence < FS_SEEK_SET || whence > FS_SEEK_END)
		return -EINVAL;
	errno = 0;
	return fseek(handle_of(file), (long)offset, origins[whence]) == 0 ? 0 : error();
}
EXPORT_SYMBOL(fs_seek);

off_t fs_tell(struct fs_file_t *file)
{
	return handle_of(file) != NULL ? (off_t)ftell(handle_of(file)) : -EBADF;
}
EXPORT_SYMBOL(fs_tell);

int fs_sync(struct fs_file_t *file)
{
	if (handle_of(file) == NULL)
		return -EBADF;
	errno = 0;
	return fflush(handle_of(file)) == 0 ? 0 : error();
}
EXPORT_SYMBOL(fs_sync);

int fs_unlink(const char *path)
{
	errno = 0;
	return remove(path) == 0 ? 0 : error();
}
EXPORT_SYMBOL(fs_unlink);

int fs_mount(struct fs_mount_t *mp)
{
	return mp != NULL ? 0 : -EINVAL;
}

int fs_unmount(struct fs_mount_t *mp)
{
	return mp != NULL ? 0 : -EINVAL;
}
