/* SPDX-License-Identifier: Apache-2.0 */
/* Recursive mutexes. Who waits for one asks again at each tick. */
#include "queue.h"

QueueHandle_t xQueueCreateMutexStatic(uint8_t type, StaticSemaphore_t *memory)
{
	(void)type;
	memory->owner = NULL;
	memory->count = 0;
	return memory;
}

BaseType_t xQueueTakeMutexRecursive(QueueHandle_t mutex, TickType_t ticks)
{
	TaskHandle_t self = xTaskGetCurrentTaskHandle();

	for (;; vTaskDelay(1)) {
		uint32_t before = stand_in_mask();
		BaseType_t mine = mutex->owner == NULL || mutex->owner == self;

		if (mine) {
			mutex->owner = self;
			mutex->count++;
		}
		stand_in_unmask(before);
		if (mine || ticks == 0)
			return mine;
	}
}

BaseType_t xQueueGiveMutexRecursive(QueueHandle_t mutex)
{
	if (mutex->owner != xTaskGetCurrentTaskHandle())
		return pdFALSE;
	if (--mutex->count == 0)
		mutex->owner = NULL;
	return pdTRUE;
}
