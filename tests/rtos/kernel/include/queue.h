/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STAND_IN_QUEUE_H
#define STAND_IN_QUEUE_H

#include "FreeRTOS.h"
#include "task.h"

typedef StaticSemaphore_t *QueueHandle_t;

QueueHandle_t xQueueCreateMutexStatic(uint8_t type, StaticSemaphore_t *memory);
BaseType_t xQueueTakeMutexRecursive(QueueHandle_t mutex, TickType_t ticks);
BaseType_t xQueueGiveMutexRecursive(QueueHandle_t mutex);

#endif /* STAND_IN_QUEUE_H */
