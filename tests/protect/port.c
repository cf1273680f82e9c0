/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port of this test: Linux's own (compiled under the name posix_port), with an eye on each
 * call that changes what memory may do.
 */
#include <llext/port.h>
#include "protect.h"

extern const struct llext_port posix_port;

struct change changes[CHANGES];
size_t change_count;

static int protect(const struct llext_extent *extent, enum llext_access access)
{
	int rc;

	check_maps("before protect");
	rc = posix_port.protect(extent, access);
	check_maps("after protect");
	if (change_count < CHANGES)
		changes[change_count++] = (struct change){*extent, access};
	return rc;
}

static int in_place(const struct llext_extent *extent, const void *base, size_t length)
{
	return posix_port.in_place(extent, base, length);
}

/* As many as are asked for, of a unit that has plenty. */
static unsigned int slots(unsigned int pieces, unsigned int *left)
{
	*left = SLOTS;
	return pieces;
}

static void lock(void)
{
	posix_port.lock();
}

static void unlock(void)
{
	posix_port.unlock();
}

static void print(int level, const char *format, va_list args)
{
	posix_port.log(level, format, args);
}

static int unwind_add(struct llext *ext, const void *table, size_t bytes)
{
	return posix_port.unwind_add(ext, table, bytes);
}

static void unwind_remove(struct llext *ext, const void *table, size_t bytes)
{
	posix_port.unwind_remove(ext, table, bytes);
}

const struct llext_port llext_port = {
	.granule = 4096,
	.protect = protect,
	.in_place = in_place,
	.slots = slots,
	.lock = lock,
	.unlock = unlock,
	.log = print,
	.unwind_add = unwind_add,
	.unwind_remove = unwind_remove,
};
