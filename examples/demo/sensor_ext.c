/* SPDX-License-Identifier: Apache-2.0 */
/* In the firmware's image: a sensor that warms up. */
#include <llext/symbol.h>
#include <zephyr/sys/printk.h>

static const short curve[] = {204, 207, 215, 224, 226, 229};
static unsigned int position;

/* Tenths of a degree. */
int sensor_read(void)
{
	return curve[position++ % (sizeof(curve) / sizeof(curve[0]))];
}
EXPORT_SYMBOL(sensor_read);

void sensor_print(void)
{
	int tenths = sensor_read();

	printk("sensor: %d.%d degrees\n", tenths / 10, tenths % 10);
}
EXPORT_SYMBOL(sensor_print);
