/* SPDX-License-Identifier: Apache-2.0 */
/* Its thread-local variable is the firmware's, of which each thread has one: out of reach. */
#include <llext/symbol.h>

extern _Thread_local int borrowed;

int next(void)
{
	return borrowed++;
}
EXPORT_SYMBOL(next);
