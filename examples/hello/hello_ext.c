/* SPDX-License-Identifier: Apache-2.0 */
/* The extension: one function, which calls one of the firmware's. */
#include <zephyr/llext/symbol.h>
#include <zephyr/sys/printk.h>

static const char greeting[] = "hello from the extension";

void hello_world(void)
{
	printk("%s\n", greeting);
}
EXPORT_SYMBOL(hello_world);
