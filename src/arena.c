/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A first-fit allocator over one piece of memory: blocks lie one behind the other, each with a
 * header that says how long it is and whether it is in use. There is no other state, so a walk
 * from the start sees everything, and freeing a wrong pointer is noticed.
 */
#include <errno.h>
#include <stdbool.h>
#include <llext/heap.h>
#include "arena.h"

struct header {
	size_t bytes;  /* of the whole block, header included; bit 0: in use */
	size_t unused; /* keeps what follows aligned for any type */
};

#define UNIT  sizeof(struct header) /* every block's size and address is a multiple */
#define USED  ((size_t)1)
#define LEAST (2 * UNIT) /* a block with room for one unit */

static struct header *header_at(const struct llext_arena *arena, size_t offset)
{
	return (struct header *)(void *)(arena->mem + offset);
}

static size_t block_bytes(const struct header *header)
{
	return header->bytes & ~USED;
}

static bool in_use(const struct header *header)
{
	return (header->bytes & USED) != 0;
}

int llext_arena_init(struct llext_arena *arena, void *mem, size_t bytes)
{
	uintptr_t start = (uintptr_t)mem;
	size_t skip = (UNIT - start % UNIT) % UNIT;

	if (arena == NULL || mem == NULL || bytes < skip + LEAST)
		return -EINVAL;
	*arena = (struct llext_arena){.mem = (uint8_t *)mem + skip,
				      .bytes = (bytes - skip) / UNIT * UNIT};
	*header_at(arena, 0) = (struct header){.bytes = arena->bytes};
	return 0;
}

/*
 * Where in a free block at @offset an allocation can start so that its address plus @bias is
 * aligned and what is left in front of it is nothing or a whole block. SIZE_MAX: nowhere.
 */
static size_t aligned_start(const struct llext_arena *arena, size_t offset, size_t bytes,
			    size_t align, uintptr_t bias)
{
	size_t room = block_bytes(header_at(arena, offset));
	uintptr_t base = (uintptr_t)arena->mem + bias + offset + UNIT;
	size_t lead = (size_t)(-base & (align - 1));

	if (lead != 0 && lead < LEAST)
		lead += align; /* align > UNIT here, since base is a multiple of UNIT */
	if (lead > room || bytes > room - lead)
		return SIZE_MAX;
	return offset + lead;
}

/* Cut the free block at @offset so that one of @bytes bytes in use starts at @start. */
static void *take(struct llext_arena *arena, size_t offset, size_t start, size_t bytes)
{
	struct header *block = header_at(arena, offset);
	size_t room = block_bytes(block);

	if (start != offset) {
		block->bytes = start - offset;
		room -= start - offset;
		block = header_at(arena, start);
	}
	if (room - bytes >= LEAST)
		header_at(arena, start + bytes)->bytes = room - bytes;
	else
		bytes = room;
	block->bytes = bytes | USED;
	arena->used += bytes;
	arena->blocks++;
	if (arena->used > arena->peak)
		arena->peak = arena->used;
	return block + 1;
}

void *llext_arena_alloc_biased(struct llext_arena *arena, size_t bytes, size_t align,
			       uintptr_t bias)
{
	if (align < UNIT)
		align = align == 0 || (align & (align - 1)) == 0 ? UNIT : 0;
	if (bytes == 0 || (align & (align - 1)) != 0 || align == 0 || bytes > arena->bytes)
		return NULL;
	bytes = (bytes + UNIT - 1) / UNIT * UNIT + UNIT;

	for (size_t offset = 0; offset < arena->bytes;) {
		const struct header *block = header_at(arena, offset);

		if (!in_use(block)) {
			size_t start = aligned_start(arena, offset, bytes, align, bias);

			if (start != SIZE_MAX)
				return take(arena, offset, start, bytes);
		}
		offset += block_bytes(block);
	}
	return NULL;
}

void *llext_arena_alloc(struct llext_arena *arena, size_t bytes, size_t align)
{
	return llext_arena_alloc_biased(arena, bytes, align, 0);
}

int llext_arena_free(struct llext_arena *arena, void *mem)
{
	struct header *before = NULL;

	if (mem == NULL)
		return 0;
	for (size_t offset = 0; offset < arena->bytes;) {
		struct header *block = header_at(arena, offset);
		size_t next = offset + block_bytes(block);

		if ((void *)(block + 1) == mem) {
			if (!in_use(block))
				return -EINVAL;
			arena->used -= block_bytes(block);
			arena->blocks--;
			block->bytes &= ~USED;
			if (next < arena->bytes && !in_use(header_at(arena, next)))
				block->bytes += header_at(arena, next)->bytes;
			if (before != NULL && !in_use(before))
				before->bytes += block->bytes;
			return 0;
		}
		before = block;
		offset = next;
	}
	return -EINVAL;
}

void llext_arena_stats(const struct llext_arena *arena, struct llext_heap_stats *stats)
{
	*stats = (struct llext_heap_stats){.bytes = arena->bytes,
					   .used = arena->used,
					   .peak = arena->peak,
					   .blocks = arena->blocks};
	for (size_t offset = 0; offset < arena->bytes;) {
		const struct header *block = header_at(arena, offset);

		if (!in_use(block) && block_bytes(block) - UNIT > stats->largest_free)
			stats->largest_free = block_bytes(block) - UNIT;
		offset += block_bytes(block);
	}
}
