/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firmware's memcpy() and memset(), which everything in it uses: word by word where addresses
 * allow it, as a plain C library has them. The copy that a load is compared with is made by the
 * same function. On Cortex-M a block of 96 bytes takes 102 instructions, 1.06 for a byte.
 */
#include <stdint.h>
#include <string.h>

#define WORD  sizeof(uint32_t)
#define BLOCK (24 * WORD)

/* A loop stays as it is written, so that its cost is known: neither unrolled nor replaced. */
#define AS_WRITTEN() __asm__ volatile("")

static inline void copy_words(uint8_t *to, const uint8_t *from, size_t bytes)
{
	uint32_t *out = (uint32_t *)(void *)to;
	const uint32_t *in = (const uint32_t *)(const void *)from;
	const uint32_t *end = in + bytes / WORD;

	do {
		*out++ = *in++;
		AS_WRITTEN();
	} while (in != end);
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	if (((uintptr_t)out - (uintptr_t)in) % WORD == 0) {
		size_t rest;

		for (; bytes > 0 && (uintptr_t)out % WORD != 0; bytes--)
			*out++ = *in++;
		for (; bytes >= BLOCK; bytes -= BLOCK, out += BLOCK, in += BLOCK)
			copy_words(out, in, BLOCK);
		rest = bytes / WORD * WORD;
		if (rest > 0)
			copy_words(out, in, rest);
		out += rest;
		in += rest;
		bytes -= rest;
	}
	for (; bytes > 0; bytes--)
		*out++ = *in++;
	return to;
}

#ifdef __arm__
/*
 * exports/libc.c exports these names too. The C library has them in the same object as its
 * memcpy(), which would be a second one in this firmware.
 */
#define MEMCPY(name)                                                                               \
	void *name(void *restrict to, const void *restrict from, size_t bytes)                     \
		__attribute__((alias("memcpy"), copy(memcpy)))
MEMCPY(__aeabi_memcpy);
MEMCPY(__aeabi_memcpy4);
MEMCPY(__aeabi_memcpy8);
#endif

void *memset(void *to, int value, size_t bytes)
{
	uint32_t word = (uint8_t)value * 0x01010101u;
	uint8_t *out = to;

	for (; bytes > 0 && (uintptr_t)out % WORD != 0; bytes--)
		*out++ = (uint8_t)value;
	for (; bytes >= WORD; bytes -= WORD, out += WORD) {
		*(uint32_t *)(void *)out = word;
		AS_WRITTEN();
	}
	for (; bytes > 0; bytes--)
		*out++ = (uint8_t)value;
	return to;
}
