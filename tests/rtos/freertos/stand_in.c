/* SPDX-License-Identifier: Apache-2.0 */
/* See FreeRTOS.h. A task is a thread that waits for the scheduler's start. */
#include "../../common/must.h"
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "FreeRTOS.h"
#include "semphr.h"
#include "task.h"

struct stand_in_task {
	pthread_t thread;
	TaskFunction_t function;
	void *parameter;
	void *local[configNUM_THREAD_LOCAL_STORAGE_POINTERS];
	UBaseType_t priority;
	uint32_t notified;
	struct stand_in_task *next;
};

static struct stand_in_task *tasks;
static __thread struct stand_in_task *self;
static pthread_mutex_t critical, list = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int started;

static void make_recursive(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t how;

	pthread_mutexattr_init(&how);
	pthread_mutexattr_settype(&how, PTHREAD_MUTEX_RECURSIVE);
	must(pthread_mutex_init(mutex, &how) == 0);
}

static void make_critical(void)
{
	make_recursive(&critical);
}

void vTaskSuspendAll(void)
{
	pthread_once(&once, make_critical);
	pthread_mutex_lock(&critical);
}

BaseType_t xTaskResumeAll(void)
{
	pthread_mutex_unlock(&critical);
	return pdFALSE;
}

static void *run(void *argument)
{
	self = argument;
	self->function(self->parameter);
	abort(); /* a task must not return */
}

static void start(struct stand_in_task *task)
{
	must(pthread_create(&task->thread, NULL, run, task) == 0);
}

BaseType_t xTaskCreate(TaskFunction_t function, const char *name, uint16_t stack, void *parameter,
		       UBaseType_t priority, TaskHandle_t *handle)
{
	struct stand_in_task *task = calloc(1, sizeof(*task));

	(void)name, (void)stack;
	must(task != NULL);
	task->function = function;
	task->parameter = parameter;
	task->priority = priority;
	if (handle != NULL)
		*handle = task;
	pthread_mutex_lock(&list);
	task->next = tasks;
	tasks = task;
	if (started)
		start(task);
	pthread_mutex_unlock(&list);
	return pdPASS;
}

void vTaskStartScheduler(void)
{
	pthread_mutex_lock(&list);
	started = 1;
	for (struct stand_in_task *task = tasks; task != NULL; task = task->next)
		start(task);
	while (tasks != NULL) {
		struct stand_in_task *task = tasks;

		tasks = task->next;
		pthread_mutex_unlock(&list);
		pthread_join(task->thread, NULL);
		free(task);
		pthread_mutex_lock(&list);
	}
	started = 0;
	pthread_mutex_unlock(&list);
}

void vTaskDelete(TaskHandle_t task)
{
	must(task == NULL && self != NULL);
	pthread_exit(NULL);
}

void vTaskDelay(TickType_t ticks)
{
	usleep(ticks * 1000);
}

BaseType_t xTaskGetSchedulerState(void)
{
	return started ? taskSCHEDULER_RUNNING : taskSCHEDULER_NOT_STARTED;
}

TaskHandle_t xTaskGetCurrentTaskHandle(void)
{
	return self;
}

void *pvTaskGetThreadLocalStoragePointer(TaskHandle_t task, BaseType_t index)
{
	must(task == NULL && self != NULL);
	must(index < configNUM_THREAD_LOCAL_STORAGE_POINTERS);
	return self->local[index];
}

void vTaskSetThreadLocalStoragePointer(TaskHandle_t task, BaseType_t index, void *value)
{
	must(task == NULL && self != NULL);
	must(index < configNUM_THREAD_LOCAL_STORAGE_POINTERS);
	self->local[index] = value;
}

SemaphoreHandle_t stand_in_create_recursive(StaticSemaphore_t *memory)
{
	make_recursive(&memory->mutex);
	return memory;
}

BaseType_t xQueueTakeMutexRecursive(QueueHandle_t mutex, TickType_t ticks)
{
	must(ticks == portMAX_DELAY && self != NULL);
	return pthread_mutex_lock(&mutex->mutex) == 0;
}

BaseType_t xQueueGiveMutexRecursive(QueueHandle_t mutex)
{
	int rc = pthread_mutex_unlock(&mutex->mutex);

	must(rc == 0); /* only who has it may give it */
	return pdTRUE;
}

void *pvPortMalloc(size_t bytes)
{
	return malloc(bytes);
}

void vPortFree(void *mem)
{
	free(mem);
}

TaskStatus_t stand_in_tasks[20];
UBaseType_t stand_in_task_count;

UBaseType_t uxTaskGetNumberOfTasks(void)
{
	return stand_in_task_count;
}

UBaseType_t uxTaskGetSystemState(TaskStatus_t *into, UBaseType_t room, uint32_t *time)
{
	must(time == NULL && stand_in_task_count <= room);
	for (UBaseType_t i = 0; i < stand_in_task_count; i++)
		into[i] = stand_in_tasks[i];
	return stand_in_task_count;
}

TickType_t xTaskGetTickCount(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (TickType_t)(now.tv_sec * configTICK_RATE_HZ +
			    now.tv_nsec / (1000000000 / configTICK_RATE_HZ));
}

/* ---- notifications, of which a task has one; all by one lock ---- */

static pthread_mutex_t notifications = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t notified = PTHREAD_COND_INITIALIZER;

BaseType_t xTaskGenericNotify(TaskHandle_t task, UBaseType_t index, uint32_t value, int action,
			      uint32_t *before)
{
	must(index == 0 && value == 0 && action == eIncrement && before == NULL);
	pthread_mutex_lock(&notifications);
	task->notified++;
	pthread_cond_broadcast(&notified);
	pthread_mutex_unlock(&notifications);
	return pdPASS;
}

uint32_t ulTaskGenericNotifyTake(UBaseType_t index, BaseType_t clear, TickType_t ticks)
{
	struct timespec end;
	uint32_t found;
	int rc = 0;

	must(index == 0 && clear == pdTRUE && self != NULL);
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += ticks / configTICK_RATE_HZ;
	end.tv_nsec += (long)(ticks % configTICK_RATE_HZ) * (1000000000 / configTICK_RATE_HZ);
	if (end.tv_nsec >= 1000000000) {
		end.tv_nsec -= 1000000000;
		end.tv_sec++;
	}
	pthread_mutex_lock(&notifications);
	while (self->notified == 0 && rc == 0)
		rc = ticks == portMAX_DELAY
			     ? pthread_cond_wait(&notified, &notifications)
			     : pthread_cond_timedwait(&notified, &notifications, &end);
	found = self->notified;
	self->notified = 0;
	pthread_mutex_unlock(&notifications);
	return found;
}
