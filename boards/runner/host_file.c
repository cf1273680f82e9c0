/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include "board.h"
#include "host_file.h"

/* The loader is the first member. */
static struct host_file *of(struct llext_loader *ldr)
{
	return (struct host_file *)ldr;
}

static int prepare(struct llext_loader *ldr)
{
	struct host_file *file = of(ldr);

	file->handle = board_file_open(file->path, false);
	if (file->handle < 0)
		return -ENOENT;
	file->length = board_file_length(file->handle);
	file->position = 0;
	if (file->length != BOARD_NO_FILE)
		return 0;
	board_file_close(file->handle);
	return -EIO;
}

static int read_bytes(struct llext_loader *ldr, void *out, size_t bytes)
{
	struct host_file *file = of(ldr);

	if (bytes > file->length - file->position)
		return -EINVAL;
	if (!board_file_read(file->handle, file->position, out, bytes))
		return -EIO;
	file->position += bytes;
	return 0;
}

static int seek(struct llext_loader *ldr, size_t position)
{
	if (position > of(ldr)->length)
		return -EINVAL;
	of(ldr)->position = position;
	return 0;
}

static size_t length(struct llext_loader *ldr)
{
	return of(ldr)->length;
}

static void finalize(struct llext_loader *ldr)
{
	board_file_close(of(ldr)->handle);
}

void host_file_init(struct host_file *file, const char *path)
{
	*file = (struct host_file){.loader = {.prepare = prepare,
					      .read = read_bytes,
					      .seek = seek,
					      .finalize = finalize,
					      .length = length},
				   .path = path};
}
