/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small core's allocator: first fit, for the few blocks that it has. Blocks lie one behind the
 * other, each with its header; a header of no bytes, in use, ends them. Free neighbours become one
 * when an allocation passes them.
 */
#include <errno.h>
#include <stdbool.h>
#include "../arena.h"

/* elf_addr is as wide as the device's size_t, also on the desk. */
struct header {
	elf_addr bytes;  /* of the whole block, header included */
	elf_addr in_use; /* 1 or 0 */
};

#define UNIT LLEXT_HEAP_UNIT /* = sizeof(struct header) */

static struct header *behind(struct header *block, size_t bytes)
{
	return (struct header *)(void *)((uint8_t *)block + bytes);
}

static struct header *first_block(const struct llext_arena *arena)
{
	return (struct header *)(void *)arena->mem;
}

/* The block behind this one. Free ones become part of this one first, if it is free. */
static struct header *next_block(struct header *block)
{
	struct header *next = behind(block, block->bytes);

	while (!block->in_use && !next->in_use) {
		block->bytes += next->bytes;
		next = behind(block, block->bytes);
	}
	return next;
}

int llext_arena_init(struct llext_arena *arena, void *mem, size_t bytes)
{
	size_t skip = -(uintptr_t)mem % UNIT;
	struct header *first = behind(mem, skip);

	if (mem == NULL || bytes < skip + 3 * UNIT)
		return -EINVAL;
	bytes = (bytes - skip - UNIT) & ~(UNIT - 1);
	arena->mem = (uint8_t *)first;
	arena->bytes = bytes;
	arena->used = arena->peak = 0;
	*first = (struct header){(elf_addr)bytes, 0};
	*behind(first, bytes) = (struct header){0, 1};
	return 0;
}

/*
 * Use @bytes bytes of a free block, from @lead bytes into it on. The rest on both sides stays free.
 */
static void *take(struct llext_arena *arena, struct header *block, size_t lead, size_t bytes)
{
	struct header *taken = behind(block, lead);
	size_t rest = block->bytes - lead - bytes;

	block->bytes = (elf_addr)lead;
	*taken = (struct header){(elf_addr)bytes, 1};
	if (rest != 0)
		*behind(taken, bytes) = (struct header){(elf_addr)rest, 0};
	arena->used += bytes;
	if (arena->used > arena->peak)
		arena->peak = arena->used;
	return taken + 1;
}

void *llext_arena_alloc(struct llext_arena *arena, size_t bytes, size_t align)
{
	struct header *block = first_block(arena), *next;

	if (bytes == 0 || (align & (align - 1)) != 0 || bytes > arena->bytes)
		return NULL;
	bytes = ((bytes + UNIT - 1) & ~(UNIT - 1)) + UNIT;
	if (align < UNIT)
		align = UNIT;
	for (; block->bytes != 0; block = next) {
		/* The bytes in front of the aligned block become a free block. */
		size_t lead = -(uintptr_t)(block + 1) & (align - 1);

		next = next_block(block);
		if (!block->in_use && lead <= block->bytes && bytes <= block->bytes - lead)
			return take(arena, block, lead, bytes);
	}
	return NULL;
}

/* No heap has a bias: CONFIG_LLEXT_SPLIT_HEAP is off. */
void *llext_arena_alloc_biased(struct llext_arena *arena, size_t bytes, size_t align,
			       uintptr_t bias)
{
	(void)bias;
	return llext_arena_alloc(arena, bytes, align);
}

void llext_arena_release(struct llext_arena *arena, void *mem)
{
	struct header *block = (struct header *)mem - 1;

	block->in_use = 0;
	arena->used -= block->bytes;
}

int llext_arena_free(struct llext_arena *arena, void *mem)
{
	struct header *block = first_block(arena);

	if (mem == NULL)
		return 0;
	while (block->bytes != 0 && block + 1 != mem)
		block = next_block(block);
	if (block->bytes == 0 || !block->in_use)
		return -EINVAL;
	llext_arena_release(arena, mem);
	return 0;
}

void llext_arena_stats(const struct llext_arena *arena, struct llext_heap_stats *stats)
{
	struct header *block = first_block(arena), *next;
	size_t largest = UNIT, blocks = 0;

	for (; block->bytes != 0; block = next) {
		next = next_block(block);
		blocks += block->in_use;
		if (!block->in_use && block->bytes > largest)
			largest = block->bytes;
	}
	*stats = (struct llext_heap_stats){.bytes = arena->bytes,
					   .used = arena->used,
					   .peak = arena->peak,
					   .blocks = blocks,
					   .largest_free = largest - UNIT};
}
