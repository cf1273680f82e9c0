/* SPDX-License-Identifier: Apache-2.0 */
/* One that others refer to. */
#include <llext/symbol.h>

int swap_test_alive(int change);
int atexit(void (*function)(void));

int holder_variable = 5;
LL_EXTENSION_SYMBOL(holder_variable);

/* The caller is inside for as long as @function takes. */
int holder_call(int (*function)(void))
{
	return function() + holder_variable;
}
LL_EXTENSION_SYMBOL(holder_call);

static void at_exit(void)
{
	(void)swap_test_alive(-10);
}

int holder_register(void)
{
	return atexit(at_exit);
}
LL_EXTENSION_SYMBOL(holder_register);

/* Until somebody clears what @flag points to. */
int holder_loop(volatile int *flag)
{
	int rounds = 0;

	while (*flag)
		rounds++;
	return rounds;
}
LL_EXTENSION_SYMBOL(holder_loop);
