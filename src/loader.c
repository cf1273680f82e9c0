/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The byte source, made strict: every call either gives exactly what was asked for or is an
 * error, and nothing outside the source is ever asked for.
 */
#include "internal.h"

static int loader_error(const struct load *ld, int rc, size_t offset, size_t bytes)
{
	/* A positive value (a short read, say) is an error like any other. */
	rc = llext_fail(ld, rc < 0 ? rc : -EIO, "the loader failed");
	llext_diag_offset(offset);
	llext_diag_values((int64_t)bytes, rc);
	(void)offset;
	(void)bytes;
	return rc;
}

int llext_source_open(struct load *ld)
{
	int rc;

	if (ld->ldr->prepare != NULL) {
		rc = ld->ldr->prepare(ld->ldr);
		if (rc != 0)
			return loader_error(ld, rc, 0, 0);
	}
	ld->prepared = true;
	ld->length = ld->ldr->length != NULL ? ld->ldr->length(ld->ldr) : SIZE_MAX;
	return 0;
}

void llext_source_close(struct load *ld)
{
	while (ld->transient_count > 0)
		llext_heap_free(LLEXT_HEAP_DATA, ld->transient[--ld->transient_count]);
	if (ld->prepared && ld->ldr->finalize != NULL)
		ld->ldr->finalize(ld->ldr);
	ld->prepared = false;
}

void *llext_transient(struct load *ld, size_t bytes, size_t align)
{
	void *mem;

	if (ld->transient_count == MAX_TRANSIENT)
		return NULL;
	mem = llext_heap_alloc(LLEXT_HEAP_DATA, bytes, align);
	if (mem != NULL) {
		memset(mem, 0, bytes);
		ld->transient[ld->transient_count++] = mem;
		ld->transient_bytes += bytes;
	} else {
		(void)llext_fail(ld, -ENOMEM,
				 "the data heap has no room for the load's own tables");
		llext_diag_values((int64_t)bytes, 0);
	}
	return mem;
}

int llext_source_read(struct load *ld, size_t offset, void *out, size_t bytes)
{
	int rc;

	if (!fits(offset, bytes, ld->length)) {
		rc = llext_fail(ld, -ENOEXEC, "the file ends too early");
		llext_diag_offset(offset);
		llext_diag_values((int64_t)bytes, (int64_t)ld->length);
		return rc;
	}
	if (bytes == 0)
		return 0;
	rc = ld->ldr->seek(ld->ldr, offset);
	if (rc == 0)
		rc = ld->ldr->read(ld->ldr, out, bytes);
	return rc == 0 ? 0 : loader_error(ld, rc, offset, bytes);
}

const void *llext_source_peek(struct load *ld, size_t offset, size_t bytes)
{
	const uint8_t *first, *last;

	if (ld->ldr->peek == NULL || bytes == 0 || !fits(offset, bytes, ld->length))
		return NULL;
	first = ld->ldr->peek(ld->ldr, offset);
	if (first == NULL)
		return NULL;
	if (ld->ldr->length != NULL)
		return first;
	/* No length to check against: ask for the last byte, too. */
	if (offset > SIZE_MAX - (bytes - 1))
		return NULL;
	last = ld->ldr->peek(ld->ldr, offset + bytes - 1);
	return last != NULL && (uintptr_t)last - (uintptr_t)first == bytes - 1 ? first : NULL;
}

int llext_source_view(struct load *ld, size_t offset, size_t bytes, size_t align, const void **view)
{
	void *copy;

	*view = llext_source_peek(ld, offset, bytes);
	if (*view != NULL && (uintptr_t)*view % align == 0)
		return 0;
	*view = NULL;
	if (bytes == 0)
		return 0;
	if (!fits(offset, bytes, ld->length))
		return llext_source_read(ld, offset, NULL, bytes); /* says what is wrong */
	copy = llext_transient(ld, bytes, align);
	if (copy == NULL)
		return -ENOMEM;
	*view = copy;
	return llext_source_read(ld, offset, copy, bytes);
}

void llext_stream_open(struct stream *stream, struct load *ld, const elf_shdr_t *shdr)
{
	stream->ld = ld;
	stream->offset = (size_t)shdr->sh_offset;
	stream->left = (size_t)shdr->sh_size;
	stream->ready = 0;
	stream->next = llext_source_peek(ld, stream->offset, stream->left);
	if (stream->next != NULL) {
		stream->ready = stream->left;
		stream->left = 0;
	}
}

/* Called with an empty buffer only: every piece is a multiple of the entry's size. */
int llext_stream_refill(struct stream *stream, size_t bytes)
{
	size_t piece = sizeof(stream->buffer) / bytes * bytes;
	int rc;

	if (piece > stream->left)
		piece = stream->left;
	if (piece < bytes)
		return llext_fail(stream->ld, -EBADMSG, "the file changed while it was loaded");
	rc = llext_source_read(stream->ld, stream->offset, stream->buffer, piece);
	if (rc != 0)
		return rc;
	stream->offset += piece;
	stream->left -= piece;
	stream->next = stream->buffer;
	stream->ready = piece;
	return 0;
}
