/* SPDX-License-Identifier: Apache-2.0 */
/* It asks whether the firmware has what has no gate. */
#include <llext/symbol.h>

int fw_plain(int x) __attribute__((weak));

int plain_or(int x)
{
	return fw_plain != 0 ? fw_plain(x) : -x;
}
EXPORT_SYMBOL(plain_or);
