/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads.h over FreeRTOS. A thread is a task with a stack from FreeRTOS's heap. The monitor is a
 * mutex; who waits is in a list and is woken by a notification of its task (index 0), which the
 * task must not use for anything else meanwhile. Needs INCLUDE_xTaskGetCurrentTaskHandle,
 * INCLUDE_vTaskDelay, INCLUDE_vTaskDelete, configUSE_TASK_NOTIFICATIONS.
 */
#include "FreeRTOS.h"
#include "task.h"
#include "semphr.h"
#include "threads.h"

struct waiting {
	TaskHandle_t task;
	struct waiting *next;
};

static StaticSemaphore_t monitor_memory;
static SemaphoreHandle_t monitor; /* recursive, since ports/freertos needs such ones, too */
static struct waiting *waiting;
static struct k_thread *threads; /* those that run, by backend[1] */

static struct k_thread *next_of(const struct k_thread *thread)
{
	return (struct k_thread *)thread->backend[1];
}

void z_monitor_enter(void)
{
	vTaskSuspendAll();
	if (monitor == NULL)
		monitor = xSemaphoreCreateRecursiveMutexStatic(&monitor_memory);
	(void)xTaskResumeAll();
	(void)xSemaphoreTakeRecursive(monitor, portMAX_DELAY);
}

void z_monitor_leave(void)
{
	(void)xSemaphoreGiveRecursive(monitor);
}

/* Rounded up: no wait is shorter than asked for. */
static TickType_t ticks_of(int64_t ms)
{
	int64_t ticks = (ms * (int64_t)configTICK_RATE_HZ + 999) / 1000;

	return ticks < (int64_t)portMAX_DELAY ? (TickType_t)ticks : portMAX_DELAY - 1;
}

bool z_monitor_wait(int64_t deadline)
{
	struct waiting self = {xTaskGetCurrentTaskHandle(), waiting}, **link = &waiting;
	int64_t left = deadline < 0 ? 0 : deadline - k_uptime_get();
	bool notified = false;

	if (deadline >= 0 && left <= 0)
		return false;
	waiting = &self;
	z_monitor_leave();
	notified = ulTaskNotifyTake(pdTRUE, deadline < 0 ? portMAX_DELAY : ticks_of(left)) != 0;
	z_monitor_enter();
	while (*link != &self)
		link = &(*link)->next;
	*link = self.next;
	return notified;
}

void z_monitor_notify(void)
{
	for (struct waiting *one = waiting; one != NULL; one = one->next)
		(void)xTaskNotifyGive(one->task);
}

static void run(void *opaque)
{
	struct k_thread *thread = opaque;

	z_monitor_enter(); /* until it is in the list, whoever makes it has the monitor */
	z_monitor_leave();
	z_thread_main(thread);
	vTaskDelete(NULL);
}

int z_thread_begin(struct k_thread *thread, k_thread_stack_t *stack)
{
	TaskHandle_t task = NULL;
	/* Zephyr's lower numbers come first, FreeRTOS's higher ones. */
	UBaseType_t most = configMAX_PRIORITIES - 1;
	UBaseType_t prio = thread->prio < 0                    ? most
			   : (UBaseType_t)thread->prio >= most ? 0
							       : most - (UBaseType_t)thread->prio;
	bool made;

	ARG_UNUSED(stack);
	z_monitor_enter();
	made = xTaskCreate(run, "k_thread", (uint16_t)(thread->stack_bytes / sizeof(StackType_t)),
			   thread, prio, &task) == pdPASS;
	if (made) {
		thread->backend[0] = (uintptr_t)task;
		thread->backend[1] = (uintptr_t)threads;
		threads = thread;
	}
	z_monitor_leave();
	return made ? 0 : -ENOMEM;
}

void z_thread_gone(struct k_thread *thread)
{
	struct k_thread *before = threads;

	if (threads == thread) {
		threads = next_of(thread);
		return;
	}
	while (before != NULL && next_of(before) != thread)
		before = next_of(before);
	if (before != NULL)
		before->backend[1] = thread->backend[1];
}

k_tid_t k_current_get(void)
{
	uintptr_t self = (uintptr_t)xTaskGetCurrentTaskHandle();
	struct k_thread *thread;

	z_monitor_enter();
	thread = threads;
	while (thread != NULL && thread->backend[0] != self)
		thread = next_of(thread);
	z_monitor_leave();
	return thread;
}

uintptr_t z_thread_identity(void)
{
	return (uintptr_t)xTaskGetCurrentTaskHandle();
}

int64_t k_uptime_get(void)
{
	return (int64_t)xTaskGetTickCount() * 1000 / (int64_t)configTICK_RATE_HZ;
}

void z_thread_sleep(int64_t ms)
{
	do
		vTaskDelay(ms < 0 ? portMAX_DELAY - 1 : ticks_of(ms));
	while (ms < 0);
}

void k_yield(void)
{
	taskYIELD();
}
