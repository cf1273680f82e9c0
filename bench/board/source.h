/* SPDX-License-Identifier: Apache-2.0 */
/* A byte source in memory that counts how it is used. */
#ifndef BENCH_SOURCE_H
#define BENCH_SOURCE_H

#include <stdbool.h>
#include <llext/lz4_loader.h>

struct source {
	struct llext_loader loader;
	struct llext_lz4_loader lz4;
	struct llext_loader *top; /* what a load gets: one of these */
	const uint8_t *bytes;
	size_t length, position;
	unsigned long reads, seeks, peeks;
	size_t bytes_read;
};

enum source_kind {
	SOURCE_READ,   /* reads and seeks, as a file */
	SOURCE_PEEK,   /* the same, and the library may look at the bytes where they are */
	SOURCE_STREAM, /* reads only */
	SOURCE_LZ4,    /* the same, of a compressed file, which is decompressed */
};

void source_open(struct source *source, enum source_kind kind, const void *bytes, size_t length);

#endif /* BENCH_SOURCE_H */
