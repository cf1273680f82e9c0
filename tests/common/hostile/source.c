/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include "faults.h"
#include "port.h"
#include "source.h"

/* A world without port.c has no locks. */
#pragma weak port_expect_unguarded

static struct source *source_of(struct llext_loader *ldr)
{
	if (port_expect_unguarded != NULL)
		port_expect_unguarded();
	return (struct source *)(void *)ldr;
}

static int prepare(struct llext_loader *ldr)
{
	if (fault_now(OPERATION_PREPARE))
		return fault_result();
	source_of(ldr)->prepared++;
	if (ldr->seek == NULL)
		source_of(ldr)->position = 0;
	return 0;
}

static void finalize(struct llext_loader *ldr)
{
	source_of(ldr)->finalized++;
}

/* Bytes that the file does not have: numbers near the good ones, and far from them. */
static void change(uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(i % 3 == 0 ? out[i] + 1 : i % 7 == 0 ? ~out[i] : out[i]);
}

static int source_read(struct llext_loader *ldr, void *out, size_t len)
{
	struct source *source = source_of(ldr);
	bool fail = fault_now(OPERATION_READ);

	source->calls++;
	if (source->position > source->size || len > source->size - source->position)
		return -EINVAL;
	if (fail && faults.kind == FAULT_SHORT)
		len /= 2;
	else if (fail && faults.kind != FAULT_BYTES)
		return fault_result();
	memcpy(out, source->bytes + source->position, len);
	source->position += len;
	source->bytes_read += len;
	if (faults.kind == FAULT_BYTES && faults.fired && faults.operation == OPERATION_READ)
		change(out, len);
	return fail && faults.kind == FAULT_SHORT ? (int)len + 1 : 0;
}

static int source_seek(struct llext_loader *ldr, size_t pos)
{
	struct source *source = source_of(ldr);

	source->calls++;
	if (fault_now(OPERATION_SEEK))
		return fault_result();
	if (pos > source->size)
		return -EINVAL;
	source->position = pos;
	return 0;
}

static void *source_peek(struct llext_loader *ldr, size_t pos)
{
	struct source *source = source_of(ldr);

	source->calls++;
	if (fault_now(OPERATION_PEEK) || pos >= source->size)
		return NULL;
	return source->bytes + pos;
}

static size_t source_length(struct llext_loader *ldr)
{
	return source_of(ldr)->size;
}

void source_init(struct source *source, const uint8_t *bytes, size_t size, unsigned int kind)
{
	unsigned int storage = kind & SOURCE_STORAGE;

	*source = (struct source){
		.loader = {.prepare = prepare,
			   .read = source_read,
			   .seek = kind & SOURCE_FORWARD ? NULL : source_seek,
			   .peek = kind & SOURCE_NO_PEEK ? NULL : source_peek,
			   .finalize = finalize,
			   .storage = (enum llext_storage_type)(storage == 3 ? 0 : storage),
			   .length = kind & SOURCE_NO_LENGTH ? NULL : source_length},
		/* Written to only where the storage is writable, and then the caller knows. */
		.bytes = (uint8_t *)(uintptr_t)bytes,
		.size = size,
	};
}

const char *source_misused(const struct source *source)
{
	if (source->finalized != source->prepared)
		return "finalize is called once after each prepare that succeeded";
	/*
	 * Sections do not overlap: the symbol table is read four times, relocations twice with
	 * one symbol each, the rest once, and at most eight segments of a shared object once more.
	 */
	if (source->bytes_read > 16 * source->size + 4096)
		return "more bytes are read than is linear in the file's size";
	if (source->calls > source->size + 64)
		return "more calls of the loader than is linear in the file's size";
	return NULL;
}
