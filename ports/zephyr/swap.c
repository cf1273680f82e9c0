/* SPDX-License-Identifier: Apache-2.0 */
/* Swaps under Zephyr: its clock, its interrupts masked, its threads' stacks. */
#include <zephyr/kernel.h>
#include "llext_zephyr.h"

static void wait_a_tick(void)
{
	(void)k_sleep(K_TICKS(1));
}

static uintptr_t hold(void)
{
	return irq_lock();
}

static void go_on(uintptr_t held)
{
	irq_unlock((unsigned int)held);
}

#if defined(CONFIG_THREAD_MONITOR) && defined(CONFIG_THREAD_STACK_INFO)
struct walk {
	int (*each)(const struct llext_thread_stack *stack, void *arg);
	void *arg;
	int rc;
};

/* Called with the list of threads locked. */
static void look_at(const struct k_thread *thread, void *user_data)
{
	struct walk *walk = user_data;
	bool current = thread == k_current_get();
	uintptr_t start = thread->stack_info.start, here = (uintptr_t)__builtin_frame_address(0);
	const struct llext_thread_stack stack = {
		.name = k_thread_name_get((k_tid_t)(uintptr_t)thread),
		.start = current ? here : start,
		.end = start + thread->stack_info.size,
		.current = current,
	};

	if (walk->rc == 0)
		walk->rc = walk->each(&stack, walk->arg);
}

static int each_thread(int (*each)(const struct llext_thread_stack *stack, void *arg), void *arg)
{
	struct walk walk = {each, arg, 0};

	k_thread_foreach(look_at, &walk);
	return walk.rc;
}
#define EACH_THREAD each_thread
#else
#define EACH_THREAD NULL
#endif

const struct llext_swap_port llext_zephyr_swap = {
	.now = k_uptime_get_32,
	.pause = wait_a_tick,
	.hold = hold,
	.go_on = go_on,
	.threads = EACH_THREAD,
};
