/* SPDX-License-Identifier: Apache-2.0 */
/* What the firmware offers to extensions. */
#ifndef PRODUCT_LED_H_
#define PRODUCT_LED_H_

#include <stdbool.h>

void led_set(int number, bool on);
void product_log(const char *text);

#endif /* PRODUCT_LED_H_ */
