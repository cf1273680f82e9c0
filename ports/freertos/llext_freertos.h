/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Tenon under FreeRTOS: locks, a diagnostic record for each task, messages, tasks that run an
 * extension. It compiles against the firmware's own kernel and FreeRTOSConfig.h, which must have
 * configUSE_RECURSIVE_MUTEXES and configSUPPORT_STATIC_ALLOCATION 1. docs/porting.md, "Under an
 * RTOS", has a complete firmware.
 */
#ifndef LLEXT_FREERTOS_H_
#define LLEXT_FREERTOS_H_

#include <stdarg.h>
#include "FreeRTOS.h"
#include "task.h"
#include <llext/llext.h>
#include <llext/swap.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which of a task's thread-local storage pointers holds its diagnostic record. */
#ifndef LLEXT_FREERTOS_DIAG_INDEX
#define LLEXT_FREERTOS_DIAG_INDEX 0
#endif

/**
 * Give the calling task a diagnostic record of its own, which must live as long as the task, or
 * NULL: none any more. Tasks without one share a record. Needs
 * configNUM_THREAD_LOCAL_STORAGE_POINTERS above LLEXT_FREERTOS_DIAG_INDEX; without any, all tasks
 * share one. Task context.
 */
void llext_freertos_set_diag(struct llext_diag *diag);

/**
 * Where messages go; at first vprintf() and a newline. Called with the library's lock held. NULL:
 * nowhere. Set it before the first load.
 */
extern void (*llext_freertos_log)(int level, const char *format, va_list args);

/** Most tasks that llext_freertos_swap.threads can look at. */
#ifndef LLEXT_FREERTOS_TASKS
#define LLEXT_FREERTOS_TASKS 16
#endif

/**
 * For llext_swap_use(). The clock counts ticks; hold() suspends the scheduler, so it keeps tasks
 * away, and not interrupts: where an interrupt calls a slot, use a copy with other functions there.
 * threads() is NULL without configUSE_TRACE_FACILITY and configRECORD_STACK_HIGH_ADDRESS, which
 * FreeRTOS has had for TaskStatus_t since 10.5; it fails with -ENOSPC where there are more than
 * LLEXT_FREERTOS_TASKS tasks.
 */
extern const struct llext_swap_port llext_freertos_swap;

/** A task that runs an extension; must live as long as the task does. */
struct llext_freertos_task {
	struct llext *ext;
	llext_entry_fn_t entry; /**< NULL: bring-up and tear-down only */
	void *user_data;        /**< for @c entry */
};

/**
 * A task function for xTaskCreate(), with a struct llext_freertos_task as its parameter:
 * llext_bootstrap(), that is bring-up, entry, tear-down, and then the task deletes itself, as
 * FreeRTOS wants it. (llext_bootstrap() itself fits Zephyr's threads, not FreeRTOS's tasks: those
 * have one parameter and must not return.) Who has started it unloads the extension, when the task
 * is gone.
 */
void llext_freertos_bootstrap(void *task);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_FREERTOS_H_ */
