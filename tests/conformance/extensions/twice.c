/* SPDX-License-Identifier: Apache-2.0 */
/* Exports one name twice. */
#include <llext/symbol.h>

int twice_a(void)
{
	return 1;
}

int twice_b(void)
{
	return 2;
}

EXPORT_SYMBOL_NAMED(twice_a, twice);
static const struct llext_const_symbol __attribute__((section(".exported_sym"), used))
again = {"twice", (const void *)&twice_b};
