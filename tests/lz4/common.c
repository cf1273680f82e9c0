/* SPDX-License-Identifier: Apache-2.0 */
#include "common.h"

struct bytes copy_of(const uint8_t *first, const uint8_t *end)
{
	struct bytes bytes = {malloc((size_t)(end - first)), (size_t)(end - first)};

	assert_non_null(bytes.at);
	memcpy(bytes.at, first, bytes.count);
	return bytes;
}

/* ---- a source that counts ---- */

static struct source *source_of(struct llext_loader *ldr)
{
	return (struct source *)(void *)ldr;
}

static int prepare(struct llext_loader *ldr)
{
	struct source *source = source_of(ldr);

	assert_int_equal(source->prepared, source->finalized);
	if (source->fail_at == 0)
		return source->result;
	source->prepared++;
	return 0;
}

static int read(struct llext_loader *ldr, void *out, size_t len)
{
	struct source *source = source_of(ldr);

	assert_int_equal(source->prepared, source->finalized + 1);
	if (++source->reads == source->fail_at)
		return source->result;
	return source->buffer.loader.read(&source->buffer.loader, out, len);
}

static void finalize(struct llext_loader *ldr)
{
	source_of(ldr)->finalized++;
}

static size_t length(struct llext_loader *ldr)
{
	return source_of(ldr)->buffer.len;
}

void source_init(struct source *source, struct bytes bytes)
{
	*source = (struct source){
		.loader = {.prepare = prepare,
			   .read = read,
			   .finalize = finalize,
			   .length = length},
		.buffer = LLEXT_TEMPORARY_BUF_LOADER(bytes.at, bytes.count),
		.fail_at = -1,
	};
}

/* ---- the loader ---- */

void decompressor_init(struct decompressor *it, struct bytes frame, size_t buffer_bytes)
{
	source_init(&it->source, frame);
	it->buffer = malloc(buffer_bytes);
	assert_non_null(it->buffer);
	it->lz4 = (struct llext_lz4_loader)LLEXT_LZ4_LOADER(&it->source.loader, LZ4_decompress_safe,
							    it->buffer, buffer_bytes);
}

void decompressor_free(struct decompressor *it)
{
	free(it->buffer);
}

int read_all(struct decompressor *it, uint8_t *out, size_t size, size_t piece)
{
	struct llext_loader *ldr = &it->lz4.loader;
	int rc = ldr->prepare(ldr);

	if (rc != 0) {
		assert_int_equal(it->source.prepared, it->source.finalized);
		return rc;
	}
	for (size_t at = 0; at < size && rc == 0; at += piece)
		rc = ldr->read(ldr, out + at, size - at < piece ? size - at : piece);
	if (rc != 0) { /* nothing but errors from here on */
		uint8_t byte;

		assert_int_equal(ldr->read(ldr, &byte, 1), rc);
	}
	ldr->finalize(ldr);
	assert_int_equal(it->source.prepared, it->source.finalized);
	return rc;
}

struct llext_diag why(struct decompressor *it)
{
	struct llext_diag diag = {.what = "the loader failed"};

	it->lz4.loader.explain(&it->lz4.loader, &diag);
	assert_non_null(diag.what);
	assert_true(diag.has_offset);
	return diag;
}
