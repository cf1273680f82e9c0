/* SPDX-License-Identifier: Apache-2.0 */
/* tenon exports: the list of exports that a firmware needs for these extensions, and no more. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <ctype.h>
#include <elf.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "llext_desk.h"
#include "purpose.h"

static const char help_text[] =
	"Usage: tenon exports FILE...\n"
	"\n"
	"Print a C file for the firmware that exports what the FILEs need of it: their\n"
	"imports, without those that another FILE exports. What compilers call by\n"
	"themselves (memset, __aeabi_dadd) is among them. Compile it with the firmware,\n"
	"whose linker then names what is not there.\n"
	"\n"
	"Options:\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon exports build/*.llext >exports.c\n"
	"\n"
	"Exit status:\n"
	"  0  printed\n"
	"  1  a file cannot be read, or imports what C cannot name\n"
	"  2  wrong usage\n";

struct wanted {
	char *name;
	bool tls, weak;
};

struct list {
	struct wanted *items;
	size_t count;
};

static bool is_defined(const struct symbol *symbol)
{
	return symbol->section != SHN_UNDEF &&
	       (symbol->bind == STB_GLOBAL || symbol->bind == STB_WEAK) &&
	       symbol->visibility != STV_HIDDEN && symbol->visibility != STV_INTERNAL;
}

static bool defines(const struct file *file, const char *name)
{
	size_t table = file_symbol_table(file, false);
	struct symbol symbol;

	for (size_t i = 1; i < file_symbol_count(file, table); i++) {
		if (file_symbol(file, table, i, &symbol) && is_defined(&symbol) &&
		    strcmp(symbol.name, name) == 0)
			return true;
	}
	return false;
}

/* The loader defines these itself. */
static bool is_loaders(const struct file *file, const char *name)
{
	const struct llext_desk_core *core = llext_desk_core_for(file->machine, file->class);

	return strcmp(name, "_GLOBAL_OFFSET_TABLE_") == 0 || strcmp(name, "__dso_handle") == 0 ||
	       strcmp(name, "_TLS_MODULE_BASE_") == 0 || strncmp(name, "__start_", 8) == 0 ||
	       strncmp(name, "__stop_", 7) == 0 || (core != NULL && core->provides(name));
}

static void add(struct list *list, const struct symbol *symbol)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i].name, symbol->name) == 0) {
			list->items[i].weak &= symbol->bind == STB_WEAK;
			return;
		}
	}
	list->items = need_more(list->items, list->count + 1, sizeof(*list->items));
	list->items[list->count++] = (struct wanted){.name = need_text("%s", symbol->name),
						     .tls = symbol->type == STT_TLS,
						     .weak = symbol->bind == STB_WEAK};
}

static void collect(struct list *list, const struct file *files, size_t count, size_t which)
{
	const struct file *file = &files[which];
	size_t table = file_symbol_table(file, false);
	struct symbol symbol;

	for (size_t i = 1; i < file_symbol_count(file, table); i++) {
		bool provided = false;

		if (!file_symbol(file, table, i, &symbol) || symbol.section != SHN_UNDEF ||
		    symbol.name[0] == '\0' || is_loaders(file, symbol.name))
			continue;
		for (size_t k = 0; k < count && !provided; k++)
			provided = defines(&files[k], symbol.name);
		if (!provided)
			add(list, &symbol);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct wanted *)a)->name, ((const struct wanted *)b)->name);
}

/* A record is named after its symbol, so this must be an identifier: some compilers' are not. */
static bool is_identifier(const char *name)
{
	for (const char *c = name; *c != '\0'; c++) {
		if (!isalnum((unsigned char)*c) && *c != '_')
			return false;
	}
	return !isdigit((unsigned char)name[0]);
}

/*
 * The firmware's declarations are not at hand, and only the address matters. Under its own name a
 * compiler would want the type that it knows.
 */
static bool print_list(const struct list *list, FILE *stream)
{
	bool good = true;

	fputs("/* Made by `tenon exports`: what these extensions import. */\n"
	      "#include <llext/symbol.h>\n\n"
	      "#define OFFER(name)                                                    \\\n"
	      "\textern const char offered_##name[] __asm__(#name);              \\\n"
	      "\tEXPORT_SYMBOL_NAMED(offered_##name, name)\n"
	      "#define OFFER_IF_THERE(name)                                           \\\n"
	      "\textern const char offered_##name[] __asm__(#name) __attribute__((weak)); \\\n"
	      "\tEXPORT_SYMBOL_NAMED(offered_##name, name)\n"
	      "#define OFFER_TLS(name)                                                \\\n"
	      "\textern _Thread_local char offered_##name __asm__(#name);        \\\n"
	      "\tEXPORT_TLS_SYMBOL_NAMED(offered_##name, name)\n\n",
	      stream);
	for (size_t i = 0; i < list->count; i++) {
		const struct wanted *item = &list->items[i];

		if (!is_identifier(item->name)) {
			complain(NULL, "%s cannot be named in C: export it by hand",
				 printable(item->name));
			good = false;
			continue;
		}
		fprintf(stream, "%s(%s);\n",
			item->tls    ? "OFFER_TLS"
			: item->weak ? "OFFER_IF_THERE"
				     : "OFFER",
			item->name);
	}
	return good;
}

static bool run(size_t count, char **paths)
{
	struct file *files = need(count, sizeof(*files));
	struct list list = {0};
	bool good = true;

	for (size_t i = 0; good && i < count; i++)
		good = file_open(&files[i], paths[i]) && file_must_be_sound(&files[i]) &&
		       file_must_be_useful(&files[i]);
	for (size_t i = 0; good && i < count; i++)
		collect(&list, files, count, i);
	if (list.count > 1)
		qsort(list.items, list.count, sizeof(*list.items), by_name);
	if (good)
		good = print_list(&list, stdout);
	for (size_t i = 0; i < list.count; i++)
		free(list.items[i].name);
	for (size_t i = 0; i < count; i++)
		file_close(&files[i]);
	free(list.items);
	free(files);
	return good;
}

static int run_exports(int argc, char **argv)
{
	static const struct option options[] = {{NULL, 0, NULL, 0}};

	opterr = 0;
	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return wrong_usage("exports", "no option '%s'", printable(option_at_fault(argv)));
	if (optind == argc)
		return wrong_usage("exports", "no FILE given");
	return run((size_t)(argc - optind), argv + optind) ? EXIT_GOOD : EXIT_REFUSED;
}

const struct command command_exports = {"exports", "write the list of exports that extensions need",
					help_text, run_exports};
