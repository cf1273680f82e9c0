/* SPDX-License-Identifier: Apache-2.0 */
/* Two imports and one export. */
#include <llext/symbol.h>

int least_next(int x);
int least_sum(const int *values, int count);

int least(int x)
{
	const int values[2] = {x, least_next(x)};

	return least_sum(values, 2) + least_next(x);
}
EXPORT_SYMBOL(least);
