/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What in the way a file was built costs more than it must, or keeps it from loading: what can be
 * seen in its section headers and symbols.
 */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "inspect.h"
#include "purpose.h"

void hint_add(struct hints *hints, char *what, uint64_t bytes, const char *of, const char *remedy)
{
	hints->list = need_more(hints->list, hints->count + 1, sizeof(*hints->list));
	hints->list[hints->count++] =
		(struct hint){.what = what, .bytes = bytes, .of = of, .remedy = remedy};
}

static void set_effect(struct hints *hints, enum hint_effect effect)
{
	hints->list[hints->count - 1].effect = effect;
}

/* The sections for which @wanted is true: their sizes added up, and the first one's name. */
static uint64_t sum_sections(const struct file *file,
			     bool (*wanted)(const struct file *, const struct section_header *),
			     const char **first)
{
	struct section_header header;
	uint64_t sum = 0;

	*first = NULL;
	for (size_t i = 1; i < file->section_count; i++) {
		if (!file_section(file, i, &header) || !wanted(file, &header))
			continue;
		if (*first == NULL)
			*first = header.name;
		if (header.size <= file->length || header.type == SHT_NOBITS)
			sum += header.size;
	}
	return sum;
}

/* Debug information, and the relocations that apply to it. */
static bool is_debug(const struct file *file, const struct section_header *header)
{
	const char *name = header->name;

	(void)file;
	if (header->flags & SHF_ALLOC)
		return false;
	if (starts_with(name, ".rela"))
		name += strlen(".rela");
	else if (starts_with(name, ".rel"))
		name += strlen(".rel");
	return starts_with(name, ".debug") || starts_with(name, ".zdebug") ||
	       starts_with(name, ".stab") || starts_with(name, ".gdb_index");
}

static bool is_writable_code(const struct file *file, const struct section_header *header)
{
	(void)file;
	return (header->flags & SHF_ALLOC) && (header->flags & SHF_WRITE) &&
	       (header->flags & SHF_EXECINSTR);
}

static bool is_thread_local(const struct file *file, const struct section_header *header)
{
	(void)file;
	return (header->flags & SHF_ALLOC) && (header->flags & SHF_TLS);
}

static bool is_bytecode(const struct file *file, const struct section_header *header)
{
	(void)file;
	return starts_with(header->name, ".gnu.lto_") || strcmp(header->name, ".llvm.lto") == 0;
}

/* It names the program that starts it. */
static bool is_interpreter(const struct file *file, const struct section_header *header)
{
	return file->type == ET_DYN && (header->flags & SHF_ALLOC) &&
	       strcmp(header->name, ".interp") == 0;
}

static bool is_unwind_table(const struct file *file, const struct section_header *header)
{
	(void)file;
	return (header->flags & SHF_ALLOC) &&
	       (starts_with(header->name, ".eh_frame") || starts_with(header->name, ".ARM.ex"));
}

static bool is_property_note(const struct file *file, const struct section_header *header)
{
	(void)file;
	return (header->flags & SHF_ALLOC) && strcmp(header->name, ".note.gnu.property") == 0;
}

/* What a dynamic linker needs and a load has no use for once it is done. */
static bool is_dynamic_table(const struct file *file, const struct section_header *header)
{
	return file->type == ET_DYN && (header->flags & SHF_ALLOC) &&
	       (header->type == SHT_DYNSYM || header->type == SHT_STRTAB ||
		header->type == SHT_HASH || header->type == SHT_GNU_HASH ||
		header->type == SHT_RELA || header->type == SHT_REL || header->type == SHT_RELR ||
		header->type == SHT_DYNAMIC || header->type == SHT_GNU_versym ||
		header->type == SHT_GNU_verneed || header->type == SHT_GNU_verdef);
}

static bool is_loaded(const struct file *file, const struct section_header *header)
{
	(void)file;
	return (header->flags & SHF_ALLOC) && !(header->flags & SHF_TLS);
}

/* Does any symbol have a name that starts so? */
static bool has_symbol(const struct file *file, const char *stem)
{
	size_t table = file_symbol_table(file, true), count = file_symbol_count(file, table);
	struct symbol symbol;

	for (size_t i = 1; i < count; i++) {
		if (file_symbol(file, table, i, &symbol) && starts_with(symbol.name, stem))
			return true;
	}
	return false;
}

static void hint_sections(struct hints *hints, const struct file *file)
{
	static const struct {
		bool (*wanted)(const struct file *file, const struct section_header *header);
		const char *what, *of, *remedy;
		enum hint_effect effect;
	} kinds[] = {
		{is_writable_code, "memory that is writable and executable is refused", "RAM",
		 "keep code out of data sections (section attributes, linker script)",
		 EFFECT_REFUSED},
		{is_thread_local, "thread-local variables take room in each thread", "RAM",
		 "plain variables where one thread uses them; the port needs room for others",
		 EFFECT_COST},
		{is_bytecode, "compiler's bytecode for link-time optimisation", "file",
		 "-fno-lto, or link with ld -r through the compiler first", EFFECT_REFUSED},
		{is_interpreter, "a program for the system's loader", "file",
		 "give the object files, or link them with ld -r or -shared", EFFECT_REFUSED},
		{is_debug, "debug information", "file",
		 "strip --strip-debug, and keep the original for gdb", EFFECT_COST},
		{is_property_note, "marks for control-flow protection", "RAM",
		 "-fcf-protection=none, or -mbranch-protection=none", EFFECT_COST},
	};
	const char *first;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint64_t bytes = sum_sections(file, kinds[i].wanted, &first);

		if (first == NULL)
			continue;
		hint_add(hints, need_text("%s (%s)", kinds[i].what, printable(first)), bytes,
			 kinds[i].of, kinds[i].remedy);
		set_effect(hints, kinds[i].effect);
	}
}

bool file_handles_exceptions(const struct file *file)
{
	return has_symbol(file, "__gxx_personality") ||
	       has_symbol(file, "DW.ref.__gxx_personality") || has_symbol(file, "_Unwind_");
}

static void hint_unwind(struct report *report)
{
	const char *first;
	uint64_t bytes = sum_sections(report->file, is_unwind_table, &first);

	if (report->bad_unwind_table)
		hint_add(&report->hints,
			 need_text("an unwind table that GNU ld's -r --gc-sections damaged (%s)",
				   printable(first)),
			 bytes, "file",
			 "-fno-asynchronous-unwind-tables, or link with LLD or without "
			 "--gc-sections");
	else if (first != NULL && !file_handles_exceptions(report->file))
		hint_add(&report->hints,
			 need_text("unwind tables without C++ exceptions (%s)", printable(first)),
			 bytes, "RAM", "-fno-asynchronous-unwind-tables -fno-unwind-tables");
}

/* ---- symbols that no load looks at ---- */

/* Marks the symbols that relocations of loaded sections refer to. */
static void mark_used(const struct file *file, uint8_t *used, size_t symbol_count)
{
	struct relocation relocation;

	for (size_t i = 0; file_next_loaded_relocations(file, &i);) {
		for (size_t j = 0; file_relocation(file, i, j, &relocation); j++) {
			if (relocation.symbol < symbol_count)
				used[relocation.symbol] = 1;
		}
	}
}

static void hint_symbols(struct report *report)
{
	const struct file *file = report->file;
	size_t table = file_symbol_table(file, true), count = file_symbol_count(file, table);
	size_t entry = file->class == ELFCLASS64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	struct section_header header;
	struct symbol symbol;
	uint64_t bytes = 0;
	uint8_t *used;

	if (!file_section(file, table, &header) || header.type != SHT_SYMTAB)
		return;
	used = need(count, 1);
	if (file->type == ET_REL)
		mark_used(file, used, count);
	for (size_t i = 1; i < count; i++) {
		if (used[i] || !file_symbol(file, table, i, &symbol) ||
		    (file->type == ET_REL && symbol.bind != STB_LOCAL) || symbol.name[0] == '$' ||
		    symbol.type == STT_SECTION)
			continue;
		bytes += entry + (symbol.name[0] != '\0' ? strlen(symbol.name) + 1 : 0);
	}
	free(used);
	if (bytes > 256 && bytes > file->length / 50)
		hint_add(&report->hints, need_text("symbols that no load looks at"), bytes, "file",
			 "strip --strip-unneeded, and keep the original for gdb");
}

/* ---- what a shared object costs beside its contents ---- */

static void hint_shared_object(struct report *report)
{
	const char *first;
	uint64_t contents, tables;

	if (report->file->type != ET_DYN || report->plan.data_bytes == 0)
		return;
	contents = sum_sections(report->file, is_loaded, &first);
	tables = sum_sections(report->file, is_dynamic_table, &first);
	if (contents < tables || report->plan.data_bytes < contents - tables)
		return;
	hint_add(&report->hints,
		 need_text("a shared object: tables for a dynamic linker, holes between segments"),
		 report->plan.data_bytes - (contents - tables), "RAM",
		 "ld -r instead of -shared, without -fpic");
}

static void hint_stack(struct hints *hints, const struct file *file)
{
	if (!file_wants_executable_stack(file))
		return;
	hint_add(hints, need_text("an executable stack is asked for, and not given"), 0, "",
		 "no pointers to nested functions; in assembler: .section .note.GNU-stack");
	set_effect(hints, EFFECT_FAULT);
}

static void hint_low_addresses(struct report *report)
{
	if (report->low_addresses)
		hint_add(&report->hints,
			 need_text("code for the first 2 GiB of addresses (-mcmodel=medlow)"), 0,
			 "", "-mcmodel=medany where firmware or heap lie higher");
}

static void hint_lacking_code(struct hints *hints, const struct file *file)
{
	if (!file_lacks_code(file))
		return;
	hint_add(hints, need_text("functions are missing that are there as bytecode only (-flto)"),
		 0, "", "link with gcc -r instead of ld -r, or compile with -fno-lto");
	set_effect(hints, EFFECT_FAULT);
}

static void hint_lacking_relocations(struct hints *hints, const struct file *file)
{
	if (!file_lacks_relocations(file))
		return;
	hint_add(hints,
		 need_text("its relocations are gone, and addresses in it are those of nothing"), 0,
		 "", "strip --strip-unneeded, not --strip-all");
	set_effect(hints, EFFECT_FAULT);
}

static void hint_lost_constructors(struct hints *hints, const struct file *file)
{
	const char *section = file_loses_constructors(file);

	if (section == NULL)
		return;
	hint_add(hints,
		 need_text("constructors lie in %s, where nothing runs them", printable(section)),
		 0, "", "keep .init_array a section of its own in the script of ld -r");
	set_effect(hints, EFFECT_FAULT);
}

static void hint_lost_common(struct hints *hints, const struct file *file)
{
	struct symbol lost;

	if (!file_loses_common(file, &lost))
		return;
	hint_add(
		hints,
		need_text("%s was a common symbol, of which the linker has made the address 0x%llx",
			  printable(lost.name), (unsigned long long)lost.value),
		0, "", "compile with -fno-common, or link with ld -r instead of mold -r");
	set_effect(hints, EFFECT_FAULT);
}

/* ---- Arm: code that finds its data by a register that nothing in the file sets ---- */

/* Does a relocation of loaded sections have this type? */
static bool has_relocation(const struct file *file, uint32_t type)
{
	struct relocation relocation;

	for (size_t i = 0; file_next_loaded_relocations(file, &i);) {
		for (size_t j = 0; file_relocation(file, i, j, &relocation); j++) {
			if (relocation.type == type)
				return true;
		}
	}
	return false;
}

static void hint_single_pic_base(struct hints *hints, const struct file *file)
{
	if (file->machine != EM_ARM || file->type != ET_REL || !has_relocation(file, R_ARM_GOT32) ||
	    has_relocation(file, R_ARM_GOTPC))
		return;
	hint_add(hints,
		 need_text("code that expects its GOT's address in a register "
			   "(-msingle-pic-base), which nothing here sets"),
		 0, "", "set r9 at each entry: see \"Execute in place\" in docs/guide.md");
	set_effect(hints, EFFECT_FAULT);
}

char *hints_why(const struct file *file, enum hint_effect effect)
{
	struct hints hints = {0};
	char *text = NULL;

	hint_sections(&hints, file);
	hint_stack(&hints, file);
	hint_lacking_code(&hints, file);
	hint_lacking_relocations(&hints, file);
	hint_lost_constructors(&hints, file);
	hint_lost_common(&hints, file);
	hint_single_pic_base(&hints, file);
	for (size_t i = 0; i < hints.count; i++) {
		char *before = text;

		if (hints.list[i].effect == effect) {
			text = need_text("%s  hint: %s; %s\n", before != NULL ? before : "",
					 hints.list[i].what, hints.list[i].remedy);
			free(before);
		}
		free(hints.list[i].what);
	}
	free(hints.list);
	return text;
}

void hints_collect(struct report *report)
{
	hint_sections(&report->hints, report->file);
	hint_stack(&report->hints, report->file);
	hint_lacking_code(&report->hints, report->file);
	hint_lacking_relocations(&report->hints, report->file);
	hint_lost_constructors(&report->hints, report->file);
	hint_lost_common(&report->hints, report->file);
	hint_single_pic_base(&report->hints, report->file);
	hint_low_addresses(report);
	hint_unwind(report);
	hint_symbols(report);
	hint_shared_object(report);
}
