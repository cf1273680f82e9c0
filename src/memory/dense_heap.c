/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A heap for code. Its blocks are listed in the data heap and have no headers, so pieces of code
 * touch, and a protection unit that tells a few ranges apart needs one for all of them.
 *
 * So that this stays so, memory that is freed stays code, for the unit, until it is allocated
 * again: see llext_code_open() and llext_code_close() in protect.c.
 */
#include "dense_heap.h"

#if LLEXT_ON(CONFIG_LLEXT_DENSE_INSTR_HEAP)

struct code_block {
	struct code_block *next;
	uint8_t *mem;
	size_t bytes;
};

static struct code_block *blocks; /* by ascending address */

static uint8_t *end_of(const struct code_block *block)
{
	return block->mem + block->bytes;
}

int llext_dense_init(struct llext_arena *area, void *mem, size_t bytes)
{
	size_t skip = -(uintptr_t)mem % LLEXT_HEAP_UNIT;

	if (mem == NULL || bytes < skip + LLEXT_HEAP_UNIT)
		return -EINVAL;
	*area = (struct llext_arena){.mem = (uint8_t *)mem + skip,
				     .bytes = (bytes - skip) & ~(LLEXT_HEAP_UNIT - 1)};
	blocks = NULL;
	return 0;
}

/* The gap between two blocks: where @bytes fit into it, or NULL. */
static uint8_t *place_in(uint8_t *start, const uint8_t *end, size_t bytes, size_t align,
			 uintptr_t bias)
{
	size_t lead = (align - ((uintptr_t)start + bias)) & (align - 1),
	       gap = (size_t)(end - start);

	return gap >= lead && gap - lead >= bytes ? start + lead : NULL;
}

void *llext_dense_alloc(struct llext_arena *area, struct llext_arena *nodes, size_t bytes,
			size_t align, uintptr_t bias)
{
	struct code_block **at = &blocks, *block;
	uint8_t *start = area->mem, *mem = NULL;

	if (bytes == 0 || bytes > area->bytes || (align & (align - 1)) != 0)
		return NULL;
	if (align < LLEXT_HEAP_UNIT)
		align = LLEXT_HEAP_UNIT;
	bytes = aligned(bytes, LLEXT_HEAP_UNIT);
	for (;; at = &(*at)->next) {
		const uint8_t *end = *at != NULL ? (*at)->mem : area->mem + area->bytes;

		mem = place_in(start, end, bytes, align, bias);
		if (mem != NULL || *at == NULL)
			break;
		start = end_of(*at);
	}
	block = mem != NULL ? llext_arena_alloc(nodes, sizeof(*block), 0) : NULL;
	if (block == NULL)
		return NULL;
	*block = (struct code_block){*at, mem, bytes};
	*at = block;
	area->used += bytes;
	if (area->used > area->peak)
		area->peak = area->used;
	return mem;
}

/* What points to the block; there is one. */
static struct code_block **find(const void *mem)
{
	struct code_block **at = &blocks;

	while ((*at)->mem != mem)
		at = &(*at)->next;
	return at;
}

void llext_dense_free(struct llext_arena *area, struct llext_arena *nodes, const void *mem)
{
	struct code_block **at = find(mem), *block = *at;

	*at = block->next;
	area->used -= block->bytes;
	llext_arena_release(nodes, block);
}

bool llext_dense_is_last(const void *mem)
{
	return (*find(mem))->next == NULL;
}

bool llext_dense_trim(struct llext_arena *area, const void *mem, size_t bytes)
{
	struct code_block *block = *find(mem);

	if (block->next != NULL)
		return false;
	bytes = aligned(bytes, LLEXT_HEAP_UNIT);
	area->used -= block->bytes - bytes;
	block->bytes = bytes;
	return true;
}

void llext_dense_stats(const struct llext_arena *area, struct llext_heap_stats *stats)
{
	const uint8_t *start = area->mem, *end = area->mem + area->bytes;
	size_t largest = 0, count = 0;

	for (const struct code_block *block = blocks; block != NULL; block = block->next) {
		if ((size_t)(block->mem - start) > largest)
			largest = (size_t)(block->mem - start);
		start = end_of(block);
		count++;
	}
	if ((size_t)(end - start) > largest)
		largest = (size_t)(end - start);
	*stats = (struct llext_heap_stats){.bytes = area->bytes,
					   .used = area->used,
					   .peak = area->peak,
					   .largest_free = largest,
					   .blocks = count};
}

#endif /* CONFIG_LLEXT_DENSE_INSTR_HEAP */
