/* SPDX-License-Identifier: Apache-2.0 */
/* A thread of its own waits for ticks, and wakes the one that reads them. All objects are
 * allocated. */
#include <zephyr/kernel.h>
#include <zephyr/llext/symbol.h>
#include <app_api.h>

#define STACKSIZE 1024
#define TICKS     3

static struct k_sem *my_sem;
static struct k_event *tick_evt;

static void tick_sub(void *p1, void *p2, void *p3)
{
	ARG_UNUSED(p1);
	ARG_UNUSED(p2);
	ARG_UNUSED(p3);
	for (int i = 0; i < TICKS; i++) {
		(void)k_event_wait(tick_evt, CHAN_TICK, false, K_FOREVER);
		(void)k_event_clear(tick_evt, CHAN_TICK);
		k_sem_give(my_sem);
	}
}

int start(void)
{
	k_thread_stack_t *stack = k_thread_stack_alloc(STACKSIZE, K_USER);
	struct k_thread *thread = k_object_alloc(K_OBJ_THREAD);
	long sum = 0;

	my_sem = k_object_alloc(K_OBJ_SEM);
	tick_evt = k_object_alloc(K_OBJ_EVENT);
	if (stack == NULL || thread == NULL || my_sem == NULL || tick_evt == NULL)
		return -1;
	(void)k_sem_init(my_sem, 0, 1);
	k_event_init(tick_evt);
	(void)k_thread_create(thread, stack, STACKSIZE, tick_sub, NULL, NULL, NULL, 2,
			      K_INHERIT_PERMS, K_NO_WAIT);
	(void)register_subscriber(CHAN_TICK, tick_evt);
	for (int i = 0; i < TICKS; i++) {
		long value = 0;

		(void)k_sem_take(my_sem, K_FOREVER);
		(void)receive(CHAN_TICK, &value, sizeof(value));
		printk("[ext]Read val: %ld\n", value);
		sum += value;
		(void)publish(CHAN_TICK, &value, 0); /* the next one, please */
	}
	(void)register_subscriber(CHAN_TICK, NULL);
	(void)k_thread_join(thread, K_FOREVER);
	k_object_free(thread);
	k_object_free(my_sem);
	k_object_free(tick_evt);
	(void)k_thread_stack_free(stack);
	return (int)sum;
}
EXPORT_SYMBOL(start);
