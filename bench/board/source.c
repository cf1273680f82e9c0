/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include "source.h"

#ifdef BENCH_LZ4
#include "lz4.h"

#define BLOCK 4096 /* the default of tenon pack */
#endif

/* The loader is the first member. */
static struct source *source_of(struct llext_loader *ldr)
{
	return (struct source *)(void *)ldr;
}

static int read(struct llext_loader *ldr, void *out, size_t bytes)
{
	struct source *source = source_of(ldr);

	source->reads++;
	if (bytes > source->length - source->position)
		return -EINVAL;
	memcpy(out, source->bytes + source->position, bytes);
	source->position += bytes;
	source->bytes_read += bytes;
	return 0;
}

static int seek(struct llext_loader *ldr, size_t position)
{
	struct source *source = source_of(ldr);

	source->seeks++;
	if (position > source->length)
		return -EINVAL;
	source->position = position;
	return 0;
}

static void *peek(struct llext_loader *ldr, size_t position)
{
	struct source *source = source_of(ldr);

	source->peeks++;
	return position < source->length ? (void *)(uintptr_t)(source->bytes + position) : NULL;
}

static size_t length_of(struct llext_loader *ldr)
{
	return source_of(ldr)->length;
}

void source_open(struct source *source, enum source_kind kind, const void *bytes, size_t length)
{
	*source = (struct source){.bytes = bytes, .length = length};
	source->loader.storage = LLEXT_STORAGE_TEMPORARY;
	source->loader.read = read;
	source->loader.length = length_of;
	if (kind == SOURCE_READ || kind == SOURCE_PEEK)
		source->loader.seek = seek;
	if (kind == SOURCE_PEEK)
		source->loader.peek = peek;
	source->top = &source->loader;
#ifdef BENCH_LZ4
	if (kind == SOURCE_LZ4) {
		static uint8_t buffer[LLEXT_LZ4_BUFFER_BYTES(BLOCK)];

		source->lz4 = (struct llext_lz4_loader)LLEXT_LZ4_LOADER(
			&source->loader, LZ4_decompress_safe, buffer, sizeof(buffer));
		source->top = &source->lz4.loader;
	}
#endif
}
