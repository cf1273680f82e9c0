/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock is a mutex with priority inheritance; ThreadX's mutexes are recursive. Before the
 * kernel starts there is no thread that could be locked out.
 */
#include <stdio.h>
#include "llext_threadx.h"
#include "../mcu/os.h"

static TX_MUTEX mutex;

UINT llext_threadx_init(void)
{
	return tx_mutex_create(&mutex, (CHAR *)"llext", TX_INHERIT);
}

void llext_os_lock(void)
{
	if (tx_thread_identify() != TX_NULL)
		(void)tx_mutex_get(&mutex, TX_WAIT_FOREVER);
}

void llext_os_unlock(void)
{
	if (tx_thread_identify() != TX_NULL)
		(void)tx_mutex_put(&mutex);
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
