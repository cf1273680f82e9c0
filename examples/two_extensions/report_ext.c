/* SPDX-License-Identifier: Apache-2.0 */
/* Imports counter_next straight from the other extension, which must be loaded before. */
#include <zephyr/llext/symbol.h>
#include <zephyr/sys/printk.h>

int counter_next(void);

void report_round_number(int value)
{
	printk("report: told that %d is a round number\n", value);
}
EXPORT_SYMBOL(report_round_number);

void report_run(void)
{
	for (int i = 0; i < 3; i++)
		printk("report: counter_next() = %d\n", counter_next());
}
EXPORT_SYMBOL(report_run);
