/* SPDX-License-Identifier: Apache-2.0 */
/* A third party's extension: one function works, two go wrong. */
#include <llext/symbol.h>

int lamp_set(int on); /* the firmware's */

int process(int sample)
{
	return lamp_set(sample > 100) + 2 * sample;
}
LL_EXTENSION_SYMBOL(process);

int wild(int address)
{
	return *(volatile int *)address;
}
LL_EXTENSION_SYMBOL(wild);

int spin(int unused)
{
	(void)unused;
	for (;;)
		continue;
}
LL_EXTENSION_SYMBOL(spin);
