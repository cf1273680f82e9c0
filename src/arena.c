/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A first-fit allocator over one piece of memory. Blocks lie one behind the other. Each has a
 * header with its own length, whether it is in use, and the length of the block before it. Freeing
 * takes a few instructions, however many blocks there are, since it is done under the guard.
 * llext_arena_free() compares the headers around a pointer to find out whether it is that of a
 * block in use.
 */
#include <errno.h>
#include <stdbool.h>
#include <llext/heap.h>
#include "arena.h"

/* elf_addr is as wide as the device's size_t, also on the desk. */
struct header {
	elf_addr bytes;  /* of the whole block, header included; bit 0: in use */
	elf_addr before; /* bytes of the block before it, 0: it is the first */
};

#define UNIT LLEXT_HEAP_UNIT /* = sizeof(struct header) */
#define USED ((elf_addr)1)

static struct header *behind(struct header *block, size_t bytes)
{
	return (struct header *)(void *)((uint8_t *)block + bytes);
}

/* The block before; the first block itself. */
static struct header *previous_block(struct header *block)
{
	return (struct header *)(void *)((uint8_t *)block - block->before);
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
	arena->last = 0;
	arena->blocks = 0;
	*first_block(arena) = (struct header){(elf_addr)bytes, 0};
	return 0;
}

/* Set the size of a block, and whether it is in use. */
static inline __attribute__((always_inline)) void
set(struct llext_arena *arena, struct header *block, size_t bytes, size_t used)
{
	struct header *next = behind(block, bytes);

	block->bytes = (elf_addr)(bytes | used);
	if (next != end_of(arena))
		next->before = (elf_addr)bytes;
	else
		arena->last = (size_t)((uint8_t *)block - arena->mem);
}

/*
 * Use @bytes bytes of a free block, from @lead bytes into it on. The rest on both sides stays free.
 */
static void *take(struct llext_arena *arena, struct header *block, size_t lead, size_t bytes)
{
	struct header *next = behind(block, block->bytes);
	size_t rest = block->bytes - lead - bytes, last = bytes;
	struct header *taken = behind(block, lead);

	if (lead != 0) {
		block->bytes = (elf_addr)lead;
		taken->before = (elf_addr)lead;
	} else if ((uint8_t *)block == arena->mem + arena->first_free) {
		arena->first_free += bytes;
	}
	taken->bytes = (elf_addr)bytes | USED;
	if (rest != 0) {
		block = behind(taken, bytes);
		*block = (struct header){(elf_addr)rest, (elf_addr)bytes};
		last = rest;
	} else {
		block = taken;
	}
	if (next != end_of(arena))
		next->before = (elf_addr)last;
	else
		arena->last = (size_t)((uint8_t *)block - arena->mem);
	arena->blocks++;
	arena->used += bytes;
	if (arena->used > arena->peak)
		arena->peak = arena->used;
	return taken + 1;
}

/*
 * The size of the block for a request, its header included; 0: the request is invalid or too large.
 */
static size_t block_bytes(const struct llext_arena *arena, size_t bytes, size_t align)
{
	if (bytes == 0 || (align & (align - 1)) != 0 || bytes > arena->bytes)
		return 0;
	return ((bytes + UNIT - 1) & ~(UNIT - 1)) + UNIT;
}

void *llext_arena_alloc_biased(struct llext_arena *arena, size_t bytes, size_t align,
			       uintptr_t bias)
{
	struct header *block = behind(first_block(arena), arena->first_free);

	bytes = block_bytes(arena, bytes, align);
	if (bytes == 0)
		return NULL;
	if (align < UNIT)
		align = UNIT;
	while (block != end_of(arena) && in_use(block))
		block = next_block(block);
	arena->first_free = (size_t)((uint8_t *)block - arena->mem);
	for (; block != end_of(arena); block = next_block(block)) {
		size_t lead;

		if (in_use(block))
			continue;
		/* The bytes in front of the aligned block become a free block. */
		lead = (align - ((uintptr_t)(block + 1) + bias)) & (align - 1);
		if (lead <= block->bytes && bytes <= block->bytes - lead)
			return take(arena, block, lead, bytes);
	}
	return NULL;
}

void *llext_arena_alloc_last(struct llext_arena *arena, size_t bytes, size_t align)
{
	struct header *block = behind(first_block(arena), arena->last);

	bytes = block_bytes(arena, bytes, align);
	if (bytes == 0)
		return NULL;
	for (;; block = previous_block(block)) {
		uintptr_t at = (uintptr_t)block + (block->bytes & ~USED) - bytes + UNIT;

		if (!in_use(block) && bytes <= block->bytes) {
			if (align > UNIT)
				at &= ~((uintptr_t)align - 1);
			if (at - UNIT >= (uintptr_t)block)
				return take(arena, block, at - UNIT - (uintptr_t)block, bytes);
		}
		if (block->before == 0)
			return NULL;
	}
}

void *llext_arena_alloc(struct llext_arena *arena, size_t bytes, size_t align)
{
	return llext_arena_alloc_biased(arena, bytes, align, 0);
}

void llext_arena_release(struct llext_arena *arena, void *mem)
{
	struct header *block = (struct header *)mem - 1, *next = next_block(block);
	struct header *before = previous_block(block);
	size_t bytes = block->bytes & ~USED, offset;

	block->bytes = (elf_addr)bytes; /* so that freeing it once more is an error */
	arena->used -= bytes;
	arena->blocks--;
	if (next != end_of(arena) && !in_use(next))
		bytes += next->bytes;
	if (before != block && !in_use(before)) {
		bytes += before->bytes;
		block = before;
	}
	set(arena, block, bytes, 0);
	offset = (size_t)((uint8_t *)block - arena->mem);
	if (offset < arena->first_free)
		arena->first_free = offset;
}

/* Do the headers around it say that this is an allocation? */
static bool is_allocation(const struct llext_arena *arena, const void *mem)
{
	size_t offset = (size_t)((uintptr_t)mem - (uintptr_t)arena->mem) - UNIT;
	struct header *block = behind(first_block(arena), offset);
	size_t room = arena->bytes - offset, bytes;

	if (offset >= arena->bytes || offset % UNIT != 0 || !in_use(block))
		return false;
	bytes = block->bytes & ~USED;
	if (bytes > room || bytes < UNIT || bytes % UNIT != 0 ||
	    (bytes != room && behind(block, bytes)->before != bytes))
		return false;
	if (block->before > offset || block->before % UNIT != 0 ||
	    (block->before == 0) != (offset == 0))
		return false;
	if (offset != 0 && (previous_block(block)->bytes & ~USED) != block->before)
		return false;
	return true;
}

int llext_arena_free(struct llext_arena *arena, void *mem)
{
	if (mem != NULL && !is_allocation(arena, mem))
		return -EINVAL;
	if (mem != NULL)
		llext_arena_release(arena, mem);
	return 0;
}

void llext_arena_trim(struct llext_arena *arena, void *mem, size_t bytes)
{
	struct header *block = (struct header *)mem - 1, *rest;
	size_t old = block->bytes & ~USED;

	bytes = ((bytes + UNIT - 1) & ~(UNIT - 1)) + UNIT;
	if (bytes >= old)
		return;
	set(arena, block, bytes, USED);
	rest = behind(block, bytes);
	set(arena, rest, old - bytes, USED);
	arena->blocks++;
	llext_arena_release(arena, rest + 1);
}

/*
 * Under the guard, so the walk is short: it begins at the first free block, and ends where what is
 * left is no larger than what was found. Most often that is the end of the arena.
 */
void llext_arena_stats(const struct llext_arena *arena, struct llext_heap_stats *stats)
{
	struct header *block = behind(first_block(arena), arena->last);
	size_t largest = in_use(block) ? UNIT : block->bytes;
	const uint8_t *end = (const uint8_t *)end_of(arena);

	block = behind(first_block(arena), arena->first_free);
	while ((size_t)(end - (const uint8_t *)block) > largest) {
		size_t size = block->bytes;

		if (size & USED)
			size -= USED;
		else if (size > largest)
			largest = size;
		block = behind(block, size);
	}
	*stats = (struct llext_heap_stats){.bytes = arena->bytes,
					   .used = arena->used,
					   .peak = arena->peak,
					   .blocks = arena->blocks,
					   .largest_free = largest - UNIT};
}
