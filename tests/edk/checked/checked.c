/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/symbol.h>

int FUNCTION(int led, int on);

int checked(void)
{
	return FUNCTION(1, 2);
}
EXPORT_SYMBOL(checked);
