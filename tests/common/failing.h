/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For a test of one file that is linked with --wrap=llext_heap_alloc and --wrap=mprotect: the N-th
 * operation of a kind fails.
 */
#ifndef FAILING_H
#define FAILING_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <llext/heap.h>

enum operation { NOTHING, ALLOCATE, PROTECT, READ };

static enum operation failing;
static unsigned int countdown;
static bool fired;

static bool fails(enum operation operation)
{
	if (failing != operation || --countdown != 0)
		return false;
	fired = true;
	failing = NOTHING;
	return true;
}

void *__real_llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align);
void *__wrap_llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align);
void *__wrap_llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align)
{
	return fails(ALLOCATE) ? NULL : __real_llext_heap_alloc(heap, bytes, align);
}

int __real_mprotect(void *mem, size_t bytes, int access);
int __wrap_mprotect(void *mem, size_t bytes, int access);
int __wrap_mprotect(void *mem, size_t bytes, int access)
{
	if (fails(PROTECT)) {
		errno = EREMOTEIO;
		return -1;
	}
	return __real_mprotect(mem, bytes, access);
}

#endif
