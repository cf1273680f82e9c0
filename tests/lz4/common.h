/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the LZ4 loader share. */
#ifndef TESTS_LZ4_COMMON_H
#define TESTS_LZ4_COMMON_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <lz4.h>
#include <llext/buf_loader.h>
#include <llext/diag.h>
#include <llext/lz4_loader.h>

#define MOST_CONTENT ((size_t)300000)

struct bytes {
	uint8_t *at; /* of exactly this size: reading behind its end is seen */
	size_t count;
};

/* A frame from the build, by its name there. To be freed. */
struct bytes copy_of(const uint8_t *first, const uint8_t *end);
#define FRAME(name)                                                                                \
	({                                                                                         \
		extern const uint8_t fixture_##name[], fixture_##name##_end[];                     \
		copy_of(fixture_##name, fixture_##name##_end);                                     \
	})

/* A loader over a buffer that can only be read, and counts. */
struct source {
	struct llext_loader loader;
	struct llext_buf_loader buffer;
	int prepared, finalized, reads;
	int fail_at, result; /* that read returns this; read 0 is prepare() */
};
void source_init(struct source *source, struct bytes bytes);

/* The loader, with a buffer of exactly this size. */
struct decompressor {
	struct source source;
	struct llext_lz4_loader lz4;
	uint8_t *buffer;
};
void decompressor_init(struct decompressor *it, struct bytes frame, size_t buffer_bytes);
void decompressor_free(struct decompressor *it);

/* All of the content, in pieces of this size. 0, or the loader's error; @out has the size given. */
int read_all(struct decompressor *it, uint8_t *out, size_t size, size_t piece);
/* What the loader says about its error. */
struct llext_diag why(struct decompressor *it);

#endif /* TESTS_LZ4_COMMON_H */
