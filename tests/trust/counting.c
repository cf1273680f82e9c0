/* SPDX-License-Identifier: Apache-2.0 */
/* Data that a reset of its domain reads anew: START is another number in each file. */
#include <llext/symbol.h>

static volatile int number = START;

int next_number(void)
{
	return number++;
}
EXPORT_SYMBOL(next_number);
