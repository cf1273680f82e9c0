/* SPDX-License-Identifier: Apache-2.0 */
/* As ports/freertos/exports.c, what the stand-in has. */
#include <llext/symbol.h>
#include "FreeRTOS.h"
#include "task.h"

EXPORT_SYMBOL(vTaskDelay);
EXPORT_SYMBOL(pvPortMalloc);
EXPORT_SYMBOL(vPortFree);
