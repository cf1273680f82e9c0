/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks in a ring: the next one of the highest priority that does not sleep has the processor. */
#include "FreeRTOS.h"
#include "task.h"

StaticTask_t *volatile pxCurrentTCB; /* NULL: the scheduler has not started */
static StaticTask_t *last;           /* of the ring */
static volatile TickType_t now;
static volatile UBaseType_t suspended;
static volatile BaseType_t started, pending;

TaskHandle_t xTaskCreateStatic(TaskFunction_t code, const char *name, uint32_t words,
			       void *parameters, UBaseType_t priority, StackType_t *stack,
			       StaticTask_t *memory)
{
	uint32_t before = stand_in_mask();

	(void)name;
	*memory = (StaticTask_t){.priority = priority};
	memory->stack = pxPortInitialiseStack(stack + words, code, parameters);
	memory->next = last != NULL ? last->next : memory;
	if (last != NULL)
		last->next = memory;
	last = memory;
	stand_in_unmask(before);
	return memory;
}

static void idle(void *unused)
{
	(void)unused;
	for (;;)
		__asm__ volatile("wfi");
}

void vTaskStartScheduler(void)
{
	StaticTask_t *task;
	StackType_t *stack;
	uint32_t words;

	vApplicationGetIdleTaskMemory(&task, &stack, &words);
	(void)xTaskCreateStatic(idle, "IDLE", words, NULL, 0, stack, task);
	started = pdTRUE;
	stand_in_start();
}

/* From PendSV_Handler(), with interrupts off. */
void vTaskSwitchContext(void)
{
	StaticTask_t *from = pxCurrentTCB != NULL ? pxCurrentTCB : last, *best = NULL, *task = from;

	pending = suspended > 0;
	if (pending)
		return;
	do {
		task = task->next;
		if (!task->sleeps && !task->deleted &&
		    (best == NULL || task->priority > best->priority))
			best = task;
	} while (task != from);
	if (pxCurrentTCB != NULL)
		traceTASK_SWITCHED_OUT();
	pxCurrentTCB = best; /* the idle task, at least */
	traceTASK_SWITCHED_IN();
}

void xPortSysTickHandler(void)
{
	StaticTask_t *task = last;

	now++;
#if configUSE_TICK_HOOK
	vApplicationTickHook();
#endif
	do {
		task = task->next;
		if (task->sleeps && task->wake != portMAX_DELAY && (int32_t)(now - task->wake) >= 0)
			task->sleeps = pdFALSE;
	} while (task != last);
	portYIELD();
}

static void sleep_until(TickType_t wake)
{
	pxCurrentTCB->wake = wake;
	pxCurrentTCB->sleeps = pdTRUE;
	portYIELD();
}

void vTaskDelay(TickType_t ticks)
{
	uint32_t before = stand_in_mask();

	if (ticks > 0)
		sleep_until(now + ticks);
	stand_in_unmask(before);
}

void vTaskDelete(TaskHandle_t task)
{
	(task != NULL ? task : pxCurrentTCB)->deleted = pdTRUE;
	portYIELD();
}

TickType_t xTaskGetTickCount(void)
{
	return now;
}

BaseType_t xTaskGetSchedulerState(void)
{
	if (!started)
		return taskSCHEDULER_NOT_STARTED;
	return suspended > 0 ? taskSCHEDULER_SUSPENDED : taskSCHEDULER_RUNNING;
}

TaskHandle_t xTaskGetCurrentTaskHandle(void)
{
	return pxCurrentTCB;
}

void vTaskSuspendAll(void)
{
	suspended++;
}

BaseType_t xTaskResumeAll(void)
{
	if (--suspended > 0 || !pending)
		return pdFALSE;
	portYIELD();
	return pdTRUE;
}

void *pvTaskGetThreadLocalStoragePointer(TaskHandle_t task, BaseType_t index)
{
	return (task != NULL ? task : pxCurrentTCB)->pvThreadLocalStoragePointers[index];
}

void vTaskSetThreadLocalStoragePointer(TaskHandle_t task, BaseType_t index, void *value)
{
	(task != NULL ? task : pxCurrentTCB)->pvThreadLocalStoragePointers[index] = value;
}

void vTaskGenericNotifyGiveFromISR(TaskHandle_t task, UBaseType_t index, BaseType_t *woken)
{
	(void)index;
	task->notified++;
	if (task->sleeps && task->wake == portMAX_DELAY) {
		task->sleeps = pdFALSE;
		*woken = task->priority > pxCurrentTCB->priority;
	}
}

uint32_t ulTaskGenericNotifyTake(UBaseType_t index, BaseType_t clear, TickType_t ticks)
{
	uint32_t before = stand_in_mask(), found;

	(void)index, (void)clear;
	while (pxCurrentTCB->notified == 0 && ticks == portMAX_DELAY) {
		sleep_until(portMAX_DELAY);
		stand_in_unmask(before); /* and the switch happens here */
		before = stand_in_mask();
	}
	found = pxCurrentTCB->notified;
	pxCurrentTCB->notified = 0;
	stand_in_unmask(before);
	return found;
}
