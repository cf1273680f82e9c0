/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imports and the source: the file and line of the first reference to each, and whether it is
 * declared there as the firmware defines it. By libdwfl, which relocates the debug information of
 * an object file.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "debug_file.h"
#include "groups.h"
#include "references.h"

static struct import *import_named(struct imports *imports, const char *name)
{
	for (size_t i = 0; i < imports->count; i++) {
		if (strcmp(imports->list[i].name, name) == 0)
			return &imports->list[i];
	}
	return NULL;
}

/* ---- where it is used ---- */

/* Clang makes no table of them. */
Dwarf_Die *unit_at(Dwfl_Module *module, uint64_t address, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);

	if (unit != NULL)
		return unit;
	while ((unit = dwfl_module_nextcu(module, unit, bias)) != NULL) {
		if (dwarf_haspc(unit, address - *bias) == 1)
			return unit;
	}
	return NULL;
}

/* "effect.c:12", without the folders that it was compiled in. */
static char *source_line(Dwfl_Module *module, Dwarf_Addr address)
{
	Dwarf_Addr bias;
	Dwarf_Die *unit = unit_at(module, address, &bias);
	Dwarf_Line *line = unit != NULL ? dwarf_getsrc_die(unit, address - bias) : NULL;
	const char *path = line != NULL ? dwarf_linesrc(line, NULL, NULL) : NULL;
	int number;

	if (path == NULL || dwarf_lineno(line, &number) != 0)
		return NULL;
	return need_text("%s:%d", base_name(path), number);
}

/* The address that libdwfl gave a section of an object file. */
static bool section_address(Dwfl_Module *module, size_t index, uint64_t *address)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);
	Elf_Scn *scn = elf != NULL ? elf_getscn(elf, index) : NULL;
	GElf_Shdr shdr;

	if (scn == NULL || gelf_getshdr(scn, &shdr) == NULL || !(shdr.sh_flags & SHF_ALLOC))
		return false;
	*address = shdr.sh_addr + bias;
	return true;
}

static void find_places(const struct file *file, Dwfl_Module *module, struct imports *imports)
{
	struct section_header header;
	struct relocation relocation;
	struct symbol symbol;
	uint64_t base;

	for (size_t i = 1; i < file->section_count; i++) {
		if (!file_section(file, i, &header) ||
		    (header.type != SHT_REL && header.type != SHT_RELA) ||
		    !section_address(module, header.info, &base))
			continue;
		for (size_t j = 0; j < file_relocation_count(file, i); j++) {
			struct import *import;

			if (!file_relocation(file, i, j, &relocation) ||
			    !file_symbol(file, header.link, relocation.symbol, &symbol) ||
			    symbol.section != SHN_UNDEF || symbol.name[0] == '\0')
				continue;
			import = import_named(imports, symbol.name);
			if (import != NULL && import->place == NULL)
				import->place = source_line(module, base + relocation.offset);
		}
	}
}

/* ---- as what it is declared ---- */

/* The next value of "int4(pointer, int4)"; its length goes to *@length. NULL: there are no more. */
static const char *next_value(const char **at, size_t *length)
{
	const char *value = *at + strspn(*at, "(, )");

	*length = strcspn(value, "(,) ");
	*at = value + *length;
	return *length != 0 ? value : NULL;
}

/* A value as the other side takes it: what is narrower than a register is widened in it, more or
 * less. */
static bool goes_as(const char *one, size_t one_length, const char *other, size_t other_length)
{
	if (one_length == other_length && strncmp(one, other, one_length) == 0)
		return true;
	if (strncmp(one, "void", one_length) == 0)
		return true; /* the result is not looked at */
	return strncmp(one, "int", 3) == 0 && strncmp(other, "int", 3) == 0 && one_length == 4 &&
	       other_length == 4 && one[3] <= '4' && other[3] <= '4';
}

/* Can a call by one prototype not do for the other? As far as the values that are passed tell. */
static bool surely_wrong(const char *ours, const char *theirs)
{
	size_t our_length, their_length;

	if ((strchr(ours, '(') == NULL) != (strchr(theirs, '(') == NULL))
		return true; /* a function here, a variable there */
	if (strchr(ours, '(') == NULL)
		return false;
	for (;;) {
		const char *one = next_value(&ours, &our_length);
		const char *other = next_value(&theirs, &their_length);

		if (one == NULL || other == NULL)
			return one != other;
		if (!goes_as(one, our_length, other, their_length))
			return true;
	}
}

static void compare(struct import *import, const struct interface_export *ours,
		    const struct interface_export *theirs)
{
	if (ours == NULL || theirs == NULL || ours->passed == NULL || theirs->passed == NULL ||
	    strcmp(ours->passed, theirs->passed) == 0 || strstr(ours->passed, "()") != NULL ||
	    strstr(theirs->passed, "()") != NULL)
		return; /* `int f()` says nothing of its parameters */
	import->declared = need_text("%s", ours->prototype);
	import->offered = need_text("%s", theirs->prototype);
	import->surely_wrong = surely_wrong(ours->passed, theirs->passed);
}

static void compare_all(struct imports *imports, Dwarf *dwarf, const struct interface *offered)
{
	struct interface ours = {0};
	const char **names = need(imports->count + 1, sizeof(*names));

	for (size_t i = 0; i < imports->count; i++)
		names[i] = imports->list[i].name;
	interface_of_names(&ours, dwarf, names, imports->count);
	for (size_t i = 0; i < imports->count; i++)
		compare(&imports->list[i], interface_find(&ours, imports->list[i].name),
			interface_find(offered, imports->list[i].name));
	interface_free(&ours);
	free(names);
}

/* ---- the language ---- */

/* One side in C, the other in C++: the names differ, and the remedy is always the same. */
static void note_language(struct import *import, const struct interface *offered)
{
	char *whole = demangled(import->name), *plain;

	if (whole != NULL) {
		plain = unqualified(whole);
		if (plain != NULL && interface_find(offered, plain) != NULL)
			import->note = need_text(
				"the firmware exports `%s`: declare it `extern \"C\"`", plain);
		free(plain);
		free(whole);
		return;
	}
	for (size_t i = 0; i < offered->export_count && import->note == NULL; i++) {
		whole = demangled(offered->exports[i].name);
		if (whole == NULL)
			continue;
		plain = unqualified(whole);
		if (plain != NULL && strcmp(plain, import->name) == 0)
			import->note =
				need_text("the firmware exports the C++ function `%s`: declare it "
					  "in C++, or export it as `extern \"C\"`",
					  whole);
		free(plain);
		free(whole);
	}
}

static void note_missing(struct import *import, const struct interface *offered,
			 const struct file *firmware)
{
	const char *group = group_of(firmware, import->record);

	if (import->note != NULL)
		return;
	if (group != NULL)
		import->note = need_text("the firmware has it in the group %s, which is off: "
					 "CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_%s=1",
					 printable(group), printable(group));
	else
		note_language(import, offered);
}

/* ---- all of it ---- */

static void with_debug_information(const struct file *file, struct imports *imports,
				   const struct interface *offered)
{
	Dwfl *dwfl;
	Dwfl_Module *module = debug_file_open(&dwfl, file->path, true);
	Dwarf_Addr bias;
	Dwarf *dwarf;

	if (module == NULL)
		return;
	dwarf = dwfl_module_getdwarf(module, &bias);
	if (dwarf != NULL) {
		find_places(file, module, imports);
		compare_all(imports, dwarf, offered);
	}
	dwfl_end(dwfl);
}

void references_explain(const struct file *file, struct imports *imports,
			const struct interface *offered, const struct file *firmware)
{
	for (size_t i = 0; i < imports->count; i++) {
		if (!imports->list[i].found && !imports->list[i].weak)
			note_missing(&imports->list[i], offered, firmware);
	}
	with_debug_information(file, imports, offered);
}
