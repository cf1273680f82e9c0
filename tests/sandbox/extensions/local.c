/* SPDX-License-Identifier: Apache-2.0 */
/* It has thread-local variables, for which not every domain has a place. */
#include <llext/symbol.h>
#include "../api.h"

_Thread_local int local = 5;
static _Thread_local int calls;
static _Thread_local __attribute__((tls_model("initial-exec"))) int step = 100;

int next(void)
{
	calls += step;
	return calls + local++;
}
EXPORT_SYMBOL(next);

/* They are there behind a gate, in a call from a gate, and behind that. */
static int count(int by)
{
	calls += by;
	(void)fw_nothing();
	return calls + local;
}

int next_by_callback(int by)
{
	int inside = fw_call_back(count, by);

	step++;
	return inside == calls + local ? calls + step : -1;
}
EXPORT_SYMBOL(next_by_callback);
