/* SPDX-License-Identifier: Apache-2.0 */
/* tenon run: what is to be called is no export of any file. The most frequent reasons are named. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "run.h"

/* Is it in the symbol table that a load uses? */
static bool is_seen_by_loader(const struct file *file, const char *name)
{
	size_t table = file_symbol_table(file, false);
	struct symbol symbol;

	for (size_t i = 0; file_next_symbol(file, table, &i, &symbol);) {
		if (symbol.section != SHN_UNDEF && strcmp(symbol.name, name) == 0)
			return true;
	}
	return false;
}

/* Why a file that defines it does not export it; or NULL. */
static const char *why_not_exported(const struct file *file, const char *name)
{
	struct symbol symbol;

	if (!file_find_symbol(file, name, &symbol))
		return NULL;
	if (symbol.bind == STB_LOCAL)
		return file->type == ET_DYN ? "it is static or hidden, or a linker's version "
					      "script makes it local"
					    : "it is static";
	if (symbol.visibility != STV_DEFAULT && symbol.visibility != STV_PROTECTED)
		return "it is hidden (-fvisibility=hidden)";
	if (!is_seen_by_loader(file, name))
		return "it is not in the dynamic symbol table: link with -shared, or with "
		       "-Wl,--export-dynamic";
	return "it is there, but not among the exports (LL_EXTENSION_SYMBOL())";
}

void complain_no_symbol(const struct run *run, const char *symbol, const char *near)
{
	for (size_t i = run->file_count; i-- > 0;) {
		const struct loaded *loaded = &run->files[i];
		const char *why = why_not_exported(&loaded->file, symbol);
		char *function = why == NULL ? file_cxx_function(&loaded->file, symbol) : NULL;

		if (why != NULL)
			complain(loaded->path, "exports no %s: %s", printable(symbol), why);
		if (function != NULL)
			complain(loaded->path,
				 "exports no %s, but the C++ function %s: declare it extern \"C\"",
				 printable(symbol), printable(function));
		free(function);
		if (why != NULL || function != NULL)
			return;
	}
	complain(run->file_count == 1 ? run->files[0].path : NULL, "exports no %s%s%s%s",
		 printable(symbol), near != NULL ? "; did you mean " : "",
		 near != NULL ? printable(near) : "", near != NULL ? "?" : "");
}
