/* SPDX-License-Identifier: Apache-2.0 */
/* FreeRTOS on Arm's MPS2 board with a Cortex-M4. What Tenon needs of it is marked. */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configCPU_CLOCK_HZ       25000000
#define configTICK_RATE_HZ       1000
#define configMAX_PRIORITIES     5
#define configMINIMAL_STACK_SIZE 128
#define configMAX_TASK_NAME_LEN  16
#define configUSE_16_BIT_TICKS   0
#define configUSE_PREEMPTION     1
#define configUSE_IDLE_HOOK      0
#define configUSE_TICK_HOOK      0
#define configUSE_MUTEXES        1

#define configUSE_RECURSIVE_MUTEXES             1 /* Tenon: its two locks */
#define configSUPPORT_STATIC_ALLOCATION         1 /* Tenon: the memory of them */
#define configSUPPORT_DYNAMIC_ALLOCATION        0
#define configNUM_THREAD_LOCAL_STORAGE_POINTERS 1 /* Tenon: a task's own diagnostic record */

#define INCLUDE_vTaskDelay                1 /* Tenon: an unload waits for a task of lower priority */
#define INCLUDE_vTaskSuspend              1 /* so that portMAX_DELAY waits for ever */
#define INCLUDE_vTaskDelete               1
#define INCLUDE_xTaskGetCurrentTaskHandle 1 /* Tenon */
#define INCLUDE_xTaskGetSchedulerState    1 /* Tenon */

/* Eight bits of priority, the lowest for the kernel; the console's interrupt calls it. */
#define configPRIO_BITS                      8
#define configKERNEL_INTERRUPT_PRIORITY      0xff
#define configMAX_SYSCALL_INTERRUPT_PRIORITY 0x40

/* The kernel's handlers, as board.c has them in the vector table. */
#define vPortSVCHandler     SVC_Handler
#define xPortPendSVHandler  PendSV_Handler
#define xPortSysTickHandler SysTick_Handler

#endif /* FREERTOS_CONFIG_H */
