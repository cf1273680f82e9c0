/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for the FreeRTOS kernel on a Cortex-M4, written for the tests: its folders, names and
 * types as far as ports/freertos and the examples use them. Tasks have priorities and
 * are switched by a timer; it is no RTOS.
 */
#ifndef STAND_IN_FREERTOS_H
#define STAND_IN_FREERTOS_H

#include <stddef.h>
#include <stdint.h>
#include "FreeRTOSConfig.h"
#include "portmacro.h"

#if !configUSE_RECURSIVE_MUTEXES || !configSUPPORT_STATIC_ALLOCATION || !INCLUDE_vTaskDelay
#error "FreeRTOSConfig.h"
#endif

#define pdFALSE             ((BaseType_t)0)
#define pdTRUE              ((BaseType_t)1)
#define pdPASS              pdTRUE
#define pdMS_TO_TICKS(time) ((TickType_t)(((uint64_t)(time)*configTICK_RATE_HZ) / 1000))

#ifndef traceTASK_SWITCHED_OUT
#define traceTASK_SWITCHED_OUT()
#define traceTASK_SWITCHED_IN()
#endif

typedef void (*TaskFunction_t)(void *);

/* A task; its members are the kernel's. The stack pointer comes first: PendSV_Handler() knows. */
typedef struct stand_in_task {
	StackType_t *stack;
	struct stand_in_task *next;
	UBaseType_t priority;
	TickType_t wake; /* sleeps until then; portMAX_DELAY: until it is notified */
	volatile BaseType_t sleeps, deleted;
	volatile uint32_t notified;
	void *pvThreadLocalStoragePointers[configNUM_THREAD_LOCAL_STORAGE_POINTERS];
} StaticTask_t;

typedef struct stand_in_mutex {
	StaticTask_t *volatile owner;
	UBaseType_t count;
} StaticSemaphore_t;

#endif /* STAND_IN_FREERTOS_H */
