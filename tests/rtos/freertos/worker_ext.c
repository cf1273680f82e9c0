/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/symbol.h>
#include "FreeRTOS.h"
#include "task.h"

static int constructed;

__attribute__((constructor)) static void construct(void)
{
	constructed++;
}

/* An entry for llext_bootstrap(): counts in a variable of the firmware's. */
void worker_entry(void *count)
{
	int *number = pvPortMalloc(sizeof(*number));

	vTaskDelay(1);
	*number = *(int *)count + constructed;
	*(int *)count = *number;
	vPortFree(number);
}
LL_EXTENSION_SYMBOL(worker_entry);
