/* SPDX-License-Identifier: Apache-2.0 */
/*
 * k_malloc() and the objects that are allocated. In front of each allocation stands the pool that
 * it is from: any thread may free it.
 */
#include <llext/domain.h>
#include <llext/symbol.h>
#include <zephyr/kernel.h>

struct header {
	struct k_heap *heap;
	void *mem; /* what was allocated there */
};

struct k_heap *k_malloc_heap;

void *k_aligned_alloc(size_t align, size_t bytes)
{
	struct k_thread *thread = k_current_get();
	struct k_heap *heap = thread != NULL && thread->heap != NULL ? thread->heap : k_malloc_heap;
	size_t front;
	uint8_t *mem;

	if (align < sizeof(struct header))
		align = sizeof(struct header);
	if (heap == NULL || (align & (align - 1)) != 0 || bytes > SIZE_MAX - align)
		return NULL;
	front = align; /* room for the header, and still aligned */
	mem = k_heap_aligned_alloc(heap, align, front + bytes, K_NO_WAIT);
	if (mem == NULL)
		return NULL;
	((struct header *)(void *)(mem + front))[-1] = (struct header){heap, mem};
	return mem + front;
}
EXPORT_SYMBOL(k_aligned_alloc);

void *k_malloc(size_t bytes)
{
	return k_aligned_alloc(2 * sizeof(void *), bytes);
}

void *k_calloc(size_t count, size_t bytes)
{
	void *mem;

	if (bytes != 0 && count > SIZE_MAX / bytes)
		return NULL;
	mem = k_malloc(count * bytes);
	return mem != NULL ? memset(mem, 0, count * bytes) : NULL;
}
EXPORT_SYMBOL(k_calloc);

void k_free(void *mem)
{
	struct header *header = (struct header *)mem;

	if (mem != NULL)
		k_heap_free(header[-1].heap, header[-1].mem);
}
/* In a domain: its own heap. */
EXPORT_DOMAIN_HEAP(k_malloc, k_free);

void *k_object_alloc(enum k_objects kind)
{
	switch (kind) {
	case K_OBJ_SEM:
		return k_calloc(1, sizeof(struct k_sem));
	case K_OBJ_MUTEX:
		return k_calloc(1, sizeof(struct k_mutex));
	case K_OBJ_EVENT:
		return k_calloc(1, sizeof(struct k_event));
	case K_OBJ_THREAD:
		return k_calloc(1, sizeof(struct k_thread));
	default:
		return NULL;
	}
}
EXPORT_SYMBOL(k_object_alloc);

void k_object_free(void *object)
{
	k_free(object);
}
EXPORT_SYMBOL(k_object_free);

k_thread_stack_t *k_thread_stack_alloc(size_t bytes, int options)
{
	ARG_UNUSED(options);
	return k_aligned_alloc(16, bytes);
}
EXPORT_SYMBOL(k_thread_stack_alloc);

int k_thread_stack_free(k_thread_stack_t *stack)
{
	k_free(stack);
	return 0;
}
EXPORT_SYMBOL(k_thread_stack_free);
