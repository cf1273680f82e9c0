/* SPDX-License-Identifier: Apache-2.0 */
/* What the suite's firmware offers to the extensions. */
#include <llext/gate.h>
#include "conformance.h"

int notes[NOTES];
void (*note_hook)(void);
size_t note_count;
/* By itself in what a unit can share with a domain. */
int firmware_words[FIRMWARE_WORDS_BYTES / 4] __attribute__((aligned(FIRMWARE_WORDS_BYTES)));
/* Not an alias that the compiler knows: the address sanitizer would take it for one int. */
extern int firmware_variable;
__asm__(".globl firmware_variable\n"
	".set firmware_variable, firmware_words\n");

void note(int value)
{
	if (note_count < NOTES)
		notes[note_count++] = value;
	if (note_hook != NULL)
		note_hook();
}
EXPORT_GATE(note, VALUE(int, value));

int firmware_add(int a, int b)
{
	return a + b;
}
EXPORT_GATE(firmware_add, VALUE(int, a), VALUE(int, b));
EXPORT_SYMBOL(firmware_variable);

/* Under a name that is not its own. */
static int private_function(void)
{
	return 4711;
}
EXPORT_SYMBOL_NAMED(private_function, firmware_renamed);

/* Groups: one on, one off. */
#define CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_CONFORMANCE_ON  1
#define CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_CONFORMANCE_OFF 0

int firmware_group_on(void)
{
	return 1;
}
EXPORT_GROUP_SYMBOL(CONFORMANCE_ON, firmware_group_on);

int firmware_group_off(void)
{
	return 0;
}
EXPORT_GROUP_SYMBOL(CONFORMANCE_OFF, firmware_group_off);
