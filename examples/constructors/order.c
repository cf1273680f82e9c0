/* SPDX-License-Identifier: Apache-2.0 */
/* Constructors with priorities run lowest first, one without comes last; destructors the other way.
 */
#include <zephyr/llext/symbol.h>
#include <zephyr/sys/printk.h>

static void __attribute__((constructor)) last_up(void)
{
	printk("  up: no priority\n");
}

static void __attribute__((constructor(300))) third_up(void)
{
	printk("  up: priority 300\n");
}

static void __attribute__((constructor(200))) first_up(void)
{
	printk("  up: priority 200\n");
}

static void __attribute__((destructor)) first_down(void)
{
	printk("  down: no priority\n");
}

static void __attribute__((destructor(200))) last_down(void)
{
	printk("  down: priority 200\n");
}
