/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory pools for extensions, over the library's own allocator, under the port's guard. Compile
 * this into the firmware itself, not through an archive, so that the exports stay: Tenon::zephyr
 * does.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <llext/port.h>
#include <llext/symbol.h>
#include <zephyr/kernel.h>

/* K_HEAP_DEFINE cannot run code: the arena is made when the pool is first used. */
static bool ready(struct k_heap *heap)
{
	return heap->arena.bytes != 0 ||
	       llext_arena_init(&heap->arena, heap->mem, heap->bytes) == 0;
}

void k_heap_init(struct k_heap *heap, void *mem, size_t bytes)
{
	*heap = (struct k_heap){.mem = mem, .bytes = bytes};
	(void)ready(heap); /* too small: so says every allocation */
}
EXPORT_SYMBOL(k_heap_init);

void *k_heap_aligned_alloc(struct k_heap *heap, size_t align, size_t bytes, k_timeout_t timeout)
{
	void *mem = NULL;

	ARG_UNUSED(timeout);
	llext_port_guard();
	if (ready(heap))
		mem = llext_arena_alloc(&heap->arena, bytes, align);
	llext_port_unguard();
	return mem;
}
EXPORT_SYMBOL(k_heap_aligned_alloc);

void *k_heap_alloc(struct k_heap *heap, size_t bytes, k_timeout_t timeout)
{
	return k_heap_aligned_alloc(heap, 0, bytes, timeout);
}
EXPORT_SYMBOL(k_heap_alloc);

void *k_heap_calloc(struct k_heap *heap, size_t num, size_t size, k_timeout_t timeout)
{
	void *mem;

	if (size != 0 && num > SIZE_MAX / size)
		return NULL;
	mem = k_heap_aligned_alloc(heap, 0, num * size, timeout);
	return mem != NULL ? memset(mem, 0, num * size) : NULL;
}
EXPORT_SYMBOL(k_heap_calloc);

void k_heap_free(struct k_heap *heap, void *mem)
{
	int rc = 0;

	llext_port_guard();
	if (mem != NULL)
		rc = heap->arena.bytes != 0 ? llext_arena_free(&heap->arena, mem) : -1;
	llext_port_unguard();
	if (rc != 0)
		printk("k_heap_free: %p is not an allocation of this pool\n", mem);
}
EXPORT_SYMBOL(k_heap_free);
