/* SPDX-License-Identifier: Apache-2.0 */
/* Each thread has its own of these. */
#include <llext/symbol.h>

extern _Thread_local int firmware_errno;

static int shared = 40;
_Thread_local int counter = 7;
static _Thread_local char zeros[5];
static _Thread_local int *pointer = &shared;

int count(int by)
{
	counter += by;
	return counter;
}

int fresh(void)
{
	return zeros[0] == 0 && zeros[4] == 0 && pointer == &shared && counter == 7;
}

void soil(void)
{
	zeros[0] = zeros[4] = 1;
	pointer = 0;
}

int set_firmware_errno(int value)
{
	int before = firmware_errno;

	firmware_errno = value;
	return before;
}

int *address_of_counter(void)
{
	return &counter;
}

#ifdef RECORDS
EXPORT_SYMBOL(count);
EXPORT_SYMBOL(fresh);
EXPORT_SYMBOL(soil);
EXPORT_SYMBOL(set_firmware_errno);
EXPORT_SYMBOL(address_of_counter);
EXPORT_TLS_SYMBOL(counter);
#endif
