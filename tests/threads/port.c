/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linux's port (compiled under the name posix_port), with an eye on lock and guard: the guard is
 * not taken twice, the lock not while it is held, and nothing else of the port is called then.
 */
#include <stdio.h>
#include <llext/port.h>
#include "port.h"

extern const struct llext_port posix_port;

atomic_uint port_violations;
static _Thread_local unsigned int locks, guards;
static _Thread_local unsigned int guarded; /* how often; more than once is wrong */

unsigned int port_locks(void)
{
	return locks;
}

unsigned int port_guards(void)
{
	return guards;
}

void port_expect_no_guard(const char *where)
{
	if (guarded == 0)
		return;
	atomic_fetch_add(&port_violations, 1);
	(void)fprintf(stderr, "the guard is held: %s\n", where);
}

static void lock(void)
{
	port_expect_no_guard("lock");
	locks++;
	posix_port.lock();
}

static void unlock(void)
{
	port_expect_no_guard("unlock");
	posix_port.unlock();
}

static void guard(void)
{
	port_expect_no_guard("guard");
	if (guarded == 0)
		posix_port.guard();
	guards++;
	guarded++;
}

static void unguard(void)
{
	guarded--;
	if (guarded == 0)
		posix_port.unguard();
}

static bool relax(void)
{
	port_expect_no_guard("relax");
	return posix_port.relax();
}

static int protect(const struct llext_extent *extent, enum llext_access access)
{
	port_expect_no_guard("protect");
	return posix_port.protect(extent, access);
}

static void print(int level, const char *format, va_list args)
{
	port_expect_no_guard("log");
	posix_port.log(level, format, args);
}

static struct llext_diag *diag(void)
{
	port_expect_no_guard("diag");
	return posix_port.diag();
}

static const void *thread(void)
{
	return posix_port.thread();
}

static int unwind_add(struct llext *ext, const void *table, size_t bytes)
{
	port_expect_no_guard("unwind_add");
	return posix_port.unwind_add(ext, table, bytes);
}

static void unwind_remove(struct llext *ext, const void *table, size_t bytes)
{
	port_expect_no_guard("unwind_remove");
	posix_port.unwind_remove(ext, table, bytes);
}

const struct llext_port llext_port = {
	.granule = 4096,
	.protect = protect,
	.lock = lock,
	.unlock = unlock,
	.guard = guard,
	.unguard = unguard,
	.relax = relax,
	.thread = thread,
	.diag = diag,
	.log = print,
	.unwind_add = unwind_add,
	.unwind_remove = unwind_remove,
};
