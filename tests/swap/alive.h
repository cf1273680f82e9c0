/* SPDX-License-Identifier: Apache-2.0 */
/* How many extensions have been brought up, and not torn down. */
#ifndef ALIVE_H
#define ALIVE_H

#include <llext/symbol.h>

/* From the extensions' constructors and destructors. */
static int alive;

int swap_test_alive(int change);
int swap_test_alive(int change)
{
	alive += change;
	return 0;
}
EXPORT_SYMBOL(swap_test_alive);

#endif
