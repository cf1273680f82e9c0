/* SPDX-License-Identifier: Apache-2.0 */
/* The LLEXT heaps: one arena, or one for instructions and one for data. */
#include "internal.h"
#include "arena.h"

struct heap {
	struct llext_arena arena;
	uintptr_t bias; /* load address minus write address */
	bool ready;
};

static struct heap heaps[2]; /* by enum llext_heap; where one serves both, the first */

#if !CONFIG_LLEXT_HEAP_DYNAMIC
static uint8_t own_memory[CONFIG_LLEXT_HEAP_SIZE * 1024u] __attribute__((aligned(16)));
#endif

static struct heap *heap_of(enum llext_heap heap)
{
	return heap == LLEXT_HEAP_INSTR && heaps[LLEXT_HEAP_INSTR].ready ? &heaps[LLEXT_HEAP_INSTR]
									 : &heaps[LLEXT_HEAP_DATA];
}

static int hand_over(struct heap *heap, const struct llext_heap_area *area)
{
	int rc = llext_arena_init(&heap->arena, area->mem, area->bytes);

	if (rc == 0) {
		heap->bias = area->load - (uintptr_t)area->mem;
		heap->ready = true;
	}
	return rc;
}

bool llext_heap_ready(void)
{
#if !CONFIG_LLEXT_HEAP_DYNAMIC
	if (!heaps[LLEXT_HEAP_DATA].ready) {
		const struct llext_heap_area own = {own_memory, (uintptr_t)own_memory,
						    sizeof(own_memory)};

		(void)hand_over(&heaps[LLEXT_HEAP_DATA], &own);
	}
#endif
	return heaps[LLEXT_HEAP_DATA].ready;
}

bool llext_heap_shared(void)
{
	return !heaps[LLEXT_HEAP_INSTR].ready;
}

int llext_heap_init_areas(const struct llext_heap_area *instr, const struct llext_heap_area *data)
{
	int rc;

	if (!CONFIG_LLEXT_HEAP_DYNAMIC)
		return -ENOSYS;
	if (data == NULL)
		return -EINVAL;
	llext_lock();
	rc = heaps[LLEXT_HEAP_DATA].ready ? -EBUSY : hand_over(&heaps[LLEXT_HEAP_DATA], data);
	if (rc == 0 && instr != NULL) {
		rc = hand_over(&heaps[LLEXT_HEAP_INSTR], instr);
		if (rc != 0)
			heaps[LLEXT_HEAP_DATA].ready = false;
	}
	llext_unlock();
	return rc;
}

int llext_heap_init(void *mem, size_t bytes)
{
	const struct llext_heap_area area = {mem, (uintptr_t)mem, bytes};

	return llext_heap_init_areas(NULL, &area);
}

int llext_heap_init_harvard(void *instr_mem, size_t instr_bytes, void *data_mem, size_t data_bytes)
{
	const struct llext_heap_area instr = {instr_mem, (uintptr_t)instr_mem, instr_bytes};
	const struct llext_heap_area data = {data_mem, (uintptr_t)data_mem, data_bytes};

	return llext_heap_init_areas(&instr, &data);
}

int llext_heap_uninit(void)
{
	int rc = 0;

	if (!CONFIG_LLEXT_HEAP_DYNAMIC)
		return -ENOSYS;
	llext_lock();
	if (llext_first() != NULL) {
		rc = -EBUSY;
	} else {
		heaps[LLEXT_HEAP_DATA].ready = false;
		heaps[LLEXT_HEAP_INSTR].ready = false;
	}
	llext_unlock();
	return rc;
}

int llext_heap_stats(enum llext_heap heap, struct llext_heap_stats *stats)
{
	int rc = -ENOSYS;

	llext_lock();
	if (llext_heap_ready()) {
		llext_arena_stats(&heap_of(heap)->arena, stats);
		rc = 0;
	}
	llext_unlock();
	return rc;
}

void *llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align)
{
	struct heap *h = heap_of(heap);

	return llext_arena_alloc_biased(&h->arena, bytes, align, h->bias);
}

void llext_heap_free(enum llext_heap heap, void *mem)
{
	(void)llext_arena_free(&heap_of(heap)->arena, mem);
}

uintptr_t llext_heap_load_address(enum llext_heap heap, const void *mem)
{
	return (uintptr_t)mem + heap_of(heap)->bias;
}

/* The load addresses that allocations of a heap can have: [low, high). */
void llext_heap_range(enum llext_heap heap, elf_addr *low, elf_addr *high)
{
	const struct heap *h = heap_of(heap);

	*low = (elf_addr)((uintptr_t)h->arena.mem + h->bias);
	*high = *low + (elf_addr)h->arena.bytes;
}
