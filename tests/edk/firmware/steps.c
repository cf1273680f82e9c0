/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/llext/symbol.h>

enum wide { A_VALUE };
/* Without -fshort-enums, which is removed, and with what is appended. */
_Static_assert(sizeof(enum wide) == sizeof(int), "-fshort-enums was not removed");
_Static_assert(APPENDED == 7, "LLEXT_APPEND_FLAGS is not there");

int steps(void)
{
	return FROM_DIRECTORY;
}
EXPORT_SYMBOL(steps);
