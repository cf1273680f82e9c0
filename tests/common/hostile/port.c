/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test port: the port for Linux with every call counted, able to fail, and its protections
 * recorded. With a granule below a page the protections are recorded only, which is fast, and lets
 * small files have segments of different access.
 */
#include <stdio.h>
#include <stdlib.h>
#include <llext/port.h>
#include "faults.h"
#include "port.h"

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

static void lock(void)
{
	llext_posix_port.lock();
}

static void unlock(void)
{
	llext_posix_port.unlock();
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
	rc = llext_posix_port.unwind_add(ext, table, bytes);
	protections.unwind += rc == 0;
	return rc;
}

static void unwind_remove(struct llext *ext, const void *table, size_t bytes)
{
	protections.unwind--;
	llext_posix_port.unwind_remove(ext, table, bytes);
}

const struct llext_port llext_port = {
	.granule = TEST_GRANULE,
	.protect = protect,
	.in_place = in_place,
	.lock = lock,
	.unlock = unlock,
	.diag = diag,
	.unwind_add = unwind_add,
	.unwind_remove = unwind_remove,
};
