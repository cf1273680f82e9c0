/* SPDX-License-Identifier: Apache-2.0 */
/* Calls the other extension through the firmware, since that one is loaded later, if at all. */
#include <zephyr/llext/symbol.h>
#include <zephyr/sys/printk.h>

/* The firmware's: a function of a loaded extension, or NULL. */
typedef void (*function_t)(int);
function_t find_function(const char *extension, const char *name);

static int count;

int counter_next(void)
{
	function_t notify;

	count++;
	notify = find_function("report", "report_round_number");
	if (count % 3 == 0 && notify != NULL)
		notify(count);
	else if (count % 3 == 0)
		printk("counter: %d is a round number, but nobody is there to hear it\n", count);
	return count;
}
EXPORT_SYMBOL(counter_next);

void counter_run(void)
{
	while (counter_next() % 3 != 0)
		;
}
EXPORT_SYMBOL(counter_run);
