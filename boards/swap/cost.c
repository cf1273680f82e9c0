/* SPDX-License-Identifier: Apache-2.0 */
/* What a call costs: each function does one thing COST_ROUNDS times. */
#include "cost.h"
#include "suite.h"

static int cost_version(void)
{
	return 1;
}

/* Their defaults are what is called. */
LLEXT_SLOT(cost_slot, effect, .version = cost_version);
LLEXT_FIXED_SLOT(cost_fixed_slot, effect, .version = cost_version);

int cost_function(void);
__attribute__((noinline, noclone)) int cost_function(void)
{
	__asm__ volatile("");
	return 1;
}

#define REPEAT(body)                                                                               \
	for (int i = 0; i < COST_ROUNDS; i++) {                                                    \
		__asm__ volatile("" ::: "memory");                                                 \
		body;                                                                              \
	}

void cost_loop(void)
{
	REPEAT((void)0)
}

void cost_direct(void)
{
	REPEAT(cost_function())
}

void cost_fixed(void)
{
	REPEAT(LLEXT_CALL(cost_fixed_slot, version))
}

void cost_counted(void)
{
	REPEAT(LLEXT_CALL(cost_slot, version))
}

void cost_enter_leave(void)
{
	struct llext_caller caller;

	REPEAT((void)LLEXT_ENTER(cost_slot, &caller); LLEXT_LEAVE(&caller))
}
