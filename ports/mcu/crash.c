/* SPDX-License-Identifier: Apache-2.0 */
/* What the machines' fault handlers share. */
#include <stdio.h>
#include "crash.h"

#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)

struct llext_crash llext_mcu_crash;

static void print(const struct llext_crash *crash)
{
	char text[256];

	(void)llext_crash_format(crash, text, sizeof(text));
	printf("%s\n", text);
}

void (*llext_mcu_crash_report)(const struct llext_crash *crash) = print;

void llext_mcu_fault(void)
{
	const struct llext_crash *crash = &llext_mcu_crash;

	llext_crash_locate(&llext_mcu_crash);
	if (llext_mcu_crash_report != NULL &&
	    (crash->where.extension != NULL || crash->caller.extension != NULL))
		llext_mcu_crash_report(crash);
}

#endif /* CONFIG_LLEXT_DEBUGGER */
