/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lock and guard are mutexes with priority inheritance; ThreadX's mutexes are recursive. Before the
 * kernel starts there is no thread that could be locked out.
 */
#include <stdio.h>
#include "llext_threadx.h"
#include "../mcu/os.h"

static TX_MUTEX loads, guard;

UINT llext_threadx_init(void)
{
	UINT rc = tx_mutex_create(&loads, (CHAR *)"llext", TX_INHERIT);

	return rc == TX_SUCCESS ? tx_mutex_create(&guard, (CHAR *)"llext guard", TX_INHERIT) : rc;
}

static bool nobody_else(void)
{
	return tx_thread_identify() == TX_NULL;
}

static void take(TX_MUTEX *mutex)
{
	if (!nobody_else())
		(void)tx_mutex_get(mutex, TX_WAIT_FOREVER);
}

static void give(TX_MUTEX *mutex)
{
	if (!nobody_else())
		(void)tx_mutex_put(mutex);
}

void llext_os_lock(void)
{
	take(&loads);
}

void llext_os_unlock(void)
{
	give(&loads);
}

void llext_os_guard(void)
{
	take(&guard);
}

void llext_os_unguard(void)
{
	give(&guard);
}

/* A tick, in which threads of lower priority run. */
bool llext_os_relax(void)
{
	return !nobody_else() && tx_thread_sleep(1) == TX_SUCCESS;
}

const void *llext_os_thread(void)
{
	return tx_thread_identify();
}

struct llext_diag *llext_os_diag(void)
{
	static struct llext_diag shared;

	return &shared;
}

static void print(int level, const char *format, va_list args)
{
	(void)level;
	vprintf(format, args);
	putchar('\n');
}

void (*llext_threadx_log)(int level, const char *format, va_list args) = print;

void llext_os_log(int level, const char *format, va_list args)
{
	if (llext_threadx_log != NULL)
		llext_threadx_log(level, format, args);
}

/* ---- swaps ---- */

static uint32_t ticks(void)
{
	return (uint32_t)tx_time_get();
}

static void wait_a_tick(void)
{
	(void)llext_os_relax();
}

static uintptr_t hold(void)
{
	return tx_interrupt_control(TX_INT_DISABLE);
}

static void go_on(uintptr_t held)
{
	(void)tx_interrupt_control((UINT)held);
}

static int each_thread(int (*each)(const struct llext_thread_stack *stack, void *arg), void *arg)
{
	const TX_THREAD *self = tx_thread_identify(), *thread, *next;
	uintptr_t held = hold(), here = (uintptr_t)__builtin_frame_address(0);
	int rc = 0;

	/* They are a ring. None runs yet where self is NULL. */
	for (thread = self; rc == 0 && thread != TX_NULL; thread = next != self ? next : TX_NULL) {
		const struct llext_thread_stack stack = {
			thread->tx_thread_name,
			thread == self ? here : (uintptr_t)thread->tx_thread_stack_ptr,
			(uintptr_t)thread->tx_thread_stack_end + 1, /* that is the last byte */
			thread == self};

		next = thread->tx_thread_created_next;
		rc = each(&stack, arg);
	}
	go_on(held);
	return rc;
}

const struct llext_swap_port llext_threadx_swap = {
	.now = ticks,
	.pause = wait_a_tick,
	.hold = hold,
	.go_on = go_on,
	.threads = each_thread,
};

/* ---- threads ---- */

VOID llext_threadx_bootstrap(ULONG thread)
{
	const struct llext_threadx_thread *what = (const struct llext_threadx_thread *)thread;

	llext_bootstrap(what->ext, what->entry, what->user_data);
}
