/* SPDX-License-Identifier: Apache-2.0 */
/* In a file: with a constructor and a destructor, and an import from another extension. */
#include <llext/symbol.h>
#include <zephyr/sys/printk.h>

int sensor_read(void); /* another extension's */

static int last;
static int steps;

static __attribute__((constructor)) void begin(void)
{
	last = sensor_read();
	printk("trend: constructed, starts at %d tenths\n", last);
}

static __attribute__((destructor)) void end(void)
{
	printk("trend: destructed after %d steps\n", steps);
}

void trend_step(void)
{
	int now = sensor_read();

	printk("trend: %+d tenths\n", now - last);
	last = now;
	steps++;
}
LL_EXTENSION_SYMBOL(trend_step);
