/* SPDX-License-Identifier: Apache-2.0 */
/* It exports what the firmware has, too, but without a gate. */
#include <llext/symbol.h>

int fw_plain(int x)
{
	return x + 40;
}
EXPORT_SYMBOL(fw_plain);
