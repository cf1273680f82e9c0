/* SPDX-License-Identifier: Apache-2.0 */
/* A stub of what ports/zephyr uses of Zephyr's header. */
#ifndef STUB_ZEPHYR_KERNEL_H
#define STUB_ZEPHYR_KERNEL_H

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

typedef struct k_thread *k_tid_t;

int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout);
int k_mutex_unlock(struct k_mutex *mutex);
int32_t k_sleep(k_timeout_t timeout);
k_tid_t k_current_get(void);

#endif /* STUB_ZEPHYR_KERNEL_H */
