/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for a peer: a list of what is free, by address, of which the first fit is taken. */
#include <stdint.h>
#include "heap.h"
#include "peer.h"

/* What precedes a place that is taken, and what a free one starts with. */
struct block {
	size_t bytes; /* of all of it */
	struct block *next;
};

/* So a header leaves the alignment as it is, and what is left over has room for one. */
#define GRAIN sizeof(struct block)

static struct block *free_blocks;
static size_t used, peak;

static uintptr_t up(uintptr_t value, uintptr_t alignment)
{
	return (value + alignment - 1) & ~(alignment - 1);
}

void heap_start(void *memory, size_t bytes)
{
	free_blocks = (struct block *)up((uintptr_t)memory, GRAIN);
	free_blocks->bytes = (bytes - ((uintptr_t)free_blocks - (uintptr_t)memory)) / GRAIN * GRAIN;
	free_blocks->next = NULL;
	used = 0;
	peak = 0;
}

size_t heap_used(void)
{
	return used;
}

size_t heap_peak(void)
{
	return peak;
}

void heap_mark(void)
{
	peak = used;
}

static struct block *block_at(uintptr_t address, size_t bytes, struct block *next)
{
	struct block *block = (struct block *)address;

	block->bytes = bytes;
	block->next = next;
	return block;
}

void *peer_allocate(size_t alignment, size_t bytes)
{
	size_t taken = up(bytes, GRAIN) + GRAIN;

	if (alignment < GRAIN)
		alignment = GRAIN;
	if (taken < bytes)
		return NULL;
	for (struct block **link = &free_blocks; *link != NULL; link = &(*link)->next) {
		struct block *block = *link, *rest = block->next;
		uintptr_t place = up((uintptr_t)block + GRAIN, alignment) - GRAIN;
		size_t before = place - (uintptr_t)block;

		if (before > block->bytes || taken > block->bytes - before)
			continue;
		if (before + taken < block->bytes)
			rest = block_at(place + taken, block->bytes - before - taken, rest);
		if (before > 0)
			rest = block_at((uintptr_t)block, before, rest);
		*link = rest;
		(void)block_at(place, taken, NULL);
		used += taken;
		if (used > peak)
			peak = used;
		return (void *)(place + GRAIN);
	}
	return NULL;
}

static struct block *header_of(const void *memory)
{
	return (struct block *)((uintptr_t)memory - GRAIN);
}

size_t peer_size(const void *memory)
{
	return header_of(memory)->bytes - GRAIN;
}

/* One block out of two, where the first ends at the second. */
static void join(struct block *first)
{
	struct block *second = first->next;

	if (second != NULL && (uintptr_t)first + first->bytes == (uintptr_t)second)
		(void)block_at((uintptr_t)first, first->bytes + second->bytes, second->next);
}

void peer_release(void *memory)
{
	struct block *block, *before = NULL, *after = free_blocks;

	if (memory == NULL)
		return;
	block = header_of(memory);
	used -= block->bytes;
	for (; after != NULL && after < block; after = after->next)
		before = after;
	block->next = after;
	if (before == NULL)
		free_blocks = block;
	else
		before->next = block;
	join(block);
	if (before != NULL)
		join(before);
}
