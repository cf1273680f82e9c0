/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Under Zephyr: two mutexes, which are recursive there, the caches, messages. Zephyr programs the
 * MPU itself, so nothing is protected by this port: extensions have the rights of the thread that
 * calls them.
 */
#include <zephyr/cache.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>
#include <llext/port.h>

static K_MUTEX_DEFINE(loads);
static K_MUTEX_DEFINE(short_one);

static void lock(void)
{
	(void)k_mutex_lock(&loads, K_FOREVER);
}

static void unlock(void)
{
	(void)k_mutex_unlock(&loads);
}

static void guard(void)
{
	(void)k_mutex_lock(&short_one, K_FOREVER);
}

static void unguard(void)
{
	(void)k_mutex_unlock(&short_one);
}

/* A tick, in which threads of lower priority run. */
static bool relax(void)
{
	(void)k_sleep(K_TICKS(1));
	return true;
}

static const void *thread(void)
{
	return k_current_get();
}

static void sync(const struct llext_extent *extent)
{
	(void)sys_cache_data_flush_range(extent->mem, extent->bytes);
	(void)sys_cache_instr_invd_range((void *)extent->load, extent->bytes);
}

static void print(int level, const char *format, va_list args)
{
	(void)level;
	vprintk(format, args);
	printk("\n");
}

const struct llext_port llext_port = {
	.sync = sync,
	.lock = lock,
	.unlock = unlock,
	.guard = guard,
	.unguard = unguard,
	.relax = relax,
	.thread = thread,
	.log = print,
};
