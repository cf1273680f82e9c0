/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/regions.h>
#include <llext/symbol.h>

int options_not_listed = 3;
LLEXT_RODATA_NO_RELOC const int options_stays = 7;
const int *const options_moves = &options_not_listed; /* a constant that is relocated */

int options_listed(void)
{
	return options_not_listed + options_stays;
}
EXPORT_SYMBOL(options_listed);
