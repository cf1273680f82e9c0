/* SPDX-License-Identifier: Apache-2.0 */
/*
 * malloc: one list of blocks in address order, first fit, neighbours joined on the way. Linear in
 * the number of blocks, which is small in our tests.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

extern char __heap_start[], __heap_end[];

/* Before each block; its size makes what follows it aligned to 16. */
struct block {
	size_t size; /* of what follows */
	bool used;
} __attribute__((aligned(16)));

static struct block *first;

static struct block *next_of(struct block *block)
{
	struct block *next = (struct block *)((char *)(block + 1) + block->size);

	return (char *)(next + 1) < __heap_end ? next : NULL;
}

static bool set_up(void)
{
	uintptr_t start = ((uintptr_t)__heap_start + 15) & ~(uintptr_t)15;
	uintptr_t end = (uintptr_t)__heap_end & ~(uintptr_t)15;

	if (end < start + 2 * sizeof(struct block))
		return false;
	first = (struct block *)start;
	first->size = end - start - sizeof(struct block);
	first->used = false;
	return true;
}

static void join(struct block *block)
{
	for (struct block *next = next_of(block); next && !next->used; next = next_of(block))
		block->size += sizeof(*next) + next->size;
}

static void split(struct block *block, size_t size)
{
	if (block->size < size + 2 * sizeof(*block))
		return;
	struct block *rest = (struct block *)((char *)(block + 1) + size);

	rest->size = block->size - size - sizeof(*rest);
	rest->used = false;
	block->size = size;
}

void *malloc(size_t size)
{
	if (size > PTRDIFF_MAX || (!first && !set_up()))
		goto none;
	size = size ? (size + 15) & ~(size_t)15 : 16;
	for (struct block *block = first; block; block = next_of(block)) {
		if (block->used)
			continue;
		join(block);
		if (block->size < size)
			continue;
		split(block, size);
		block->used = true;
		return block + 1;
	}
none:
	errno = ENOMEM;
	return NULL;
}

void free(void *memory)
{
	if (memory)
		((struct block *)memory - 1)->used = false;
}

void *calloc(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	void *memory = malloc(bytes);

	return memory ? memset(memory, 0, bytes) : NULL;
}

void *realloc(void *memory, size_t size)
{
	if (!memory)
		return malloc(size);
	size_t old = ((struct block *)memory - 1)->size;

	if (size <= old)
		return memory;
	void *moved = malloc(size);

	if (moved) {
		memcpy(moved, memory, old);
		free(memory);
	}
	return moved;
}

void *aligned_alloc(size_t align, size_t size)
{
	size_t bytes;

	if (align <= sizeof(struct block))
		return malloc(size);
	if (__builtin_add_overflow(size, align + sizeof(struct block), &bytes))
		return NULL;
	char *memory = malloc(bytes);

	if (!memory)
		return NULL;
	uintptr_t skip = -((uintptr_t)memory + sizeof(struct block)) & (align - 1);
	struct block *lead = (struct block *)memory - 1;
	struct block *block = (struct block *)(memory + skip);

	block->size = lead->size - skip - sizeof(*block);
	block->used = true;
	lead->size = skip;
	lead->used = false;
	return block + 1;
}
