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

VOID llext_threadx_bootstrap(ULONG thread)
{
	const struct llext_threadx_thread *what = (const struct llext_threadx_thread *)thread;

	llext_bootstrap(what->ext, what->entry, what->user_data);
}
