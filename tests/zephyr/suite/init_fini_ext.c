/* SPDX-License-Identifier: Apache-2.0 */
/* Each function adds a digit; the firmware looks at the number after the tear-down. */
#include <zephyr/llext/symbol.h>
#include <zephyr/toolchain.h>

int number;

static void add(int digit)
{
	number = number << 4 | digit;
}

#ifdef SUITE_SHARED /* linkers refuse .preinit_array in a shared object */
static void init(void)
{
	add(1);
	add(2);
}
#else
static void preinit(void)
{
	add(1);
}
static void (*const preinit_function)(void) __used Z_GENERIC_SECTION(.preinit_array) = preinit;

static void init(void)
{
	add(2);
}
#endif

static void fini(void)
{
	add(4);
}

static void (*const init_function)(void) __used Z_GENERIC_SECTION(.init_array) = init;
static void (*const fini_function)(void) __used Z_GENERIC_SECTION(.fini_array) = fini;

void test_entry(void)
{
	add(3);
}
EXPORT_SYMBOL(test_entry);
EXPORT_SYMBOL(number);
