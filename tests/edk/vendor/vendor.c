/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles only with all of the firmware's flags. */
#include <driver.h>
#include <made.h>
#include <zephyr/kernel.h>
#include <zephyr/llext/symbol.h>

enum narrow { A_VALUE };
BUILD_ASSERT(sizeof(enum narrow) == 1, "add_compile_options() is lost");
BUILD_ASSERT(FROM_KIT == 1 && FROM_HEADER == 2 && FROM_DIRECTORY == 3, "a definition is lost");
BUILD_ASSERT(FROM_LIBRARY == 4 && FROM_GENERATED == 5 && FROM_MADE == 6, "a library's is lost");
BUILD_ASSERT(sizeof(FROM_STRING) == 4, "a string is lost");

void vendor(void)
{
	printk("vendor\n");
}
EXPORT_SYMBOL(vendor);
