/* SPDX-License-Identifier: Apache-2.0 */
/* An executable: it is linked for one place. */
#include <llext/symbol.h>

static const int table[1000] = {7};
int zeroed[5000];

int fixed(void)
{
	return table[0] + zeroed[4999];
}
LL_EXTENSION_SYMBOL(fixed);

void _start(void)
{
}
