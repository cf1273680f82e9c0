/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imports bound to the firmware's table of exports: each gets its place in the table, which a
 * loader uses where the table's fingerprint is the same.
 */
#define _GNU_SOURCE
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "pack.h"
#include "purpose.h"

/* ---- the firmware's names ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool from_firmware(struct bind_table *table, const struct file *extension)
{
	const struct firmware *firmware = &table->firmware;

	if (!firmware_read(&table->firmware, &table->file))
		return false;
	if (table->file.machine != extension->machine || table->file.class != extension->class) {
		complain(table->file.path, "is for another machine than %s",
			 printable(extension->path));
		return false;
	}
	if (firmware->unsorted) {
		complain(table->file.path, "the table of exports is not in order of name: it "
					   "cannot be bound to");
		return false;
	}
	if (firmware->ambiguous != NULL) {
		complain(table->file.path,
			 "exports %s twice, at two addresses: it cannot be bound to",
			 printable(firmware->ambiguous));
		return false;
	}
	packed_names_of(&table->names, firmware);
	return true;
}

/* One name a line; what follows a # is for people. */
static bool from_list(struct bind_table *table)
{
	struct packed_names *names = &table->names;
	char *save = NULL;

	table->text = need(table->file.length + 1, 1);
	memcpy(table->text, table->file.bytes, table->file.length);
	if (file_names(&table->file) < 0) {
		complain(table->file.path, "is neither an ELF file nor a list of names");
		return false;
	}
	for (char *line = strtok_r(table->text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, "#")] = '\0';
		line += strspn(line, " \t\r");
		line[strcspn(line, " \t\r")] = '\0';
		if (line[0] == '\0')
			continue;
		names->list = need_more(names->list, names->count + 1, sizeof(*names->list));
		names->list[names->count++] = line;
	}
	if (names->list != NULL)
		qsort(names->list, names->count, sizeof(*names->list), by_text);
	for (size_t i = 1; i < names->count; i++) {
		if (strcmp(names->list[i - 1], names->list[i]) == 0) {
			complain(table->file.path, "has %s twice", printable(names->list[i]));
			return false;
		}
	}
	names->fingerprint = packed_fingerprint(names);
	return true;
}

bool bind_table_read(struct bind_table *table, const char *path, const struct file *extension)
{
	bool good;

	if (!file_open(&table->file, path))
		return false;
	if (table->file.length >= 4 && memcmp(table->file.bytes, ELFMAG, SELFMAG) == 0)
		good = from_firmware(table, extension);
	else
		good = from_list(table);
	if (good && table->names.count == 0) {
		complain(path, "exports nothing");
		good = false;
	}
	return good;
}

void bind_table_free(struct bind_table *table)
{
	free(table->names.list);
	free(table->text);
	firmware_free(&table->firmware);
	file_close(&table->file);
}

/* ---- imports ---- */

/* 1 + its place in the table; 0: it is not there. Of a name that is there twice, the first counts;
 * those of thread-local variables are longer (EXPORT_TLS_SYMBOL). */
static size_t find_name(const struct packed_names *names, const struct symbol *symbol)
{
	char *name = need_text("%s%s", symbol->name, symbol->type == STT_TLS ? ".tls" : "");
	size_t found = 0;

	for (size_t i = 0; i < names->count && found == 0; i++)
		found = strcmp(names->list[i], name) == 0 ? i + 1 : 0;
	free(name);
	return found;
}

/* Symbols that the loader itself defines are in nobody's table. */
static bool from_loader(const struct pack *pack, const char *name)
{
	return strcmp(name, "_GLOBAL_OFFSET_TABLE_") == 0 || strcmp(name, "__dso_handle") == 0 ||
	       pack->core->provides(name);
}

void pack_bind(struct pack *pack)
{
	for (size_t i = 1; i < pack->symbol_count; i++) {
		struct pack_symbol *symbol = &pack->symbols[i];

		if (!symbol->kept || !pack_is_import(symbol))
			continue;
		pack->imports++;
		if (pack->names == NULL || from_loader(pack, symbol->in.name))
			continue;
		symbol->ordinal = find_name(pack->names, &symbol->in);
		pack->bound += symbol->ordinal != 0;
	}
}
