/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/llext/symbol.h>
#include "suite.h"

int test_dependency(int a, int b);

void test_entry(void)
{
	EXPECT(test_dependency(2, 7) == 14);
}
EXPORT_SYMBOL(test_entry);
