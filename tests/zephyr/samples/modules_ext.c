/* SPDX-License-Identifier: Apache-2.0 */
/* A module that may be part of the firmware or an extension. */
#include <zephyr/kernel.h>
#include <zephyr/llext/symbol.h>

void hello_world(void)
{
	printk("Hello, world, from an extension\n");
}
LL_EXTENSION_SYMBOL(hello_world);
