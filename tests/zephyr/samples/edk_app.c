/* SPDX-License-Identifier: Apache-2.0 */
/* An application whose extension runs in a thread with a heap of its own, and subscribes to ticks.
 */
#include <zephyr/app_memory/mem_domain.h>
#include <zephyr/kernel.h>
#include <zephyr/llext/buf_loader.h>
#include <zephyr/llext/llext.h>
#include <app_api.h>
#include <llext_posix.h>

#define STACKSIZE 4096
#define HEAPSIZE  16384

static const uint8_t ext_llext[] __aligned(16) = {
#include "edk_ext.inc"
};

static struct k_thread user_thread;
K_THREAD_STACK_DEFINE(user_stack, STACKSIZE);
K_HEAP_DEFINE(user_heap, HEAPSIZE);

static K_MUTEX_DEFINE(channel_mutex);
static K_SEM_DEFINE(wanted, 0, 1);
static struct k_event *subscriber;
static long tick;

int publish(enum channels channel, const void *data, size_t data_len)
{
	if (channel >= CHAN_LAST || data == NULL)
		return -EINVAL;
	if (data_len == 0)
		k_sem_give(&wanted);
	return 0;
}
EXPORT_SYMBOL(publish);

int receive(enum channels channel, void *data, size_t data_len)
{
	if (channel >= CHAN_LAST || data == NULL || data_len < sizeof(tick))
		return -EINVAL;
	(void)k_mutex_lock(&channel_mutex, K_FOREVER);
	memcpy(data, &tick, sizeof(tick));
	return k_mutex_unlock(&channel_mutex);
}
EXPORT_SYMBOL(receive);

int register_subscriber(enum channels channel, struct k_event *evt)
{
	if (channel >= CHAN_LAST)
		return -EINVAL;
	(void)k_mutex_lock(&channel_mutex, K_FOREVER);
	subscriber = evt;
	(void)k_mutex_unlock(&channel_mutex);
	k_sem_give(&wanted);
	return 0;
}
EXPORT_SYMBOL(register_subscriber);

/* @return false where nobody listens any more. */
static bool send_tick(void)
{
	bool is_there;

	(void)k_sem_take(&wanted, K_FOREVER);
	(void)k_mutex_lock(&channel_mutex, K_FOREVER);
	is_there = subscriber != NULL;
	tick++;
	if (is_there)
		(void)k_event_post(subscriber, CHAN_TICK);
	(void)k_mutex_unlock(&channel_mutex);
	return is_there;
}

static void user_function(void *p1, void *p2, void *p3)
{
	int (*start_fn)(void) = (int (*)(void))(uintptr_t)p1;

	printk("[app]Thread created to run extension [%s], in %s mode\n", (const char *)p2,
	       k_is_user_context() ? "user" : "privileged");
	*(int *)p3 = start_fn();
}

int main(void)
{
	struct llext_buf_loader loader = LLEXT_BUF_LOADER(ext_llext, sizeof(ext_llext));
	void *heap = llext_posix_map(KB(256));
	struct llext *ext = NULL;
	int result = -1;

	if (heap == NULL || llext_heap_init(heap, KB(256)) != 0 ||
	    llext_load(&loader.loader, "ext", &ext, NULL) != 0)
		return 1;
	(void)k_thread_create(&user_thread, user_stack, STACKSIZE, user_function,
			      (void *)(uintptr_t)llext_find_sym(&ext->exp_tab, "start"),
			      (void *)(uintptr_t) "ext", &result, -1, K_INHERIT_PERMS, K_FOREVER);
	k_thread_heap_assign(&user_thread, &user_heap);
	k_malloc_heap = &user_heap; /* for the extension's own thread */
	k_thread_start(&user_thread);
	k_sleep(K_MSEC(1));
	for (int i = 0; i < 4; i++)
		(void)send_tick();
	(void)k_thread_join(&user_thread, K_FOREVER);
	printk("[app]The extension has read %d in all\n", result);
	return llext_unload(&ext);
}
