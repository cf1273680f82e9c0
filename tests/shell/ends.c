/* SPDX-License-Identifier: Apache-2.0 */
/* An extension that others call, and that says when it is torn down. */
#include <llext/symbol.h>

void lamp(int on); /* the firmware's */

void blink(void)
{
}
LL_EXTENSION_SYMBOL(blink);

__attribute__((destructor)) static void end(void)
{
	lamp(0);
}
