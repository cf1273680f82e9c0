/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/symbol.h>

void lamp(int on); /* the firmware's */

void blink(void)
{
	lamp(1);
	lamp(0);
}
LL_EXTENSION_SYMBOL(blink);
