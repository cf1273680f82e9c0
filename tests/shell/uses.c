/* SPDX-License-Identifier: Apache-2.0 */
/* An extension that calls another. */
#include <llext/symbol.h>

void blink(void);

void twice(void)
{
	blink();
	blink();
}
LL_EXTENSION_SYMBOL(twice);
