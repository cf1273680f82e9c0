/* SPDX-License-Identifier: Apache-2.0 */
/* Calls through slots, for processors without atomic additions: they count with interrupts off. */
#include <llext/slot.h>

LLEXT_INTERFACE(counted, 1, 0)
{
	int (*value)(int);
};
LLEXT_INTERFACE_FUNCTIONS(counted, LLEXT_FUNCTION(counted, value, int, int));

static int no_value(int a)
{
	return a;
}

LLEXT_SLOT(counting, counted, .value = no_value);

int call(int a);
int call(int a)
{
	return LLEXT_CALL(counting, value, a);
}
