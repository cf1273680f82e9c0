/* SPDX-License-Identifier: Apache-2.0 */
/* Looking a name up in a table of exports, the firmware's or an extension's: sorted by name. */
#include "small.h"

const void *llext_find_sym(const struct llext_symtable *sym_table, const char *sym_name)
{
	const struct llext_const_symbol *syms = llext_builtins_start;
	size_t count = builtins_count();

	if (sym_name == NULL)
		return NULL;
	if (sym_table != NULL) { /* the two structures differ in const only */
		syms = (const struct llext_const_symbol *)(const void *)sym_table->syms;
		count = sym_table->sym_cnt;
	}
	return find_by_halves(syms, count, sym_name, strcmp);
}

bool llext_next_sym(const struct llext_symtable *sym_table, size_t *at,
		    struct llext_const_symbol *symbol)
{
	return next_export(sym_table, "", at, symbol);
}
