/* SPDX-License-Identifier: Apache-2.0 */
/* It has thread-local variables, for which not every domain has a place. */
#include <llext/symbol.h>

_Thread_local int local = 5;
static _Thread_local int calls;
static _Thread_local __attribute__((tls_model("initial-exec"))) int step = 100;

int next(void)
{
	calls += step;
	return calls + local++;
}
EXPORT_SYMBOL(next);
