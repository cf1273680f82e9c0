/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands between the library and its allocator (-Wl,--wrap): allocations can fail, and with
 * AddressSanitizer each has forbidden bytes behind it, which an arena by itself cannot have.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <llext/heap.h>
#include "faults.h"
#include "poison.h"

void *__real_llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align);
void __real_llext_heap_free(enum llext_heap heap, void *mem);
void *__wrap_llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align);
void __wrap_llext_heap_free(enum llext_heap heap, void *mem);

#define GUARD 32u
#define MOST  4096

static struct {
	uint8_t *mem;
	size_t bytes;
} allocations[MOST];
static size_t count;

void *__wrap_llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align)
{
	uint8_t *mem;

	if (fault_now(OPERATION_ALLOC) || bytes > SIZE_MAX - GUARD)
		return NULL;
	if (bytes == 0) /* keeps its meaning */
		return __real_llext_heap_alloc(heap, bytes, align);
	mem = __real_llext_heap_alloc(heap, bytes + GUARD, align);
	if (mem == NULL)
		return NULL;
	if (count == MOST)
		abort();
	allocations[count].mem = mem;
	allocations[count++].bytes = bytes;
	POISON(mem + bytes, ((bytes + GUARD) & ~(size_t)15) - bytes);
	return mem;
}

void __wrap_llext_heap_free(enum llext_heap heap, void *mem)
{
	size_t i = count;

	while (i > 0 && allocations[i - 1].mem != mem)
		i--;
	if (mem != NULL && i == 0)
		abort(); /* not an allocation */
	if (mem != NULL) {
		UNPOISON(mem, allocations[i - 1].bytes + GUARD);
		allocations[i - 1] = allocations[--count];
	}
	__real_llext_heap_free(heap, mem);
}
