/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STAND_IN_SEMPHR_H
#define STAND_IN_SEMPHR_H

#include "queue.h"

typedef QueueHandle_t SemaphoreHandle_t;

#define xSemaphoreCreateRecursiveMutexStatic(memory) xQueueCreateMutexStatic(4, (memory))
#define xSemaphoreTakeRecursive(mutex, ticks)        xQueueTakeMutexRecursive((mutex), (ticks))
#define xSemaphoreGiveRecursive(mutex)               xQueueGiveMutexRecursive(mutex)

#endif /* STAND_IN_SEMPHR_H */
