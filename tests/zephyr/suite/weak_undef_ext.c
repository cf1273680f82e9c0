/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/llext/symbol.h>
#include "suite.h"

extern void suite_nobody_fn(void) __weak;
extern int suite_nobody_obj __weak;

void test_entry(void)
{
	EXPECT(suite_nobody_fn == NULL);
	EXPECT(&suite_nobody_obj == NULL);
}
EXPORT_SYMBOL(test_entry);
