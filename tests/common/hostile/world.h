/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firmware that hostile files are loaded into: a heap between forbidden bytes, some exports,
 * and one extension that is there before and must be the same after.
 */
#ifndef HOSTILE_WORLD_H_
#define HOSTILE_WORLD_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llext/llext.h>
#include "source.h"

#define WORLD_HEAP_BYTES ((size_t)1 << 24)

/* Make the heap and load resident.o. Says what is wrong and ends the program where it cannot. */
void world_open(void);
void world_close(void);

/* NULL, or what is not as it was when world_open() or world_accept() was last called. */
const char *world_changed(void);
/* What is now is right: for tests that leave extensions loaded. */
void world_accept(void);

struct llext *world_resident(void);

/* The arguments of the calls of firmware_trace(). */
#define WORLD_TRACE_MAX 32

struct world_trace {
	size_t count;
	int calls[WORLD_TRACE_MAX];
};

extern struct world_trace world_trace;

/* What to do beside loading and unloading. */
struct trial {
	unsigned int source; /* SOURCE_* */
	bool keep_section_info;
	bool detached;          /* every section by itself */
	bool not_local;         /* relocate_local is false */
	bool count_first;       /* count what relocations need before anything is applied */
	bool plan;              /* a dry run first, which must agree */
	bool only_plan;         /* nothing but a dry run */
	int rc;                 /* set: what llext_load() returned */
	struct llext_diag diag; /* set: its record */
};

/*
 * Load some bytes, look at all that the extension offers without running any of it, unload it,
 * and check every invariant of docs/security.md on the way.
 * @return NULL, or the invariant that does not hold.
 */
const char *world_try(const uint8_t *bytes, size_t size, struct trial *trial);

/* The bytes, copied to where they may be used in place; valid until the next call of either. */
uint8_t *world_near(const uint8_t *bytes, size_t size);

/* The bytes of a fixture, in memory of exactly its size; ends the program where there is none. */
uint8_t *fixture_read(const char *name, size_t *size);

#endif /* HOSTILE_WORLD_H_ */
