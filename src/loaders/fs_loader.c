/* SPDX-License-Identifier: Apache-2.0 */
/* The loader over a file, by the C library's stdio. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <llext/diag.h>
#include <llext/fs_loader.h>

static struct llext_fs_loader *file_of(struct llext_loader *ldr)
{
	return (struct llext_fs_loader *)(void *)ldr;
}

/* What errno says, or -EIO where the C library says nothing. */
static int file_error(void)
{
	return errno > 0 ? -errno : -EIO;
}

int llext_fs_prepare(struct llext_loader *ldr)
{
	struct llext_fs_loader *fs = file_of(ldr);
	long end = -1;
	int rc;

	if (fs->file != NULL)
		return -EBUSY; /* a load through this loader is going on */
	errno = 0;
	fs->file = fopen(fs->name, "rb");
	if (fs->file == NULL)
		return file_error();
	if (fseek(fs->file, 0, SEEK_END) == 0)
		end = ftell(fs->file);
	if (end >= 0 && end < LONG_MAX) {
		fs->len = (size_t)end;
		return 0;
	}
	rc = file_error();
	llext_fs_finalize(ldr);
	return rc;
}

int llext_fs_read(struct llext_loader *ldr, void *out, size_t len)
{
	struct llext_fs_loader *fs = file_of(ldr);

	errno = 0;
	return fread(out, 1, len, fs->file) == len ? 0 : file_error();
}

int llext_fs_seek(struct llext_loader *ldr, size_t pos)
{
	struct llext_fs_loader *fs = file_of(ldr);

	errno = 0;
	if (pos > LONG_MAX)
		return -EINVAL;
	return fseek(fs->file, (long)pos, SEEK_SET) == 0 ? 0 : file_error();
}

void llext_fs_finalize(struct llext_loader *ldr)
{
	struct llext_fs_loader *fs = file_of(ldr);

	if (fs->file != NULL)
		(void)fclose(fs->file);
	fs->file = NULL;
}

size_t llext_fs_length(struct llext_loader *ldr)
{
	return file_of(ldr)->len;
}

void llext_fs_explain(struct llext_loader *ldr, struct llext_diag *diag)
{
	if (file_of(ldr)->file == NULL)
		diag->what = "the file cannot be opened";
}
