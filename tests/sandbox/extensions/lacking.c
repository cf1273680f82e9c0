/* SPDX-License-Identifier: Apache-2.0 */
/* It imports what has no gate. */
#include <llext/symbol.h>
#include "../api.h"

int lacking(int x)
{
	return fw_plain(x) + fw_twice(x);
}
EXPORT_SYMBOL(lacking);
