/* SPDX-License-Identifier: Apache-2.0 */
/* A function that calls another, which stores where nothing may. */
#include <llext/symbol.h>

__attribute__((noinline)) static int store(volatile int *where)
{
	*where = 1;
	return *where;
}

int crashing_constant = 5;

int crash(int *where)
{
	return store(where) + crashing_constant;
}
EXPORT_SYMBOL(crash);
