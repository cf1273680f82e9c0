/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/llext/symbol.h>
#include "suite.h"

int ext_number = 4;
extern int other_number;
int other_function(int a);

void test_entry(void)
{
	EXPECT(other_number == 2 && other_function(5) == 5 + 4 + 2);
}
EXPORT_SYMBOL(test_entry);
