/* SPDX-License-Identifier: Apache-2.0 */
/* What the debugger is to find again: a function that calls another, through the firmware, and
 * data. */
#include <llext/symbol.h>

int firmware_scale(int value, int (*again)(int));

int depth = 2; /* global, so that its value is not known to the compiler */

static __attribute__((noinline)) int effect_inner(int value)
{
	return value + depth; /* inner */
}

int effect_run(int value)
{
	return firmware_scale(value, effect_inner); /* run */
}
LL_EXTENSION_SYMBOL(effect_run);
