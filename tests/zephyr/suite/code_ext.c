/* SPDX-License-Identifier: Apache-2.0 */
/* Jumps between functions, through tables, and data that points to data. */
#include <string.h>
#include <zephyr/llext/symbol.h>
#include "suite.h"

int object_number = 42;
const char *object_string = "hello";
static int *const object_pointer = &object_number;

static __noinline int twice(int x)
{
	return 2 * x;
}

static __noinline int choose(int x)
{
	switch (x) {
	case 0:
		return 10;
	case 1:
		return twice(4);
	case 2:
		return twice(-6);
	case 3:
		return object_number;
	case 4:
		return -1;
	default:
		return x;
	}
}

static int (*const table[])(int) = {twice, choose};

void test_entry(void)
{
	object_number = 42;
	EXPECT(choose(0) == 10 && choose(1) == 8 && choose(2) == -12 && choose(3) == 42);
	EXPECT(table[1](4) == -1 && table[0](9) == 18);
	*object_pointer = 0;
	EXPECT(object_number == 0);
	EXPECT(strcmp(object_string, "hello") == 0);
}
EXPORT_SYMBOL(test_entry);
