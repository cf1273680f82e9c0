/* SPDX-License-Identifier: Apache-2.0 */
/* A stub of what ports/zephyr uses of Zephyr's header. */
#ifndef STUB_ZEPHYR_KERNEL_H
#define STUB_ZEPHYR_KERNEL_H

#include <stddef.h>
#include <stdint.h>

struct k_mutex {
	int owner;
};
typedef struct {
	int64_t ticks;
} k_timeout_t;

#define K_FOREVER            ((k_timeout_t){-1})
#define K_TICKS(count)       ((k_timeout_t){(count)})
#define K_MUTEX_DEFINE(name) struct k_mutex name

struct k_thread {
	struct {
		uintptr_t start;
		size_t size;
	} stack_info;
};
typedef struct k_thread *k_tid_t;
typedef void (*k_thread_user_cb_t)(const struct k_thread *thread, void *user_data);

int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout);
int k_mutex_unlock(struct k_mutex *mutex);
int32_t k_sleep(k_timeout_t timeout);
k_tid_t k_current_get(void);
const char *k_thread_name_get(k_tid_t thread);
void k_thread_foreach(k_thread_user_cb_t user_cb, void *user_data);
uint32_t k_uptime_get_32(void);
unsigned int irq_lock(void);
void irq_unlock(unsigned int key);

#endif /* STUB_ZEPHYR_KERNEL_H */
