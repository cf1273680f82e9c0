/* SPDX-License-Identifier: Apache-2.0 */
/* An extension that waits as tasks do. It is compiled with the firmware's FreeRTOS headers. */
#include <llext/symbol.h>
#include "FreeRTOS.h"
#include "task.h"

void lamp(int on); /* the firmware's */
unsigned int heartbeat(void);

/* On; off only if the other task has run meanwhile, as it does where the processor is free. */
void blink(void)
{
	unsigned int before = heartbeat();

	lamp(1);
	vTaskDelay(pdMS_TO_TICKS(50));
	if (heartbeat() != before)
		lamp(0);
}
LL_EXTENSION_SYMBOL(blink);
