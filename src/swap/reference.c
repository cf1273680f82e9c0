/* SPDX-License-Identifier: Apache-2.0 */
/* References in words, without printf(). */
#include <llext/unload.h>
#include "swap.h"
#include "../text.h"

static void put_number(struct text *text, uintptr_t value)
{
	char digits[3 * sizeof(value)];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	text_put(text, digits + at);
}

size_t llext_reference_format(const struct llext_reference *reference, char *buf, size_t size)
{
	/* The name, then what comes behind it. */
	static const char *const before[] = {
		[LLEXT_REFERENCE_CALLER] = "slot ",
		[LLEXT_REFERENCE_SLOT] = "slot ",
		[LLEXT_REFERENCE_DOMAIN] = "domain ",
		[LLEXT_REFERENCE_IMPORT] = "extension ",
		[LLEXT_REFERENCE_RESOURCE] = "resource ",
		[LLEXT_REFERENCE_EXIT] = "a function to run at the end",
		[LLEXT_REFERENCE_THREAD] = "thread ",
		[LLEXT_REFERENCE_POINTER] = "pointer in ",
	};
	static const char *const after[] = {
		[LLEXT_REFERENCE_CALLER] = " has callers inside: ",
		[LLEXT_REFERENCE_SLOT] = " has it",
		[LLEXT_REFERENCE_DOMAIN] = " is running, or has its stack there",
		[LLEXT_REFERENCE_IMPORT] = " uses its symbols",
		[LLEXT_REFERENCE_RESOURCE] = " is registered",
		[LLEXT_REFERENCE_EXIT] = " has not been run: ",
		[LLEXT_REFERENCE_THREAD] = " may return to ",
		[LLEXT_REFERENCE_POINTER] = " to ",
	};
	struct text text = {buf, size, 0};
	unsigned int kind = (unsigned int)reference->kind;

	if (kind >= sizeof(before) / sizeof(before[0]))
		kind = LLEXT_REFERENCE_POINTER;
	text_put(&text, before[kind]);
	if (kind != LLEXT_REFERENCE_EXIT)
		text_put(&text, reference->name != NULL ? reference->name : "without a name");
	text_put(&text, after[kind]);
	if (kind == LLEXT_REFERENCE_CALLER)
		put_number(&text, reference->value);
	else if (kind >= LLEXT_REFERENCE_EXIT)
		text_put_hex(&text, reference->value);
	if (kind >= LLEXT_REFERENCE_THREAD) {
		text_put(&text, ", at ");
		text_put_hex(&text, reference->place);
	}
	return text_end(&text);
}
