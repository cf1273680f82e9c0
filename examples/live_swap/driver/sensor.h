/* SPDX-License-Identifier: Apache-2.0 */
/* A driver for a sensor that interrupts, to the firmware and to extensions. */
#ifndef SENSOR_H_
#define SENSOR_H_

#include <llext/interface.h>

LLEXT_INTERFACE(sensor, 1, 0)
{
	/* The device has a value. In its interrupt. */
	void (*interrupt)(uint32_t value);
	/* How many there were, and their sum. */
	uint32_t (*count)(void);
	uint32_t (*sum)(void);
	int (*version)(void);
};
LLEXT_INTERFACE_FUNCTIONS(sensor, LLEXT_FUNCTION(sensor, interrupt, void, uint32_t),
			  LLEXT_FUNCTION(sensor, count, uint32_t, void),
			  LLEXT_FUNCTION(sensor, sum, uint32_t, void),
			  LLEXT_FUNCTION(sensor, version, int, void));

/* What the firmware offers: @callback every so many interrupts, until it is stopped. */
int timer_start(void (*callback)(void));

#endif /* SENSOR_H_ */
