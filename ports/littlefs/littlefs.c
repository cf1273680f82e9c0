/* SPDX-License-Identifier: Apache-2.0 */
/* The loader over a LittleFS file: small reads come out of the read-ahead buffer. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <llext/diag.h>
#include "llext_littlefs.h"

static struct llext_lfs_loader *file_of(struct llext_loader *ldr)
{
	return (struct llext_lfs_loader *)(void *)ldr;
}

/* LittleFS has error numbers of its own, most of which are Linux's. */
static int error_of(int error)
{
	switch (error) {
	case LFS_ERR_NOENT:
		return -ENOENT;
	case LFS_ERR_ISDIR:
		return -EISDIR;
	case LFS_ERR_NOMEM:
		return -ENOMEM;
	case LFS_ERR_CORRUPT:
		return -EBADMSG;
	default:
		return -EIO;
	}
}

int llext_lfs_prepare(struct llext_loader *ldr)
{
	struct llext_lfs_loader *fs = file_of(ldr);
	lfs_soff_t length;
	int rc;

	if (fs->open)
		return -EBUSY; /* a load through this loader is going on */
	memset(&fs->config, 0, sizeof(fs->config));
	fs->config.buffer = fs->cache;
	rc = lfs_file_opencfg(fs->lfs, &fs->file, fs->path, LFS_O_RDONLY, &fs->config);
	if (rc < 0)
		return error_of(rc);
	fs->open = true;
	length = lfs_file_size(fs->lfs, &fs->file);
	if (length < 0) {
		llext_lfs_finalize(ldr);
		return error_of((int)length);
	}
	fs->length = (size_t)length;
	fs->pos = fs->ahead_start = fs->ahead_filled = 0;
	return 0;
}

/* Exactly so many bytes from the file's own position on, which becomes @pos + @len. */
static int read_at(struct llext_lfs_loader *fs, size_t pos, void *out, size_t len)
{
	lfs_soff_t sought = lfs_file_seek(fs->lfs, &fs->file, (lfs_soff_t)pos, LFS_SEEK_SET);
	lfs_ssize_t got;

	if (sought < 0)
		return error_of((int)sought);
	got = lfs_file_read(fs->lfs, &fs->file, out, (lfs_size_t)len);
	if (got < 0)
		return error_of((int)got);
	return (size_t)got == len ? 0 : -EIO;
}

/* What the buffer has of [pos, pos + len). */
static size_t from_buffer(const struct llext_lfs_loader *fs, void *out, size_t len)
{
	size_t offset = fs->pos - fs->ahead_start, have;

	if (fs->pos < fs->ahead_start || offset >= fs->ahead_filled)
		return 0;
	have = fs->ahead_filled - offset;
	if (have > len)
		have = len;
	memcpy(out, fs->ahead + offset, have);
	return have;
}

static int fill_buffer(struct llext_lfs_loader *fs)
{
	size_t bytes = fs->length - fs->pos;
	int rc;

	if (bytes > fs->ahead_bytes)
		bytes = fs->ahead_bytes;
	fs->ahead_filled = 0;
	rc = read_at(fs, fs->pos, fs->ahead, bytes);
	if (rc == 0) {
		fs->ahead_start = fs->pos;
		fs->ahead_filled = bytes;
	}
	return rc;
}

int llext_lfs_read(struct llext_loader *ldr, void *out, size_t len)
{
	struct llext_lfs_loader *fs = file_of(ldr);
	size_t done;
	int rc = 0;

	if (fs->pos > fs->length || len > fs->length - fs->pos)
		return -EIO;
	done = from_buffer(fs, out, len);
	fs->pos += done;
	if (done == len)
		return 0;
	/* What is left is read where it goes, unless it is less than the buffer takes at a time. */
	if (len - done >= fs->ahead_bytes) {
		rc = read_at(fs, fs->pos, (uint8_t *)out + done, len - done);
	} else {
		rc = fill_buffer(fs);
		if (rc == 0)
			(void)from_buffer(fs, (uint8_t *)out + done, len - done);
	}
	if (rc == 0)
		fs->pos += len - done;
	return rc;
}

int llext_lfs_seek(struct llext_loader *ldr, size_t pos)
{
	struct llext_lfs_loader *fs = file_of(ldr);

	if (pos > fs->length)
		return -EINVAL;
	fs->pos = pos;
	return 0;
}

void llext_lfs_finalize(struct llext_loader *ldr)
{
	struct llext_lfs_loader *fs = file_of(ldr);

	if (fs->open)
		(void)lfs_file_close(fs->lfs, &fs->file);
	fs->open = false;
}

size_t llext_lfs_length(struct llext_loader *ldr)
{
	return file_of(ldr)->length;
}

void llext_lfs_explain(struct llext_loader *ldr, struct llext_diag *diag)
{
	if (!file_of(ldr)->open)
		diag->what = "the file cannot be opened";
}
