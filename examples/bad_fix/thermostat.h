/* SPDX-License-Identifier: Apache-2.0 */
/* A thermostat, to the firmware and to extensions. */
#ifndef THERMOSTAT_H_
#define THERMOSTAT_H_

#include <llext/interface.h>

LLEXT_INTERFACE(thermostat, 1, 0)
{
	/* Heat now? The temperature is in tenths of a degree. */
	int (*decide)(int tenths);
	/* How often it has switched. */
	unsigned int (*switches)(void);
};
LLEXT_INTERFACE_FUNCTIONS(thermostat, LLEXT_FUNCTION(thermostat, decide, int, int),
			  LLEXT_FUNCTION(thermostat, switches, unsigned int, void));

#endif /* THERMOSTAT_H_ */
