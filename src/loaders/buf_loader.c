/* SPDX-License-Identifier: Apache-2.0 */
/* The loader over a buffer. */
#include <errno.h>
#include <string.h>
#include <llext/buf_loader.h>

/* The loader is the first member, as the header says. */
static struct llext_buf_loader *buffer_of(struct llext_loader *ldr)
{
	return (struct llext_buf_loader *)(void *)ldr;
}

int llext_buf_read(struct llext_loader *ldr, void *out, size_t len)
{
	struct llext_buf_loader *buffer = buffer_of(ldr);

	if (buffer->pos > buffer->len || len > buffer->len - buffer->pos)
		return -EINVAL;
	memcpy(out, buffer->buf + buffer->pos, len);
	buffer->pos += len;
	return 0;
}

int llext_buf_seek(struct llext_loader *ldr, size_t pos)
{
	struct llext_buf_loader *buffer = buffer_of(ldr);

	if (pos > buffer->len)
		return -EINVAL;
	buffer->pos = pos;
	return 0;
}

void *llext_buf_peek(struct llext_loader *ldr, size_t pos)
{
	struct llext_buf_loader *buffer = buffer_of(ldr);

	/* Only a writable storage is ever written to. */
	return pos < buffer->len ? (void *)(uintptr_t)(buffer->buf + pos) : NULL;
}

size_t llext_buf_length(struct llext_loader *ldr)
{
	return buffer_of(ldr)->len;
}
