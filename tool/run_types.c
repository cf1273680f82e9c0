/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon run: a call passes integers. Where debug information says that a function takes or returns
 * something else, what is printed would be wrong without a word.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "debug_file.h"
#include "interface.h"
#include "run.h"

/* @passed: as in struct interface_export. Is it int SYM(int...), as far as registers tell? */
static bool takes_integers(const char *passed, const struct file *file)
{
	return strstr(passed, "float") == NULL && strstr(passed, "struct") == NULL &&
	       strstr(passed, "int16") == NULL &&
	       (file->class == ELFCLASS64 || strstr(passed, "int8") == NULL);
}

static bool file_defines(const struct file *file, const char *name)
{
	struct symbol symbol;

	return file_find_symbol(file, name, &symbol);
}

static void warn_of(const struct interface *interface, const struct loaded *loaded)
{
	for (size_t i = 0; i < interface->export_count; i++) {
		const struct interface_export *export = &interface->exports[i];

		if (export->passed != NULL && !takes_integers(export->passed, &loaded->file))
			warn_about(loaded->path, "%s: --call passes and prints int",
				   printable(export->prototype));
	}
}

/* Which of the calls are this file's. A later file's function of a name is the one that is called.
 */
static size_t names_of(const struct run *run, size_t number, const char **names)
{
	size_t count = 0;

	for (size_t i = 0; i < run->call_count; i++) {
		const char *name = run->calls[i].symbol;
		bool here = file_defines(&run->files[number].file, name);

		for (size_t j = number + 1; here && j < run->file_count; j++)
			here = !file_defines(&run->files[j].file, name);
		for (size_t j = 0; here && j < count; j++)
			here = strcmp(names[j], name) != 0;
		if (here)
			names[count++] = name;
	}
	return count;
}

static void look_at(const struct loaded *loaded, const char *const *names, size_t count)
{
	struct interface interface = {0};
	Dwfl *dwfl;
	Dwfl_Module *module = debug_file_open(&dwfl, loaded->path, false);
	Dwarf_Addr bias;

	if (module == NULL)
		return;
	interface_of_names(&interface, dwfl_module_getdwarf(module, &bias), names, count);
	warn_of(&interface, loaded);
	interface_free(&interface);
	dwfl_end(dwfl);
}

void warn_of_types(const struct run *run)
{
	const char **names = need(run->call_count + 1, sizeof(*names));

	for (size_t i = 0; i < run->file_count; i++) {
		size_t count = names_of(run, i, names);

		if (count > 0)
			look_at(&run->files[i], names, count);
	}
	free(names);
}
