/* SPDX-License-Identifier: Apache-2.0 */
/* For explore.c: it says when it is up. */
#include "../effect.h"

int explore_alive(int version, int change);

static int version(void)
{
	return NUMBER;
}

static int add(int a, int b)
{
	return a + b;
}

__attribute__((constructor)) static void up(void)
{
	(void)explore_alive(NUMBER, 1);
}

__attribute__((destructor)) static void down(void)
{
	(void)explore_alive(NUMBER, -1);
}

LLEXT_IMPLEMENT(effect, .version = version, .add = add);
