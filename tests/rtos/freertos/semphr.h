/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STAND_IN_SEMPHR_H
#define STAND_IN_SEMPHR_H

#include "queue.h"

typedef QueueHandle_t SemaphoreHandle_t;

typedef struct stand_in_queue {
	pthread_mutex_t mutex;
} StaticSemaphore_t;

SemaphoreHandle_t stand_in_create_recursive(StaticSemaphore_t *memory);
#define xSemaphoreCreateRecursiveMutexStatic(memory) stand_in_create_recursive(memory)
#define xSemaphoreTakeRecursive(mutex, ticks)        xQueueTakeMutexRecursive((mutex), (ticks))
#define xSemaphoreGiveRecursive(mutex)               xQueueGiveMutexRecursive(mutex)

#endif /* STAND_IN_SEMPHR_H */
