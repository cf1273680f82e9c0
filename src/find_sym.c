/* SPDX-License-Identifier: Apache-2.0 */
/* Looking a name up in a table of exports: the firmware's or an extension's. */
#include "internal.h"

/* Both kinds of table, firmware's and extension's, are pairs of pointers sorted by name. */
static const void *search(const struct llext_const_symbol *syms, size_t count, const char *name)
{
	const unsigned char first = (unsigned char)name[0];

	for (; count > 0; count /= 2) {
		const struct llext_const_symbol *middle = &syms[count / 2];
		const unsigned char *b = (const unsigned char *)middle->name;
		unsigned char y = *b;

		/* Most names differ in their first character: then this is all that is done. */
		if (first < y)
			continue;
		if (first == y) {
			/* Others differ early, so strcmp() would take longer than this loop. */
			const unsigned char *a = (const unsigned char *)name;
			unsigned char x;

			do {
				if (y == '\0')
					return middle->addr;
				x = *++a;
				y = *++b;
			} while (x == y);
			if (x < y)
				continue;
		}
		syms = middle + 1;
		count--;
	}
	return NULL;
}

const void *llext_find_sym(const struct llext_symtable *sym_table, const char *sym_name)
{
	const struct llext_const_symbol *syms;
	size_t count;

	if (sym_name == NULL)
		return NULL;
	if (sym_table != NULL && hashed_table(sym_table) != NULL)
		return llext_hashed_find(hashed_table(sym_table), sym_name);
	if (sym_table != NULL) {
		/* The two structures differ in const only. */
		syms = (const struct llext_const_symbol *)(const void *)sym_table->syms;
		count = sym_table->sym_cnt;
	} else {
		syms = llext_builtins_start;
		count = builtins_count();
	}
	return search(syms, count, sym_name);
}

bool llext_next_sym(const struct llext_symtable *sym_table, size_t *at,
		    struct llext_const_symbol *symbol)
{
	return next_export(sym_table, "", at, symbol);
}
