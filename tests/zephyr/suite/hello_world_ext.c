/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <zephyr/llext/symbol.h>
#include <zephyr/sys/printk.h>

static const uint32_t number = 42;

void test_entry(void)
{
	printk("hello world\n");
	printk("A number is %lu\n", (unsigned long)number);
}
EXPORT_SYMBOL(test_entry);
