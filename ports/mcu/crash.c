/* SPDX-License-Identifier: Apache-2.0 */
/* What the machines' fault handlers share. */
#include <stdio.h>
#include "crash.h"
#include "llext_mcu.h"

#if LLEXT_ON(CONFIG_LLEXT_DEBUGGER)

struct llext_crash llext_mcu_crash;

static void print(const struct llext_crash *crash)
{
	static char text[640]; /* handlers have small stacks */

	(void)llext_crash_format(crash, text, sizeof(text));
	printf("%s\n", text);
}

void (*llext_mcu_crash_report)(const struct llext_crash *crash) = print;

#if defined(__arm__)
#define VECTORS (*(const volatile uintptr_t *)0xe000ed08) /* VTOR; 0 where there is none */

/* The main stack is below what the vector table begins with. */
static uintptr_t stack_end(uintptr_t sp)
{
	uintptr_t end = *(const volatile uintptr_t *)VECTORS;

	return sp < end ? end : sp;
}
#else
/* The end of the memory that it is in. */
static uintptr_t stack_end(uintptr_t sp)
{
	for (const struct llext_mcu_range *range = llext_mcu_memory; range->kind != LLEXT_MCU_END;
	     range++) {
		if (range->kind == LLEXT_MCU_DATA && sp >= (uintptr_t)range->start &&
		    sp < (uintptr_t)range->end)
			return (uintptr_t)range->end;
	}
	return sp;
}
#endif

uintptr_t (*llext_mcu_stack_end)(uintptr_t sp) = stack_end;

void llext_mcu_fault(void)
{
	const struct llext_crash *crash = &llext_mcu_crash;

	llext_crash_locate(&llext_mcu_crash);
	llext_crash_walk(&llext_mcu_crash, llext_mcu_stack_end(crash->sp));
	if (llext_mcu_crash_report != NULL &&
	    (crash->where.extension != NULL || crash->caller.extension != NULL))
		llext_mcu_crash_report(crash);
}

#endif /* CONFIG_LLEXT_DEBUGGER */
