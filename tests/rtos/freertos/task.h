/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STAND_IN_TASK_H
#define STAND_IN_TASK_H

#include <sched.h>
#include "FreeRTOS.h"

typedef struct stand_in_task *TaskHandle_t;
typedef void (*TaskFunction_t)(void *);

/* The first of its members that the port uses. */
typedef struct {
	TaskHandle_t xHandle;
	const char *pcTaskName;
	StackType_t *pxTopOfStack, *pxEndOfStack;
} TaskStatus_t;

/* What uxTaskGetSystemState() gives beside the calling task, set by the test. */
extern TaskStatus_t stand_in_tasks[];
extern UBaseType_t stand_in_task_count;
UBaseType_t uxTaskGetNumberOfTasks(void);
UBaseType_t uxTaskGetSystemState(TaskStatus_t *tasks, UBaseType_t room, uint32_t *time);

#define taskSCHEDULER_SUSPENDED   0
#define taskSCHEDULER_NOT_STARTED 1
#define taskSCHEDULER_RUNNING     2

/* Starts what was created, and returns when all of it has been deleted; FreeRTOS's never does. */
void vTaskStartScheduler(void);

BaseType_t xTaskCreate(TaskFunction_t function, const char *name, uint16_t stack, void *parameter,
		       UBaseType_t priority, TaskHandle_t *handle);
void vTaskDelete(TaskHandle_t task);
void vTaskDelay(TickType_t ticks);
TickType_t xTaskGetTickCount(void);
BaseType_t xTaskGetSchedulerState(void);
TaskHandle_t xTaskGetCurrentTaskHandle(void);
void vTaskSuspendAll(void);
BaseType_t xTaskResumeAll(void);
UBaseType_t uxTaskPriorityGet(TaskHandle_t task);
void vTaskPrioritySet(TaskHandle_t task, UBaseType_t priority);
void *pvTaskGetThreadLocalStoragePointer(TaskHandle_t task, BaseType_t index);
void vTaskSetThreadLocalStoragePointer(TaskHandle_t task, BaseType_t index, void *value);
#define taskYIELD()                    ((void)sched_yield())
#define eIncrement                     2
#define xTaskNotifyGive(task)          xTaskGenericNotify((task), 0, 0, eIncrement, NULL)
#define ulTaskNotifyTake(clear, ticks) ulTaskGenericNotifyTake(0, (clear), (ticks))
BaseType_t xTaskGenericNotify(TaskHandle_t task, UBaseType_t index, uint32_t value, int action,
			      uint32_t *before);
BaseType_t xTaskGenericNotifyWait(UBaseType_t index, uint32_t clear_before, uint32_t clear_after,
				  uint32_t *value, TickType_t ticks);
uint32_t ulTaskGenericNotifyTake(UBaseType_t index, BaseType_t clear, TickType_t ticks);

#endif /* STAND_IN_TASK_H */
