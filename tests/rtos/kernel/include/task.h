/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STAND_IN_TASK_H
#define STAND_IN_TASK_H

#include "FreeRTOS.h"

typedef struct stand_in_task *TaskHandle_t;

#define taskSCHEDULER_SUSPENDED   ((BaseType_t)0)
#define taskSCHEDULER_NOT_STARTED ((BaseType_t)1)
#define taskSCHEDULER_RUNNING     ((BaseType_t)2)

TaskHandle_t xTaskCreateStatic(TaskFunction_t code, const char *name, uint32_t words,
			       void *parameters, UBaseType_t priority, StackType_t *stack,
			       StaticTask_t *memory);
void vTaskStartScheduler(void);
void vTaskSwitchContext(void);
void vTaskDelete(TaskHandle_t task);
void vTaskDelay(TickType_t ticks);
TickType_t xTaskGetTickCount(void);
BaseType_t xTaskGetSchedulerState(void);
TaskHandle_t xTaskGetCurrentTaskHandle(void);
void vTaskSuspendAll(void);
BaseType_t xTaskResumeAll(void);
void *pvTaskGetThreadLocalStoragePointer(TaskHandle_t task, BaseType_t index);
void vTaskSetThreadLocalStoragePointer(TaskHandle_t task, BaseType_t index, void *value);
void vTaskGenericNotifyGiveFromISR(TaskHandle_t task, UBaseType_t index, BaseType_t *woken);
uint32_t ulTaskGenericNotifyTake(UBaseType_t index, BaseType_t clear, TickType_t ticks);
#define vTaskNotifyGiveFromISR(task, woken) vTaskGenericNotifyGiveFromISR((task), 0, (woken))
#define ulTaskNotifyTake(clear, ticks)      ulTaskGenericNotifyTake(0, (clear), (ticks))

/* The firmware's. */
void vApplicationTickHook(void);
void vApplicationGetIdleTaskMemory(StaticTask_t **task, StackType_t **stack, uint32_t *words);

#endif /* STAND_IN_TASK_H */
