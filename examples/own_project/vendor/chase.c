/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/symbol.h>
#include <product/led.h>

#if PRODUCT_BOARD != 7
#error "this is for board 7"
#endif

const char *text(void);

void start(void)
{
	product_log(text());
	for (int i = 1; i <= 2; i++) {
		led_set(i, true);
		led_set(i, false);
	}
}
EXPORT_SYMBOL(start);
