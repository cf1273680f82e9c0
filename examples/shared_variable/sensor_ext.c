/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/symbol.h>
#include "shared_info.h"

/* In a section of its own the firmware finds it without knowing its name. */
struct shared_info info __attribute__((section(SHARED_INFO_SECTION))) = {
	.version = SHARED_INFO_VERSION,
	.period_ms = 1000,
};

void sensor_measure(void)
{
	if (info.measurements == 0)
		board_info.users++;
	info.measurements++;
	/* Not much of a sensor: it sees what the firmware told it. */
	info.last_value = (int32_t)(info.period_ms / 10) + board_info.offset;
}
EXPORT_SYMBOL(sensor_measure);
