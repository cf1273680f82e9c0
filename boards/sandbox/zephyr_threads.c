/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compat/zephyr's threads over the board's two, for its test of user mode: main() and one k_thread
 * at a time. The monitor masks interrupts; who waits, looks again in each of its slices. A
 * millisecond is a thousand instructions.
 */
#include <llext/domain_port.h>
#include "board.h"
#include "mpu.h"
#include "threads.h"
#include "threads/threads.h"
#include "user_board.h"

#define SLICE 40 /* ticks of the timer */

static struct k_thread *second; /* the other thread; NULL: there is none */
static volatile unsigned int running, changes;
static uintptr_t held, kept[2];

static void switched(unsigned int from)
{
	kept[from] = llext_domain_switch_out();
	running = !from;
	llext_domain_switch_in(kept[!from]);
}

void user_board_start(void)
{
	board_threads_hook = switched;
}

/* Nothing in the monitor enters it again. */
void z_monitor_enter(void)
{
	uintptr_t state = llext_mpu_hold();

	held = state;
}

void z_monitor_leave(void)
{
	llext_mpu_go_on(held);
}

bool z_monitor_wait(int64_t deadline)
{
	unsigned int before = changes;
	bool in_time = true;

	z_monitor_leave();
	while (changes == before && in_time)
		in_time = deadline < 0 || k_uptime_get() < deadline;
	z_monitor_enter();
	return in_time;
}

void z_monitor_notify(void)
{
	changes++;
}

/* What has ended keeps its slices until the next one begins. */
static void run(void *thread)
{
	z_thread_main(thread);
	for (;;)
		;
}

int z_thread_begin(struct k_thread *thread, k_thread_stack_t *stack)
{
	if (second != NULL)
		return -ENOMEM;
	board_threads_stop();
	second = thread;
	kept[1] = 0;
	board_threads_start(run, thread, stack, thread->stack_bytes, SLICE);
	return 0;
}

void z_thread_gone(struct k_thread *thread)
{
	(void)thread;
	second = NULL;
}

k_tid_t k_current_get(void)
{
	return running == 1 ? second : NULL;
}

uintptr_t z_thread_identity(void)
{
	return running + 1;
}

int64_t k_uptime_get(void)
{
	return (int64_t)(board_instructions() / 1000);
}

void z_thread_sleep(int64_t ms)
{
	int64_t end = k_uptime_get() + ms;

	while (ms < 0 || k_uptime_get() < end)
		;
}

void k_yield(void)
{
}
