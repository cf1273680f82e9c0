/* SPDX-License-Identifier: Apache-2.0 */
/* Counts for itself, and uses another extension where USES is defined. */
#include <llext/symbol.h>

int firmware_add(int a, int b);

#ifdef USES
int provided(int value);
#else
int provided(int value)
{
	return firmware_add(value, 1);
}
EXPORT_SYMBOL(provided);
#endif

static int count;

int next(void)
{
	return count = firmware_add(count, 1);
}
EXPORT_SYMBOL(next);

int twice(int value)
{
	return provided(provided(value));
}
EXPORT_SYMBOL(twice);
