/* SPDX-License-Identifier: Apache-2.0 */
/* Thread-local variables: with and without initial values, a pointer, the firmware's. */
#include <llext/symbol.h>

extern _Thread_local int firmware_thread_value;

static int target = 30;
_Thread_local int counter = 7;
static _Thread_local char zeros[5];
static _Thread_local int *pointer = &target;

int thread_local_count(void)
{
	zeros[3]++;
	return ++counter + zeros[3] + *pointer;
}

int thread_local_import(void)
{
	return firmware_thread_value++;
}

EXPORT_SYMBOL(thread_local_count);
EXPORT_SYMBOL(thread_local_import);
EXPORT_TLS_SYMBOL(counter);
