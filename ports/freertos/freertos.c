/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lock and guard are recursive mutexes, so a task that has one inherits the priority of whoever
 * waits for it. They are made at their first use, of static memory. Before the scheduler starts
 * there is nobody to lock out.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include "llext_freertos.h"
#include "semphr.h"
#include "../mcu/os.h"

struct mutex {
	StaticSemaphore_t memory;
	SemaphoreHandle_t handle;
};

static struct mutex loads, guard;

static SemaphoreHandle_t handle_of(struct mutex *mutex)
{
	vTaskSuspendAll();
	if (mutex->handle == NULL)
		mutex->handle = xSemaphoreCreateRecursiveMutexStatic(&mutex->memory);
	(void)xTaskResumeAll();
	return mutex->handle;
}

/*
 * With the scheduler suspended no task could be waited for, and the caller has the processor to
 * itself; FreeRTOS does not allow a call that may block then.
 */
static bool nobody_else(void)
{
	return xTaskGetSchedulerState() != taskSCHEDULER_RUNNING;
}

static void take(struct mutex *mutex)
{
	if (!nobody_else())
		(void)xSemaphoreTakeRecursive(handle_of(mutex), portMAX_DELAY);
}

static void give(struct mutex *mutex)
{
	if (!nobody_else())
		(void)xSemaphoreGiveRecursive(mutex->handle);
}

void llext_os_lock(void)
{
	take(&loads);
}

void llext_os_unlock(void)
{
	give(&loads);
}

void llext_os_guard(void)
{
	take(&guard);
}

void llext_os_unguard(void)
{
	give(&guard);
}

/* A tick, in which tasks of lower priority run. */
bool llext_os_relax(void)
{
#if INCLUDE_vTaskDelay
	if (nobody_else())
		return false;
	vTaskDelay(1);
	return true;
#else
	return false;
#endif
}

const void *llext_os_thread(void)
{
	return nobody_else() ? NULL : xTaskGetCurrentTaskHandle();
}

/* ---- one diagnostic record for each task ---- */

#if configNUM_THREAD_LOCAL_STORAGE_POINTERS > LLEXT_FREERTOS_DIAG_INDEX
void llext_freertos_set_diag(struct llext_diag *diag)
{
	vTaskSetThreadLocalStoragePointer(NULL, LLEXT_FREERTOS_DIAG_INDEX, diag);
}

static struct llext_diag *own_diag(void)
{
	if (xTaskGetSchedulerState() == taskSCHEDULER_NOT_STARTED)
		return NULL; /* there is no task to ask */
	return pvTaskGetThreadLocalStoragePointer(NULL, LLEXT_FREERTOS_DIAG_INDEX);
}
#else
void llext_freertos_set_diag(struct llext_diag *diag)
{
	(void)diag;
}

static struct llext_diag *own_diag(void)
{
	return NULL;
}
#endif

struct llext_diag *llext_os_diag(void)
{
	static struct llext_diag shared;
	struct llext_diag *own = own_diag();

	return own != NULL ? own : &shared;
}

/* ---- messages ---- */

static void print(int level, const char *format, va_list args)
{
	(void)level;
	vprintf(format, args);
	putchar('\n');
}

void (*llext_freertos_log)(int level, const char *format, va_list args) = print;

void llext_os_log(int level, const char *format, va_list args)
{
	if (llext_freertos_log != NULL)
		llext_freertos_log(level, format, args);
}

/* ---- swaps ---- */

static uint32_t ticks(void)
{
	return xTaskGetTickCount();
}

static void wait_a_tick(void)
{
	(void)llext_os_relax();
}

static uintptr_t hold(void)
{
	vTaskSuspendAll();
	return 0;
}

static void go_on(uintptr_t held)
{
	(void)held;
	(void)xTaskResumeAll();
}

#if defined(configUSE_TRACE_FACILITY) && configUSE_TRACE_FACILITY == 1 &&                          \
	defined(configRECORD_STACK_HIGH_ADDRESS) && configRECORD_STACK_HIGH_ADDRESS == 1
static int each_task(int (*each)(const struct llext_thread_stack *stack, void *arg), void *arg)
{
	static TaskStatus_t tasks[LLEXT_FREERTOS_TASKS]; /* with the scheduler suspended */
	UBaseType_t count;
	int here, rc = 0;

	vTaskSuspendAll();
	count = uxTaskGetNumberOfTasks();
	if (count > LLEXT_FREERTOS_TASKS)
		rc = -ENOSPC;
	else
		count = uxTaskGetSystemState(tasks, LLEXT_FREERTOS_TASKS, NULL);
	for (UBaseType_t i = 0; rc == 0 && i < count; i++) {
		bool current = tasks[i].xHandle == xTaskGetCurrentTaskHandle();
		const struct llext_thread_stack stack = {
			tasks[i].pcTaskName,
			current ? (uintptr_t)&here : (uintptr_t)tasks[i].pxTopOfStack,
			(uintptr_t)(tasks[i].pxEndOfStack + 1), current};

		rc = each(&stack, arg);
	}
	(void)xTaskResumeAll();
	return rc;
}
#define EACH_TASK each_task
#else
#define EACH_TASK NULL
#endif

const struct llext_swap_port llext_freertos_swap = {
	.now = ticks,
	.pause = wait_a_tick,
	.hold = hold,
	.go_on = go_on,
	.threads = EACH_TASK,
};

/* ---- tasks ---- */

void llext_freertos_bootstrap(void *task)
{
	const struct llext_freertos_task *what = task;

	llext_bootstrap(what->ext, what->entry, what->user_data);
	vTaskDelete(NULL);
}
