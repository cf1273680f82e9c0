/* SPDX-License-Identifier: Apache-2.0 */
/*
 * States by a hash of 64 bits: among a million there is one pair of equal hashes by chance with a
 * probability of 1 to 36 million. The test is linked with --wrap for the heap's functions, to know
 * which of its memory counts.
 */
#include <stdlib.h>
#include <string.h>
#include <llext/heap.h>
#include "states.h"

#define MOST_BLOCKS 256
#define MOST_STATES ((size_t)1 << 22) /* a power of two */

/* ---- the hash ---- */

struct hash hash_begin(void)
{
	return (struct hash){0x9e3779b97f4a7c15u};
}

static void hash_word(struct hash *hash, uint64_t word)
{
	uint64_t value = (hash->value ^ word) * 0xff51afd7ed558ccdu;

	hash->value = value ^ value >> 32;
}

void hash_bytes(struct hash *hash, const void *bytes, size_t count)
{
	const unsigned char *next = bytes;

	for (; count > 0; next += 8) {
		size_t part = count < 8 ? count : 8;
		uint64_t word = 0;

		memcpy(&word, next, part);
		hash_word(hash, word);
		count -= part;
	}
}

void hash_stack(struct hash *hash, const char *sp, const char *top)
{
	hash_word(hash, (uint64_t)(uintptr_t)sp);
	hash_bytes(hash, sp, (size_t)(top - sp));
}

/* ---- memory ---- */

/* Allocated, so that it is no variable of the program. */
static struct seen {
	struct block {
		char *mem; /* NULL: not in use */
		size_t bytes;
	} blocks[MOST_BLOCKS];
	size_t count;
	uint64_t states[MOST_STATES]; /* 0: none */
	char variables[];
} * seen;

/* The linker's: where variables begin and end. */
extern char __data_start[], _end[];

static size_t variable_bytes(void)
{
	return (size_t)(_end - __data_start);
}

bool states_begin(void)
{
	seen = calloc(1, sizeof(*seen) + variable_bytes());
	return seen != NULL;
}

void hash_variables(struct hash *hash)
{
	hash_bytes(hash, __data_start, variable_bytes());
}

void variables_keep(void)
{
	memcpy(seen->variables, __data_start, variable_bytes());
}

void variables_reset(void)
{
	memcpy(__data_start, seen->variables, variable_bytes());
}

void hash_allocations(struct hash *hash)
{
	for (size_t i = 0; i < MOST_BLOCKS; i++) {
		const struct block *block = &seen->blocks[i];

		if (block->mem == NULL)
			continue;
		hash_word(hash, (uint64_t)(uintptr_t)block->mem);
		hash_bytes(hash, block->mem, block->bytes);
	}
}

void *__real_llext_heap_alloc(int heap, size_t bytes, size_t align);
void *__wrap_llext_heap_alloc(int heap, size_t bytes, size_t align);
void __real_llext_heap_free(int heap, void *mem);
void __wrap_llext_heap_free(int heap, void *mem);

/* Zeroed, since what was there before does not count. */
void *__wrap_llext_heap_alloc(int heap, size_t bytes, size_t align)
{
	void *mem = __real_llext_heap_alloc(heap, bytes, align);
	size_t i = 0;

	if (mem == NULL)
		return NULL;
	memset(mem, 0, bytes);
	while (seen->blocks[i].mem != NULL)
		if (++i == MOST_BLOCKS)
			abort();
	seen->blocks[i].mem = mem;
	seen->blocks[i].bytes = bytes;
	return mem;
}

void __wrap_llext_heap_free(int heap, void *mem)
{
	for (size_t i = 0; i < MOST_BLOCKS; i++) {
		if (seen->blocks[i].mem == mem)
			seen->blocks[i].mem = NULL;
	}
	__real_llext_heap_free(heap, mem);
}

/* ---- the set ---- */

void states_forget(void)
{
	memset(seen->states, 0, sizeof(seen->states));
	seen->count = 0;
}

bool states_add(uint64_t state)
{
	size_t at = state & (MOST_STATES - 1);

	if (state == 0)
		state = 1;
	for (; seen->states[at] != 0; at = (at + 1) & (MOST_STATES - 1)) {
		if (seen->states[at] == state)
			return false;
	}
	if (++seen->count > MOST_STATES / 4 * 3)
		abort();
	seen->states[at] = state;
	return true;
}
