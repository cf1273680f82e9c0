/* SPDX-License-Identifier: Apache-2.0 */
/* Packed and bound to a table of exports. */
#include <llext/symbol.h>

int fw_plain(int x);

int ask(int x)
{
	return fw_plain(x);
}
EXPORT_SYMBOL(ask);
