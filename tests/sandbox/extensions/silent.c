/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of gates that return nothing, or less than a register holds. */
#include <llext/symbol.h>
#include "../api.h"

/* Not at the end of the domain's data, where a quick check does not reach on Cortex-M. */
static int numbers[16] = {1, 2};

void many_nothing(int n)
{
	for (int i = 0; i < n; i++)
		fw_take_nothing((uintptr_t)numbers, 2, (uintptr_t)numbers);
}

void many_looks(int n)
{
	for (int i = 0; i < n; i++)
		fw_look_at_one(numbers, 2, (uintptr_t)numbers);
}

typedef uintptr_t returns_word(uintptr_t a, size_t count, uintptr_t b);

/* A word of what is in a result's register, whatever the function says that it returns. */
static uintptr_t call_for_word(void (*gate)(void), uintptr_t a)
{
	return ((returns_word *)gate)(a, 1, 1);
}

uintptr_t left_by_nothing(int which)
{
	static void (*const gates[])(void) = {(void (*)(void))fw_take_nothing,
					      (void (*)(void))fw_look_at_one,
					      (void (*)(void))fw_look_closer};

	return call_for_word(gates[which], (uintptr_t)numbers);
}

/* Above 32 bits. */
uintptr_t left_above(uintptr_t low)
{
	uintptr_t high = low << 16 << 16;

	return call_for_word((void (*)(void))fw_low, high | low) >> 16 >> 16;
}

uintptr_t look_at(uintptr_t address)
{
	fw_look_at_one((const int *)address, 1, 0);
	return 0;
}

EXPORT_SYMBOL(many_nothing);
EXPORT_SYMBOL(many_looks);
EXPORT_SYMBOL(left_by_nothing);
EXPORT_SYMBOL(left_above);
EXPORT_SYMBOL(look_at);
