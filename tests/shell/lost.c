/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/symbol.h>

void lmap(int on); /* misspelt */

void lost(void)
{
	lmap(1);
}
LL_EXTENSION_SYMBOL(lost);
