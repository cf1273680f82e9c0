/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for FreeRTOS over pthreads, written for these tests: the few calls that ports/freertos
 * makes and exports. It is no RTOS; it shows that the port's code does what it says.
 */
#ifndef STAND_IN_FREERTOS_H
#define STAND_IN_FREERTOS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define configNUM_THREAD_LOCAL_STORAGE_POINTERS 2
#define configUSE_TRACE_FACILITY                1
#define configRECORD_STACK_HIGH_ADDRESS         1
#define configMAX_PRIORITIES                    5
#define configTICK_RATE_HZ                      1000
#define configUSE_MUTEXES                       1
#define configUSE_RECURSIVE_MUTEXES             1
#define configUSE_COUNTING_SEMAPHORES           1
#define configSUPPORT_STATIC_ALLOCATION         1
#define configSUPPORT_DYNAMIC_ALLOCATION        1
#define INCLUDE_vTaskDelete                     1
#define INCLUDE_vTaskDelay                      1
#define INCLUDE_xTaskGetCurrentTaskHandle       1
#define INCLUDE_uxTaskPriorityGet               1
#define INCLUDE_vTaskPrioritySet                1

typedef long BaseType_t;
typedef unsigned long StackType_t;
typedef unsigned long UBaseType_t;
typedef uint32_t TickType_t;
typedef uintptr_t StackType_t;
#define portMAX_DELAY ((TickType_t)0xffffffff)
#define pdPASS        1
#define pdTRUE        1
#define pdFALSE       0

void *pvPortMalloc(size_t bytes);
void vPortFree(void *mem);

#endif /* STAND_IN_FREERTOS_H */
