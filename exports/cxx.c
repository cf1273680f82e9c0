/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What compiled C++ calls by itself, for a target without a C++ library: new and delete on
 * malloc(), the guards of local variables that are initialised once, and what is called instead of
 * a pure virtual function. For C++ without exceptions (-fno-exceptions). One thread runs
 * constructors of local variables at a time: a firmware with more gives guards of its own.
 */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <llext/symbol.h>

/* size_t in a mangled name */
#if SIZE_MAX == UINT_MAX
#define OF_SIZE(before, after) before##j##after
#else
#define OF_SIZE(before, after) before##m##after
#endif
#define EXPORT_AS(function, name)          EXPORT_AS_(function, name)
#define EXPORT_AS_(function, name)         EXPORT_GROUP_SYMBOL_NAMED(CXX, function, name)
#define EXPORT_SIZED(function, name, more) EXPORT_AS(function, OF_SIZE(name, more))

/* ---- memory ---- */

static void *try_new(size_t bytes)
{
	return malloc(bytes != 0 ? bytes : 1);
}

static void *try_new_aligned(size_t bytes, size_t align)
{
	if (bytes > SIZE_MAX - align)
		return NULL;
	bytes = (bytes + align - 1) & ~(align - 1);
	return aligned_alloc(align, bytes != 0 ? bytes : align);
}

/* Nobody can catch what the standard would throw. */
static void *or_abort(void *block)
{
	if (block == NULL)
		abort();
	return block;
}

static void *new_bytes(size_t bytes)
{
	return or_abort(try_new(bytes));
}

static void *new_aligned(size_t bytes, size_t align)
{
	return or_abort(try_new_aligned(bytes, align));
}

/* The size and the alignment that some of them have behind the pointer are of no use here. */
static void delete_block(void *block)
{
	free(block);
}

EXPORT_SIZED(new_bytes, _Znw, );
EXPORT_SIZED(new_bytes, _Zna, );
EXPORT_SIZED(new_aligned, _Znw, St11align_val_t);
EXPORT_SIZED(new_aligned, _Zna, St11align_val_t);
EXPORT_SIZED(try_new, _Znw, RKSt9nothrow_t);
EXPORT_SIZED(try_new, _Zna, RKSt9nothrow_t);
EXPORT_SIZED(try_new_aligned, _Znw, St11align_val_tRKSt9nothrow_t);
EXPORT_SIZED(try_new_aligned, _Zna, St11align_val_tRKSt9nothrow_t);
EXPORT_AS(delete_block, _ZdlPv);
EXPORT_AS(delete_block, _ZdaPv);
EXPORT_SIZED(delete_block, _ZdlPv, );
EXPORT_SIZED(delete_block, _ZdaPv, );
EXPORT_AS(delete_block, _ZdlPvSt11align_val_t);
EXPORT_AS(delete_block, _ZdaPvSt11align_val_t);
EXPORT_SIZED(delete_block, _ZdlPv, St11align_val_t);
EXPORT_SIZED(delete_block, _ZdaPv, St11align_val_t);
EXPORT_AS(delete_block, _ZdlPvRKSt9nothrow_t);
EXPORT_AS(delete_block, _ZdaPvRKSt9nothrow_t);
EXPORT_AS(delete_block, _ZdlPvSt11align_val_tRKSt9nothrow_t);
EXPORT_AS(delete_block, _ZdaPvSt11align_val_tRKSt9nothrow_t);

/* ---- local variables that are initialised once ---- */

/* The first byte says that it is done: Itanium C++ ABI 3.3.2; on Arm its lowest bit. */
static int guard_acquire(volatile unsigned char *guard)
{
	return (guard[0] & 1) == 0;
}

static void guard_release(volatile unsigned char *guard)
{
	guard[0] = 1;
}

static void guard_abort(volatile unsigned char *guard)
{
	(void)guard;
}

EXPORT_AS(guard_acquire, __cxa_guard_acquire);
EXPORT_AS(guard_release, __cxa_guard_release);
EXPORT_AS(guard_abort, __cxa_guard_abort);

/* ---- what must not be called ---- */

EXPORT_AS(abort, __cxa_pure_virtual);
EXPORT_AS(abort, __cxa_deleted_virtual);
EXPORT_AS(abort, __cxa_throw_bad_array_new_length);
