/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations of what ports/freertos uses, to compile it for the processor; nothing runs it. */
#ifndef KERNEL_FREERTOS_H
#define KERNEL_FREERTOS_H

#include <stddef.h>
#include <stdint.h>

#define configNUM_THREAD_LOCAL_STORAGE_POINTERS 1
#define portMAX_DELAY                           0xffffffffu

typedef long BaseType_t;
typedef uint32_t TickType_t;
typedef void *TaskHandle_t;

#endif /* KERNEL_FREERTOS_H */
