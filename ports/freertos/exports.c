/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FreeRTOS's functions, exported to extensions, as far as the firmware's configuration has them.
 * Much of FreeRTOS's interface is macros (xQueueSend, xSemaphoreTake, xSemaphoreCreateMutex,
 * xTaskNotify ...): an extension that is compiled with the firmware's FreeRTOS headers and
 * FreeRTOSConfig.h imports the functions below from them. There are no exports for what a
 * macro does on the spot: taskENTER_CRITICAL(), portYIELD() are the port's instructions or calls.
 */
#include <llext/symbol.h>
#include "FreeRTOS.h"
#include "queue.h"
#include "semphr.h"
#include "task.h"

EXPORT_SYMBOL(xTaskCreate);
EXPORT_SYMBOL(xTaskGetTickCount);
EXPORT_SYMBOL(vTaskSuspendAll);
EXPORT_SYMBOL(xTaskResumeAll);
EXPORT_SYMBOL(xTaskGenericNotify);
EXPORT_SYMBOL(xTaskGenericNotifyWait);
EXPORT_SYMBOL(ulTaskGenericNotifyTake);
#if INCLUDE_vTaskDelete
EXPORT_SYMBOL(vTaskDelete);
#endif
#if INCLUDE_vTaskDelay
EXPORT_SYMBOL(vTaskDelay);
#endif
#if INCLUDE_xTaskGetCurrentTaskHandle
EXPORT_SYMBOL(xTaskGetCurrentTaskHandle);
#endif
#if INCLUDE_uxTaskPriorityGet
EXPORT_SYMBOL(uxTaskPriorityGet);
#endif
#if INCLUDE_vTaskPrioritySet
EXPORT_SYMBOL(vTaskPrioritySet);
#endif

/* Queues, and what is made of them: semaphores and mutexes. */
EXPORT_SYMBOL(xQueueGenericCreate);
EXPORT_SYMBOL(xQueueGenericSend);
EXPORT_SYMBOL(xQueueGenericSendFromISR);
EXPORT_SYMBOL(xQueueReceive);
EXPORT_SYMBOL(xQueueReceiveFromISR);
EXPORT_SYMBOL(xQueueSemaphoreTake);
EXPORT_SYMBOL(xQueueGiveFromISR);
EXPORT_SYMBOL(uxQueueMessagesWaiting);
EXPORT_SYMBOL(vQueueDelete);
#if configUSE_MUTEXES
EXPORT_SYMBOL(xQueueCreateMutex);
#endif
#if configUSE_RECURSIVE_MUTEXES
EXPORT_SYMBOL(xQueueTakeMutexRecursive);
EXPORT_SYMBOL(xQueueGiveMutexRecursive);
#endif
#if configUSE_COUNTING_SEMAPHORES
EXPORT_SYMBOL(xQueueCreateCountingSemaphore);
#endif

#if configSUPPORT_DYNAMIC_ALLOCATION
EXPORT_SYMBOL(pvPortMalloc);
EXPORT_SYMBOL(vPortFree);
#endif
