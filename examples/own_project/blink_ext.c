/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/symbol.h>
#include <product/led.h>

void start(void)
{
	for (int i = 0; i < BLINKS; i++) {
		led_set(0, true);
		led_set(0, false);
	}
}
EXPORT_SYMBOL(start);
