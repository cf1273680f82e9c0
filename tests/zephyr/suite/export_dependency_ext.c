/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/llext/symbol.h>

int test_dependency(int a, int b)
{
	return a * b;
}
EXPORT_SYMBOL(test_dependency);
