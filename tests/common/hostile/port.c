/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test port: the port for Linux with every call counted, able to fail, and its protections
 * recorded. With a granule below a page the protections are recorded only, which is fast, and lets
 * small files have segments of different access.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <llext/heap.h>
#include <llext/port.h>
#include "faults.h"
#include "poison.h"
#include "port.h"
#include "processor.h"

/* ports/posix/port.c, compiled with its constant under this name. */
extern const struct llext_port llext_posix_port;

struct protections protections;

static void fail(const char *what)
{
	fprintf(stderr, "test port: %s\n", what);
	abort();
}

static bool overlap(const struct llext_extent *a, const struct llext_extent *b)
{
	return a->load < b->load + b->bytes && b->load < a->load + a->bytes;
}

/* Protections are given and taken back in pairs, and no byte ever has two. */
static void record(const struct llext_extent *extent, enum llext_access access)
{
	struct protections *p = &protections;

	for (size_t i = 0; i < p->count; i++) {
		const struct llext_extent *given = &p->given[i].extent;

		if (overlap(given, extent) && p->given[i].access != access &&
		    (given->mem != extent->mem || given->bytes != extent->bytes))
			fail("memory of one access overlaps memory of another");
		/* Memory of a persistent source goes back to what it was, which is read-only. */
		if (given->mem == extent->mem && given->bytes == extent->bytes &&
		    p->given[i].access != access) {
			p->given[i] = p->given[--p->count];
			return;
		}
	}
	if (access == LLEXT_ACCESS_RW)
		fail("protection is taken back that was never given");
	if (p->count == PROTECTIONS_MAX)
		fail("too many pieces of memory");
	p->given[p->count].extent = *extent;
	p->given[p->count++].access = access;
}

static int protect(const struct llext_extent *extent, enum llext_access access)
{
	if (fault_now(OPERATION_PROTECT))
		return fault_result();
	record(extent, access);
	return TEST_GRANULE < 4096 ? 0 : llext_posix_port.protect(extent, access);
}

static int in_place(const struct llext_extent *extent, const void *base, size_t length)
{
	return TEST_GRANULE < 4096 ? (int)LLEXT_ACCESS_RO
				   : llext_posix_port.in_place(extent, base, length);
}

/* ---- memory for executables: nobody may touch what is not claimed ---- */

static struct llext_extent claimed[16];

static void open_window(void)
{
	static bool open;

	if (open)
		return;
	if (mmap((void *)WINDOW_START, WINDOW_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != (void *)WINDOW_START)
		fail("there is no memory for executables");
	POISON((void *)WINDOW_START, WINDOW_BYTES);
	open = true;
}

static int claim(struct llext_extent *extent, enum llext_access access, const char **occupant)
{
	struct protections *p = &protections;

	(void)access;
	if (fault_now(OPERATION_CLAIM))
		return fault_result();
	if (extent->bytes == 0 || (extent->load & ((uintptr_t)TEST_GRANULE - 1)) != 0 ||
	    (extent->bytes & ((size_t)TEST_GRANULE - 1)) != 0 ||
	    (uintptr_t)extent->mem != extent->load)
		fail("a claim that is not as promised");
	if (extent->load < WINDOW_START || extent->bytes > WINDOW_BYTES ||
	    extent->load - WINDOW_START > WINDOW_BYTES - extent->bytes) {
		*occupant = "outside";
		return -EBUSY;
	}
	for (size_t i = 0; i < p->claims; i++) {
		if (overlap(&claimed[i], extent))
			fail("memory is claimed twice");
	}
	if (p->claims == sizeof(claimed) / sizeof(claimed[0]))
		fail("too many claims");
	open_window();
	UNPOISON(extent->mem, extent->bytes);
	claimed[p->claims++] = *extent;
	return 0;
}

static void release(const struct llext_extent *extent)
{
	struct protections *p = &protections;

	for (size_t i = 0; i < p->count; i++) {
		if (overlap(&p->given[i].extent, extent))
			fail("memory is released that is still protected");
	}
	for (size_t i = 0; i < p->claims; i++) {
		if (claimed[i].load != extent->load || claimed[i].bytes != extent->bytes)
			continue;
		memset(extent->mem, 0xa5, extent->bytes);
		POISON(extent->mem, extent->bytes);
		claimed[i] = claimed[--p->claims];
		return;
	}
	fail("memory is released that was never claimed");
}

/* ---- locks: depths are counted, and who needs which is checked ---- */

static _Thread_local int locked, guarded; /* some tests have threads */

static void lock(void)
{
	if (guarded != 0)
		fail("the lock is taken under the guard");
	llext_posix_port.lock();
	locked++;
}

static void unlock(void)
{
	if (locked == 0 || guarded != 0)
		fail("the lock is released that nobody holds, or under the guard");
	locked--;
	llext_posix_port.unlock();
}

static void guard(void)
{
	if (guarded != 0)
		fail("the guard is taken twice");
	llext_posix_port.guard();
	guarded = 1;
}

static void unguard(void)
{
	if (guarded == 0)
		fail("the guard is released that nobody holds");
	guarded = 0;
	llext_posix_port.unguard();
}

void port_expect_unguarded(void)
{
	if (guarded != 0)
		fail("the guard is held for longer than it may be");
}

void port_expect_unlocked(void)
{
	port_expect_unguarded();
	if (locked != 0)
		fail("the lock stays taken");
}

void port_expect_locked(void)
{
	if (LLEXT_ON(CONFIG_LLEXT_LOCK) && locked == 0)
		fail("the heap is used without the lock");
}

void port_expect_guarded(void)
{
	if (LLEXT_ON(CONFIG_LLEXT_LOCK) && guarded == 0)
		fail("the heap's memory is used without the guard");
}

/* Between the heaps and their arenas (-Wl,--wrap): only under the guard. */
void *__real_llext_arena_alloc_biased(struct llext_arena *arena, size_t bytes, size_t align,
				      uintptr_t bias);
void *__wrap_llext_arena_alloc_biased(struct llext_arena *arena, size_t bytes, size_t align,
				      uintptr_t bias);
void *__real_llext_arena_alloc_last(struct llext_arena *arena, size_t bytes, size_t align);
void *__wrap_llext_arena_alloc_last(struct llext_arena *arena, size_t bytes, size_t align);
void __real_llext_arena_release(struct llext_arena *arena, void *mem);
void __wrap_llext_arena_release(struct llext_arena *arena, void *mem);
void __real_llext_arena_trim(struct llext_arena *arena, void *mem, size_t bytes);
void __wrap_llext_arena_trim(struct llext_arena *arena, void *mem, size_t bytes);
void __real_llext_arena_stats(const struct llext_arena *arena, struct llext_heap_stats *stats);
void __wrap_llext_arena_stats(const struct llext_arena *arena, struct llext_heap_stats *stats);

void *__wrap_llext_arena_alloc_biased(struct llext_arena *arena, size_t bytes, size_t align,
				      uintptr_t bias)
{
	port_expect_guarded();
	return __real_llext_arena_alloc_biased(arena, bytes, align, bias);
}

void *__wrap_llext_arena_alloc_last(struct llext_arena *arena, size_t bytes, size_t align)
{
	port_expect_guarded();
	return __real_llext_arena_alloc_last(arena, bytes, align);
}

void __wrap_llext_arena_release(struct llext_arena *arena, void *mem)
{
	port_expect_guarded();
	__real_llext_arena_release(arena, mem);
}

void __wrap_llext_arena_trim(struct llext_arena *arena, void *mem, size_t bytes)
{
	port_expect_guarded();
	__real_llext_arena_trim(arena, mem, bytes);
}

void __wrap_llext_arena_stats(const struct llext_arena *arena, struct llext_heap_stats *stats)
{
	port_expect_guarded();
	__real_llext_arena_stats(arena, stats);
}

static struct llext_diag *diag(void)
{
	return llext_posix_port.diag();
}

static int unwind_add(struct llext *ext, const void *table, size_t bytes)
{
	int rc;

	if (fault_now(OPERATION_UNWIND))
		return fault_result();
	rc = processor_unwind_add(ext, table, bytes);
	protections.unwind += rc == 0;
	return rc;
}

static void unwind_remove(struct llext *ext, const void *table, size_t bytes)
{
	protections.unwind--;
	processor_unwind_remove(ext, table, bytes);
}

const struct llext_port llext_port = {
	.granule = TEST_GRANULE,
	.tls = &PROCESSOR_TLS,
	.protect = protect,
	.in_place = in_place,
	.claim = claim,
	.release = release,
	.lock = lock,
	.unlock = unlock,
	.guard = guard,
	.unguard = unguard,
	.diag = diag,
	.unwind_add = unwind_add,
	.unwind_remove = unwind_remove,
};

enum llext_access port_access_at(uintptr_t load)
{
	for (size_t i = 0; i < protections.count; i++) {
		const struct llext_extent *extent = &protections.given[i].extent;

		if (load >= extent->load && load - extent->load < extent->bytes)
			return protections.given[i].access;
	}
	return LLEXT_ACCESS_RW;
}
