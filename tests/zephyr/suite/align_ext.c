/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/llext/symbol.h>
#include <zephyr/sys/util.h>
#include "suite.h"

static char small = 1;
static volatile int common __aligned(64) = 2;
static volatile char large[3] __aligned(256) = {3};
static const volatile char constant[5] __aligned(128) = {4};
static volatile char zeroed[7] __aligned(512);

void test_entry(void)
{
	EXPECT(IS_ALIGNED(&common, 64) && IS_ALIGNED(large, 256));
	EXPECT(IS_ALIGNED(constant, 128) && IS_ALIGNED(zeroed, 512));
	EXPECT(small == 1 && common == 2 && large[0] == 3 && constant[0] == 4 && zeroed[6] == 0);
}
EXPORT_SYMBOL(test_entry);
