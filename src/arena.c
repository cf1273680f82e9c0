/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A first-fit allocator over one piece of memory: blocks lie one behind the other, each with a
 * header that says how long it is, whether it is in use, and how long the one before it is. A block
 * is freed in a few instructions, however many there are, since that is done under the guard.
 * Headers that do not agree with each other show that a pointer is not that of a block in use.
 */
#include <errno.h>
#include <stdbool.h>
#include <llext/heap.h>
#include "arena.h"

struct header {
	size_t bytes;  /* of the whole block, header included; bit 0: in use */
	size_t before; /* bytes of the block before it, 0: it is the first */
};

#define UNIT sizeof(struct header) /* every block's size and address is a multiple */
#define USED ((size_t)1)

static struct header *behind(struct header *block, size_t bytes)
{
	return (struct header *)(void *)((uint8_t *)block + bytes);
}

static struct header *first_block(const struct llext_arena *arena)
{
	return (struct header *)(void *)arena->mem;
}

static struct header *next_block(struct header *block)
{
	return behind(block, block->bytes & ~USED);
}

static struct header *end_of(const struct llext_arena *arena)
{
	return behind(first_block(arena), arena->bytes);
}

static bool in_use(const struct header *block)
{
	return (block->bytes & USED) != 0;
}

int llext_arena_init(struct llext_arena *arena, void *mem, size_t bytes)
{
	size_t skip = -(uintptr_t)mem % UNIT;

	if (arena == NULL || mem == NULL || bytes < skip + 2 * UNIT)
		return -EINVAL;
	bytes = (bytes - skip) & ~(UNIT - 1);
	arena->mem = (uint8_t *)mem + skip;
	arena->bytes = bytes;
	arena->used = arena->peak = 0;
	arena->first_free = 0;
	*first_block(arena) = (struct header){bytes, 0};
	return 0;
}

/* A block gets a size. */
static void resize(const struct llext_arena *arena, struct header *block, size_t bytes)
{
	struct header *next = behind(block, bytes);

	block->bytes = bytes | (block->bytes & USED);
	if (next != end_of(arena))
		next->before = bytes;
}

/* Cut a free block so that one of @bytes bytes in use starts @lead bytes into it. */
static void *take(struct llext_arena *arena, struct header *block, size_t lead, size_t bytes)
{
	size_t rest = block->bytes - lead - bytes;

	if (lead != 0) {
		resize(arena, block, lead);
		block = next_block(block);
	}
	block->bytes = USED;
	resize(arena, block, bytes);
	if (rest != 0) {
		next_block(block)->bytes = 0;
		resize(arena, next_block(block), rest);
	}
	arena->used += bytes;
	if (arena->used > arena->peak)
		arena->peak = arena->used;
	if (lead == 0 && block == behind(first_block(arena), arena->first_free))
		arena->first_free += bytes;
	return block + 1;
}

void *llext_arena_alloc_biased(struct llext_arena *arena, size_t bytes, size_t align,
			       uintptr_t bias)
{
	if (bytes == 0 || (align & (align - 1)) != 0 || bytes > arena->bytes)
		return NULL;
	if (align < UNIT)
		align = UNIT;
	bytes = ((bytes + UNIT - 1) & ~(UNIT - 1)) + UNIT;
	for (struct header *block = behind(first_block(arena), arena->first_free);
	     block != end_of(arena); block = next_block(block)) {
		size_t lead;

		if (in_use(block))
			continue;
		/* So much is in front of what is aligned, as a block of its own. */
		lead = (align - ((uintptr_t)(block + 1) + bias)) & (align - 1);
		if (lead <= block->bytes && bytes <= block->bytes - lead)
			return take(arena, block, lead, bytes);
	}
	return NULL;
}

void *llext_arena_alloc(struct llext_arena *arena, size_t bytes, size_t align)
{
	return llext_arena_alloc_biased(arena, bytes, align, 0);
}

/* The block of an allocation; NULL: @mem is none. */
static struct header *block_of(const struct llext_arena *arena, const void *mem)
{
	size_t offset = (size_t)((uintptr_t)mem - (uintptr_t)arena->mem) - UNIT;
	struct header *block = behind(first_block(arena), offset);
	size_t room = arena->bytes - offset, bytes;

	if (offset >= arena->bytes || offset % UNIT != 0 || !in_use(block))
		return NULL;
	bytes = block->bytes & ~USED;
	if (bytes > room || bytes < UNIT || bytes % UNIT != 0 ||
	    (bytes != room && behind(block, bytes)->before != bytes))
		return NULL;
	if (block->before > offset || block->before % UNIT != 0 ||
	    (block->before == 0) != (offset == 0))
		return NULL;
	if (offset != 0 && (behind(block, -block->before)->bytes & ~USED) != block->before)
		return NULL;
	return block;
}

int llext_arena_free(struct llext_arena *arena, void *mem)
{
	struct header *block, *next;
	size_t bytes, offset;

	if (mem == NULL)
		return 0;
	block = block_of(arena, mem);
	if (block == NULL)
		return -EINVAL;
	next = next_block(block);
	bytes = block->bytes = block->bytes & ~USED;
	arena->used -= bytes;
	if (next != end_of(arena) && !in_use(next))
		bytes += next->bytes;
	if (block->before != 0 && !in_use(behind(block, -block->before))) {
		bytes += block->before;
		block = behind(block, -block->before);
	}
	resize(arena, block, bytes);
	offset = (size_t)((uint8_t *)block - arena->mem);
	if (offset < arena->first_free)
		arena->first_free = offset;
	return 0;
}

void llext_arena_trim(struct llext_arena *arena, void *mem, size_t bytes)
{
	struct header *block = (struct header *)mem - 1, *rest;
	size_t old = block->bytes & ~USED;

	bytes = ((bytes + UNIT - 1) & ~(UNIT - 1)) + UNIT;
	if (bytes >= old)
		return;
	resize(arena, block, bytes);
	rest = next_block(block);
	rest->bytes = USED;
	resize(arena, rest, old - bytes);
	(void)llext_arena_free(arena, rest + 1);
}

void llext_arena_stats(const struct llext_arena *arena, struct llext_heap_stats *stats)
{
	*stats = (struct llext_heap_stats){
		.bytes = arena->bytes, .used = arena->used, .peak = arena->peak};
	for (struct header *block = first_block(arena); block != end_of(arena);
	     block = next_block(block)) {
		stats->blocks += in_use(block);
		if (!in_use(block) && block->bytes - UNIT > stats->largest_free)
			stats->largest_free = block->bytes - UNIT;
	}
}
