/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/llext/symbol.h>
#include <zephyr/logging/log.h>

LOG_MODULE_REGISTER(logging_ext);

void test_entry(void)
{
	static const uint32_t number = 42;

	LOG_INF("hello world");
	LOG_INF("A number is %" PRIu32, number);
	LOG_DBG("below the level");
	LOG_HEXDUMP_WRN(&number, 1, "a byte");
}
EXPORT_SYMBOL(test_entry);
