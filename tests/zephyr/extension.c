/* SPDX-License-Identifier: Apache-2.0 */
/* An extension as its author would write it for Zephyr. */
#include <stdint.h>
#include <zephyr/kernel.h>
#include <zephyr/llext/symbol.h>
#include <zephyr/sys/printk.h>
#include <zephyr/sys/util.h>

K_HEAP_DEFINE(message_heap, 512);

static const uint32_t table[] = {10, 20, 30, 40};
static uint32_t number = 42;
static uint32_t zeroed;

static void __attribute__((constructor)) ready(void)
{
	printk("extension: constructor\n");
}

static void __attribute__((destructor)) done(void)
{
	printk("extension: destructor\n");
}

void hello_world(void)
{
	printk("hello world, number %u, zeroed %u\n", number, zeroed);
	printk("a table of %u ends with %u\n", (unsigned int)ARRAY_SIZE(table),
	       table[ARRAY_SIZE(table) - 1]);
	number++;
}
LL_EXTENSION_SYMBOL(hello_world);

uint32_t increase(uint32_t by)
{
	zeroed += MIN(by, 100u);
	return zeroed;
}
LL_EXTENSION_SYMBOL(increase);

/* An entry point that a thread runs. */
void test_entry(void *user_data)
{
	uint32_t *result = user_data;
	uint32_t *copy = k_heap_alloc(&message_heap, sizeof(table), K_NO_WAIT);

	if (copy == NULL) {
		printk("extension: no memory\n");
		return;
	}
	*result = 0;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		copy[i] = table[i] + 1;
		*result += copy[i];
	}
	k_heap_free(&message_heap, copy);
	printk("extension: thread has the sum %u\n", *result);
}
EXPORT_SYMBOL(test_entry);
