/* SPDX-License-Identifier: Apache-2.0 */
#include "FreeRTOS.h"

typedef struct {
	uint32_t words[20];
} StaticSemaphore_t;
typedef void *SemaphoreHandle_t;

SemaphoreHandle_t xSemaphoreCreateRecursiveMutexStatic(StaticSemaphore_t *memory);
BaseType_t xSemaphoreTakeRecursive(SemaphoreHandle_t mutex, TickType_t ticks);
BaseType_t xSemaphoreGiveRecursive(SemaphoreHandle_t mutex);
