/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a firmware offers to sandboxed extensions: EXPORT_GATE() and EXPORT_USER() leave a record
 * each, whose symbol is __llext_gate_ and the name. So does the library, for atexit() and its kin.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include "gates.h"
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "__llext_gate_"

/* What ports have whose domains have a thread pointer: Cortex-M, and RISC-V and AArch64. */
#define READ_TP "llext_cortex_m_read_tp"
#define OF_TRAP "llext_mcu_gate_at"

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool gates_mark(const char *symbol)
{
	return starts_with(symbol, PREFIX) || strcmp(symbol, READ_TP) == 0 ||
	       strcmp(symbol, OF_TRAP) == 0;
}

bool gates_read(struct gates *gates, const struct file *firmware)
{
	size_t table = file_symbol_table(firmware, true);
	size_t count = file_symbol_count(firmware, table);
	struct section_header header;
	struct symbol symbol;

	gates->names = need(count + 1, sizeof(*gates->names));
	gates->count = 0;
	for (size_t i = 1; i < count; i++) {
		if (!file_symbol(firmware, table, i, &symbol))
			continue;
		if (strncmp(symbol.name, PREFIX, strlen(PREFIX)) == 0 &&
		    strcmp(symbol.name, PREFIX "start") != 0 &&
		    strcmp(symbol.name, PREFIX "end") != 0)
			gates->names[gates->count++] = symbol.name + strlen(PREFIX);
		if (strcmp(symbol.name, READ_TP) == 0)
			gates->names[gates->count++] = "__aeabi_read_tp";
		if (strcmp(symbol.name, READ_TP) == 0 || strcmp(symbol.name, OF_TRAP) == 0)
			gates->thread_local_variables = true;
	}
	qsort(gates->names, gates->count, sizeof(*gates->names), compare);
	/* What a dynamic linker needs stays in a file that is stripped. */
	return file_section(firmware, table, &header) && header.type == SHT_SYMTAB;
}

bool gates_have(const struct gates *gates, const char *name)
{
	return bsearch(&name, gates->names, gates->count, sizeof(*gates->names), compare) != NULL;
}

/* With its version, or without a name: in a packed file that is bound to the firmware's exports. */
static bool may_be(const struct symbol *symbol, const char *name)
{
	size_t length = strlen(name);

	if (symbol->section != SHN_UNDEF)
		return false;
	return symbol->name[0] == '\0' ||
	       (strncmp(symbol->name, name, length) == 0 &&
		(symbol->name[length] == '\0' || symbol->name[length] == '@'));
}

/* Does a relocation of loaded sections put in the symbol's value? R_*_NONE, type 0, does not. */
static bool is_used(const struct file *file, const char *name)
{
	size_t symbols = file_symbol_table(file, false);
	struct relocation relocation;
	struct symbol symbol;

	for (size_t i = 0; file_next_loaded_relocations(file, &i);) {
		for (size_t j = 0; file_relocation(file, i, j, &relocation); j++) {
			if (relocation.type != 0 &&
			    file_symbol(file, symbols, relocation.symbol, &symbol) &&
			    may_be(&symbol, name))
				return true;
		}
	}
	return false;
}

/* As the loader has it: what compilers call by themselves is needed, be it weak. */
static bool may_be_zero(const struct import *import)
{
	return import->weak && !starts_with(import->name, "__") &&
	       !starts_with(import->name, "mem");
}

char *gates_lacking(const struct gates *gates, const struct file *file, struct imports *imports)
{
	char *list = NULL;

	for (size_t i = 0; i < imports->count; i++) {
		struct import *import = &imports->list[i];
		char *longer;

		if (!import->found || import->provider != NULL || gates_have(gates, import->name))
			continue;
		if (may_be_zero(import)) { /* for a domain there is none */
			import->found = false;
			continue;
		}
		if (!is_used(file, import->name))
			continue;
		longer = list == NULL ? need_text("%s", printable(import->name))
				      : need_text("%s, %s", list, printable(import->name));
		free(list);
		list = longer;
	}
	return list;
}

void gates_free(struct gates *gates)
{
	free(gates->names);
	*gates = (struct gates){0};
}
