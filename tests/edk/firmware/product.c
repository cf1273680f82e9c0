/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware that offers one function. */
#include <llext/symbol.h>

int led_set(int led, int on);

int led_set(int led, int on)
{
	return led + on;
}
EXPORT_SYMBOL(led_set);

int main(void)
{
	return 0;
}
