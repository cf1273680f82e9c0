/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `tenon run --sandbox` offers behind gates, on boards and on the desk. The functions are in
 * the list of exports already, so that here there are only the gates.
 */
#include <stdio.h>
#include <llext/gate.h>

#define LONGEST_TEXT 4096

#define GATE(function_name, its_checks, its_flags)                                                 \
	LLEXT_GATE_RECORD_(function_name) = {.name = #function_name,                               \
					     .function = (const void *)&(gate_##function_name),    \
					     .checks = its_checks,                                 \
					     .words = 1,                                           \
					     LLEXT_GATE_KIND_(its_flags, LLEXT_NARROW_S32)}

static const struct llext_gate_check one_string[] = {
	{LLEXT_GATE_STRING, 0, 0, 1, LONGEST_TEXT},
	{LLEXT_GATE_END, 0, 0, 0, 0},
};
static const struct llext_gate_check nothing[] = {{LLEXT_GATE_END, 0, 0, 0, 0}};

static int gate_puts(const char *text)
{
	return puts(text);
}
GATE(puts, one_string, 1);

static int gate_putchar(int character)
{
	return putchar(character);
}
GATE(putchar, nothing, LLEXT_GATE_PLAIN | 1);
