/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware says that all domains may call it, but it does not lie where they may. */
#include <llext/symbol.h>
#include "../api.h"

int call_misplaced(int x)
{
	return fw_misplaced(x);
}
EXPORT_SYMBOL(call_misplaced);
