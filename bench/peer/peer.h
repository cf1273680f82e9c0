/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another loader in the benchmark's firmware: what its adapter has to define, and what it may use.
 * bench/README.md says how to write one.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what the adapter defines ---- */

/* What the loader is called, and which version of it this is: a tag, or a commit and its date. */
extern const char peer_name[], peer_version[];

/* What the firmware exports, in the order of strcmp(). */
struct peer_export {
	const char *name;
	const void *address;
};

struct peer_figures {
	/* Bytes of code, constants and data of the loaded module. */
	size_t image;
	/*
	 * The most memory that was in use since peer_start(), by a loader that has a heap of its
	 * own. 0: it was all taken by peer_allocate().
	 */
	size_t peak;
};

/*
 * Once for each module, before anything is counted: on memory without a history. The table stays
 * where it is. This is the place for what a real firmware has done at build time. False: it failed.
 */
bool peer_start(const struct peer_export *exports, size_t count);

/*
 * Loads a module from @file, which is only there during the call. This is what is counted. 0, or
 * the loader's own error number: then nothing is loaded, and nothing is left in memory.
 */
int peer_load(const void *file, size_t bytes, struct peer_figures *figures);

/* The address of what the loaded module exports under @name. NULL: there is none. */
void *peer_find(const char *name);

/* Unloads it. What peer_load() took is released; what peer_start() took may stay. 0: done. */
int peer_unload(void);

/* ---- what it may use ---- */

/*
 * Memory, out of reach of ordinary calls from the firmware, as the heap for extensions is.
 * @alignment is a power of two. The first place that is large enough is taken; each has a header of
 * two words, which count as taken. NULL: there is none. What was in it before is still there.
 */
void *peer_allocate(size_t alignment, size_t bytes);
void peer_release(void *memory);      /* NULL: nothing happens */
size_t peer_size(const void *memory); /* that can be used; at least what was asked for */

#ifdef __cplusplus
}
#endif
#endif /* BENCH_PEER_H */
