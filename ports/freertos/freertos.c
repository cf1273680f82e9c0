/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock is a recursive mutex, so a task that loads inherits the priority of whoever waits for
 * it. It is made at its first use, of static memory. Before the scheduler starts there is nobody
 * to lock out.
 */
#include <stdio.h>
#include "llext_freertos.h"
#include "semphr.h"
#include "../mcu/os.h"

static StaticSemaphore_t memory;
static SemaphoreHandle_t mutex;

static SemaphoreHandle_t the_mutex(void)
{
	vTaskSuspendAll();
	if (mutex == NULL)
		mutex = xSemaphoreCreateRecursiveMutexStatic(&memory);
	(void)xTaskResumeAll();
	return mutex;
}

/*
 * With the scheduler suspended no task could be waited for, and the caller has the processor to
 * itself; FreeRTOS does not allow a call that may block then.
 */
static int nobody_else(void)
{
	return xTaskGetSchedulerState() != taskSCHEDULER_RUNNING;
}

void llext_os_lock(void)
{
	if (!nobody_else())
		(void)xSemaphoreTakeRecursive(the_mutex(), portMAX_DELAY);
}

void llext_os_unlock(void)
{
	if (!nobody_else())
		(void)xSemaphoreGiveRecursive(the_mutex());
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

/* ---- tasks ---- */

void llext_freertos_bootstrap(void *task)
{
	const struct llext_freertos_task *what = task;

	llext_bootstrap(what->ext, what->entry, what->user_data);
	vTaskDelete(NULL);
}
