/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands between the library and its allocator (-Wl,--wrap): allocations can fail, and with
 * AddressSanitizer each has forbidden bytes behind it, which an arena by itself cannot have.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <llext/config.h>
#include <llext/heap.h>
#include "faults.h"
#include "poison.h"
#include "port.h"

void *__real_llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align);
void __real_llext_heap_free(enum llext_heap heap, void *mem);
void *__wrap_llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align);
void __wrap_llext_heap_free(enum llext_heap heap, void *mem);

/* A world without port.c has no locks. */
#pragma weak port_expect_locked

static void expect_locked(void)
{
	if (port_expect_locked != NULL)
		port_expect_locked();
}

#define GUARD 32u
#define MOST  4096

static struct {
	uint8_t *mem;
	size_t bytes;
} allocations[MOST];
static size_t count;

/* What is not used. */
static void forbid(const uint8_t *mem, size_t bytes)
{
	POISON(mem + bytes, ((bytes + GUARD) & ~(size_t)15) - bytes);
}

/* The place in allocations[]; its end where there is none. */
static size_t find(const void *mem)
{
	size_t i = 0;

	while (i < count && allocations[i].mem != mem)
		i++;
	return i;
}

void *__wrap_llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align)
{
	uint8_t *mem;

	expect_locked();
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
	/* What an allocation has in it is not 0, and ends no name. */
	if (heap == LLEXT_HEAP_DATA)
		memset(mem, 0xa5, bytes);
	forbid(mem, bytes);
	return mem;
}

void __wrap_llext_heap_free(enum llext_heap heap, void *mem)
{
	size_t i = find(mem);

	expect_locked();
	if (mem != NULL && i == count)
		abort(); /* not an allocation */
	if (mem != NULL) {
		UNPOISON(mem, allocations[i].bytes + GUARD);
		allocations[i] = allocations[--count];
	}
	__real_llext_heap_free(heap, mem);
}

#if LLEXT_TARGET_ARM /* gives back room for veneers */
void __real_llext_heap_trim(enum llext_heap heap, void *mem, size_t bytes);
void __wrap_llext_heap_trim(enum llext_heap heap, void *mem, size_t bytes);

void __wrap_llext_heap_trim(enum llext_heap heap, void *mem, size_t bytes)
{
	size_t i = find(mem);

	expect_locked();
	if (i == count || bytes > allocations[i].bytes)
		abort(); /* not an allocation, or a larger one */
	UNPOISON(mem, allocations[i].bytes + GUARD);
	allocations[i].bytes = bytes;
	__real_llext_heap_trim(heap, mem, bytes + GUARD);
	forbid(mem, bytes);
}
#endif
