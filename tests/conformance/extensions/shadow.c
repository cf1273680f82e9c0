/* SPDX-License-Identifier: Apache-2.0 */
/* Exports a name that the firmware has, too. */
#include <llext/symbol.h>

static int another_add(int a, int b)
{
	return a * b;
}
EXPORT_SYMBOL_NAMED(another_add, firmware_add);

static int another_variable = -1;
EXPORT_SYMBOL_NAMED(another_variable, firmware_variable);
