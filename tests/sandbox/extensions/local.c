/* SPDX-License-Identifier: Apache-2.0 */
/* It has a thread-local variable, for which a domain has no place. */
#include <llext/symbol.h>

_Thread_local int local = 5;

int next(void)
{
	return local++;
}
EXPORT_SYMBOL(next);
