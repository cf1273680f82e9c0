/* SPDX-License-Identifier: Apache-2.0 */
/* Cannot be loaded: one import is misspelt, the other is of some other firmware. */
#include <llext/symbol.h>

int sensor_raed(void);
void motor_start(int power);

void control(void)
{
	if (sensor_raed() > 300)
		motor_start(50);
}
EXPORT_SYMBOL(control);
