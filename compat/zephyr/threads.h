/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What threads.c needs of the kernel below: one monitor for all objects, and threads. Where
 * something changes, all that wait look again.
 */
#ifndef COMPAT_ZEPHYR_THREADS_H_
#define COMPAT_ZEPHYR_THREADS_H_

#include <zephyr/kernel.h>

void z_monitor_enter(void);
void z_monitor_leave(void);
/*
 * In the monitor: leave it, wait for z_monitor_notify(), enter again. @deadline is a time of
 * k_uptime_get(); negative: there is none. @return false where the deadline has passed.
 */
bool z_monitor_wait(int64_t deadline);
void z_monitor_notify(void); /* in the monitor */

/* Let z_thread_main(thread) run in a thread of its own. @return 0, -ENOMEM. */
int z_thread_begin(struct k_thread *thread, k_thread_stack_t *stack);
void z_thread_main(struct k_thread *thread);
void z_thread_gone(struct k_thread *thread); /* in the monitor: it is about to end */
/* Some number that is the calling thread's alone, never 0. */
uintptr_t z_thread_identity(void);
void z_thread_sleep(int64_t ms); /* negative: for ever */

#endif /* COMPAT_ZEPHYR_THREADS_H_ */
