/* SPDX-License-Identifier: Apache-2.0 */
/* FreeRTOS on Arm's MPS2 board with a Cortex-M4. What Tenon and its domains need is marked. */
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
#define configUSE_TICK_HOOK      1 /* domains: the hook calls llext_domain_tick() */
#define configUSE_MUTEXES        1

#define configUSE_RECURSIVE_MUTEXES             1 /* Tenon: its two locks */
#define configSUPPORT_STATIC_ALLOCATION         1 /* Tenon: the memory of them */
#define configSUPPORT_DYNAMIC_ALLOCATION        0
#define configNUM_THREAD_LOCAL_STORAGE_POINTERS 2 /* Tenon: a record; domains: where a task is */

#define INCLUDE_vTaskDelay                1 /* Tenon */
#define INCLUDE_vTaskSuspend              1
#define INCLUDE_vTaskDelete               1
#define INCLUDE_xTaskGetCurrentTaskHandle 1 /* Tenon */
#define INCLUDE_xTaskGetSchedulerState    1 /* Tenon */

/* Eight bits of priority, the lowest for the kernel. */
#define configPRIO_BITS                      8
#define configKERNEL_INTERRUPT_PRIORITY      0xff
#define configMAX_SYSCALL_INTERRUPT_PRIORITY 0x40

/* Domains: the vectors of SVCall and PendSV lead to the port first, which goes on to the kernel's
 * handlers under these names. */
#define vPortSVCHandler     llext_cortex_m_next_svc
#define xPortPendSVHandler  llext_cortex_m_next_pendsv
#define xPortSysTickHandler SysTick_Handler

#include <llext_freertos_switch.h> /* domains: what a switch of tasks does */

#endif /* FREERTOS_CONFIG_H */
