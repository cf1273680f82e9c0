/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/llext/symbol.h>
#include "suite.h"

int detached_data Z_GENERIC_SECTION(.detach) = 5;
int ordinary_data = 6;

void test_entry(void)
{
	EXPECT(detached_data == 5 && ordinary_data == 6);
}
EXPORT_SYMBOL(test_entry);
EXPORT_SYMBOL(detached_data);
EXPORT_SYMBOL(ordinary_data);
