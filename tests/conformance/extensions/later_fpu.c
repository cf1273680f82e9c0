/* SPDX-License-Identifier: Apache-2.0 */
/* VRINTM is an instruction of FPv5; compiled for that. */
#include <llext/symbol.h>

int later_floor(int quarters)
{
	float value = (float)quarters / 4;

	return (int)__builtin_floorf(value);
}
LL_EXTENSION_SYMBOL(later_floor);
