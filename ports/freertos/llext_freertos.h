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
