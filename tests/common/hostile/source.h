/* SPDX-License-Identifier: Apache-2.0 */
/* A loader over bytes in memory that counts what is asked of it and can fail. */
#ifndef HOSTILE_SOURCE_H_
#define HOSTILE_SOURCE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/loader.h>

/* Kinds of source: any combination of bits. */
#define SOURCE_STORAGE   0x03u /* enum llext_storage_type; 3: as 0 */
#define SOURCE_NO_PEEK   0x04u
#define SOURCE_NO_LENGTH 0x08u
#define SOURCE_FORWARD   0x10u /* cannot seek: what is read is gone; `prepare` opens it anew */
#define SOURCE_KINDS     32u
#define SOURCE_SEEKING   16u /* kinds below this can seek */

struct source {
	struct llext_loader loader; /* the first member */
	uint8_t *bytes;
	size_t size;
	size_t position;
	unsigned long calls;
	size_t bytes_read;
	int prepared, finalized;
};

void source_init(struct source *source, const uint8_t *bytes, size_t size, unsigned int kind);

/* NULL, or what the library did wrong with the source: too much work, a missing finalize. */
const char *source_misused(const struct source *source);

#endif /* HOSTILE_SOURCE_H_ */
