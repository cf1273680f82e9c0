/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/llext/symbol.h>
#include "suite.h"

static void test_thread(void *p1, void *p2, void *p3)
{
	ARG_UNUSED(p2);
	ARG_UNUSED(p3);
	EXPECT(k_sem_take(&my_sem, K_FOREVER) == 0);
	*(int *)p1 = 1;
}

void test_entry(void)
{
	int done = 0;
	k_tid_t thread;

	k_sem_give(&my_sem);
	thread = k_thread_create(&my_thread, my_thread_stack, MY_THREAD_STACK_SIZE, test_thread,
				 &done, NULL, NULL, 1, 0, K_FOREVER);
	EXPECT(thread == &my_thread);
	k_thread_start(thread);
	EXPECT(k_thread_join(&my_thread, K_FOREVER) == 0);
	EXPECT(done == 1);
}
EXPORT_SYMBOL(test_entry);
