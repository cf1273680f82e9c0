/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/llext/symbol.h>
#include "suite.h"

void test_entry(void)
{
	EXPECT(ext_syscall_ok(41) == 42);
}
EXPORT_SYMBOL(test_entry);
