/* SPDX-License-Identifier: Apache-2.0 */
/* Says how often it has been brought up, and reads from where it is told. */
#include <llext/symbol.h>

int firmware_add(int a, int b);
int atexit(void (*function)(void));

static int ups, registered;

static void run_at_exit(void)
{
	registered--;
}

__attribute__((constructor)) static void bring_up(void)
{
	ups = firmware_add(ups, 1);
	registered += atexit(run_at_exit) == 0;
}

__attribute__((destructor)) static void tear_down(void)
{
	ups = firmware_add(ups, -1);
}

/* 11 where it has been brought up once, and has registered its function. */
int state(void)
{
	return 10 * ups + registered;
}
EXPORT_SYMBOL(state);

int read_from(const int *where)
{
	return *where;
}
EXPORT_SYMBOL(read_from);
