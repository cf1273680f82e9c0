/* SPDX-License-Identifier: Apache-2.0 */
/* For the compressors: something to compress, and a checksum of what came out. */
#ifndef PROGRAMS_BUFFER_H
#define PROGRAMS_BUFFER_H

#include <stddef.h>
#include <stdint.h>

/* Words of @text in pseudo-random order; every eighth piece is noise. Compresses to about half. */
static inline void fill(unsigned char *buffer, size_t size, const char *text, size_t length)
{
	uint32_t state = 0x2545f491;
	size_t at = 0;

	while (at < size) {
		size_t piece, from;

		state = state * 1664525u + 1013904223u;
		piece = 4 + (state >> 27);
		from = (state >> 8) % length;
		for (size_t i = 0; i < piece && at < size; i++) {
			state = state * 1664525u + 1013904223u;
			buffer[at++] = piece % 8 == 0 ? (unsigned char)(state >> 24)
						      : (unsigned char)text[(from + i) % length];
		}
	}
}

/* FNV-1a */
static inline uint32_t checksum(const unsigned char *bytes, size_t size)
{
	uint32_t hash = 0x811c9dc5;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x01000193u;
	return hash;
}

#endif /* PROGRAMS_BUFFER_H */
