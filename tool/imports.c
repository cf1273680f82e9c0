/* SPDX-License-Identifier: Apache-2.0 */
/* The undefined symbols of a file: who provides them, and what is near where nobody does. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* A file may have any number of undefined symbols; the first ones are enough to see what is up. */
#define MOST_SUGGESTIONS 64

/* Mangled names are near each other by chance: of those only another signature of the function is.
 */
bool import_is_near(const char *name, const char *near)
{
	char *plain, *other;
	size_t length;
	bool same;

	if (!starts_with(name, "_Z"))
		return true;
	plain = demangled(name);
	other = demangled(near);
	length = plain != NULL ? strcspn(plain, "(") : 0;
	same = plain != NULL && other != NULL && strncmp(plain, other, length) == 0 &&
	       other[length] == '(';
	free(plain);
	free(other);
	return same;
}

void imports_add(void *user_data, const struct llext_import *import)
{
	struct imports *imports = user_data;
	struct import *entry;
	const char *near;

	if ((imports->count & (imports->count - 1)) == 0)
		imports->list =
			need_more(imports->list, imports->count == 0 ? 1 : 2 * imports->count,
				  sizeof(*imports->list));
	entry = &imports->list[imports->count++];
	*entry = (struct import){.name = need_text("%s", import->name),
				 .weak = import->weak,
				 .tls = import->tls,
				 .found = import->found};
	/* The name that a table of exports has: see EXPORT_TLS_SYMBOL(). */
	entry->record = need_text("%s%s", import->name, import->tls ? ".tls" : "");
	if (import->provider != NULL)
		entry->provider = need_text("%s", import->provider->name);
	if (!import->found && imports->suggest != NULL &&
	    imports->suggestions++ < MOST_SUGGESTIONS) {
		near = imports->suggest(import->name);
		if (near != NULL && import_is_near(import->name, near))
			entry->suggestion = need_text("%s", near);
	}
}

void imports_note_null(struct imports *imports, const char *provider,
		       const struct llext_symtable *exports)
{
	for (size_t i = 0; i < imports->count; i++) {
		struct import *import = &imports->list[i];

		for (size_t j = 0; j < exports->sym_cnt && !import->found; j++) {
			if (import->note == NULL && exports->syms[j].addr == NULL &&
			    strcmp(exports->syms[j].name, import->record) == 0)
				import->note = need_text(
					"%s exports it at address 0, which counts as missing",
					provider);
		}
	}
}

char *file_cxx_function(const struct file *file, const char *name)
{
	size_t table = file_symbol_table(file, false);
	char *part = need_text("%zu%s", strlen(name), name); /* as a mangled name has it */
	char *found = NULL;
	struct symbol symbol;

	for (size_t i = 0; found == NULL && file_next_symbol(file, table, &i, &symbol);) {
		bool may_be = symbol.section != SHN_UNDEF && strstr(symbol.name, part) != NULL;
		char *whole = may_be ? demangled(symbol.name) : NULL;
		char *plain = whole != NULL ? unqualified(whole) : NULL;

		if (plain != NULL && strcmp(plain, name) == 0)
			found = whole;
		else
			free(whole);
		free(plain);
	}
	free(part);
	return found;
}

void imports_note_cxx(struct imports *imports, const char *provider, const struct file *file)
{
	for (size_t i = 0; i < imports->count; i++) {
		struct import *import = &imports->list[i];
		char *function = import->found || import->weak || import->note != NULL ||
						 starts_with(import->name, "_Z")
					 ? NULL
					 : file_cxx_function(file, import->name);

		if (function != NULL)
			import->note = need_text(
				"%s has the C++ function %s: declare it extern \"C\" there",
				provider, function);
		free(function);
	}
}

size_t imports_missing(const struct imports *imports)
{
	size_t count = 0;

	for (size_t i = 0; i < imports->count; i++)
		count += !imports->list[i].found && !imports->list[i].weak;
	return count;
}

/* The name itself is the nearest one to a name with a letter more. */
static bool suggests(const struct imports *imports, const char *name)
{
	char *other = need_text("%s_", name);
	const char *near = imports->suggest(other);
	bool same = near != NULL && strcmp(near, name) == 0;

	free(other);
	return same;
}

/* EXPORT_SYMBOL() leaves a symbol for its record. */
static bool has_record(const struct file *firmware, const char *name)
{
	char *record = need_text("__llext_sym_%s", name);
	struct symbol symbol;
	bool found = file_find_symbol(firmware, record, &symbol);

	free(record);
	return found;
}

/* Does the firmware offer the plain name of a C++ function, so that extern "C" is forgotten? */
static bool is_c_name(const struct imports *imports, const char *plain)
{
	char *c_name = plain != NULL ? unqualified(plain) : NULL;
	bool same;

	if (c_name == NULL)
		return false;
	same = imports->firmware != NULL  ? has_record(imports->firmware, c_name)
	       : imports->suggest != NULL ? suggests(imports, c_name)
					  : false;
	free(c_name);
	return same;
}

/* What compilers call only under an option, whose library no firmware has by itself; and what only
 * programs have. */
static bool hint_origin(const struct imports *imports, FILE *stream)
{
	static const struct {
		const char *stem, *what, *remedy;
	} options[] = {
		{"_start", "the entry of a program", "make an extension by -c, ld -r or -shared"},
		{"__ubsan_", "a call of -fsanitize=undefined",
		 "add -fsanitize-undefined-trap-on-error (GCC) or -fsanitize-trap=all (Clang)"},
		{"__asan_", "a call of -fsanitize=address", "compile without it"},
		{"__tsan_", "a call of -fsanitize=thread", "compile without it"},
		{"__gcov_", "a call of --coverage", "compile without it"},
		{"__llvm_profile_", "a call of -fprofile-instr-generate", "compile without it"},
		{"__cyg_profile_func_", "a call of -finstrument-functions",
		 "compile without it, or export both functions"},
		{"__morestack", "a call of -fsplit-stack", "compile without it"},
		{"__xtensa_sync_caches", "a call for pointers to nested functions",
		 "they are code on the stack, which is not executable"},
		{"__sanitizer_cov_", "a call of -fsanitize-coverage", "compile without it"},
		{"__x86_indirect_thunk_", "a call of -mindirect-branch=thunk-extern",
		 "compile with -mindirect-branch=thunk, or without it"},
		{"__x86_return_thunk", "a jump of -mfunction-return=thunk-extern",
		 "compile with -mfunction-return=thunk, or without it"},
		{"__fentry__", "a call of -pg", "compile without it"},
		{"mcount", "a call of -pg", "compile without it"},
		{"_mcount", "a call of -pg", "compile without it"},
		{"__gnu_mcount", "a call of -pg", "compile without it"},
	};
	bool hinted = false;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		for (size_t j = 0; j < imports->count; j++) {
			const struct import *import = &imports->list[j];

			if (import->found || import->weak ||
			    !starts_with(import->name, options[i].stem))
				continue;
			fprintf(stream, "  hint: %s is %s: %s\n", printable(import->name),
				options[i].what, options[i].remedy);
			hinted = true;
			break;
		}
	}
	return hinted;
}

bool imports_print_missing(const struct imports *imports, FILE *stream)
{
	int width = 0;

	for (size_t i = 0; i < imports->count; i++) {
		int length = (int)strlen(printable(imports->list[i].name));

		if (!imports->list[i].found && length > width && length <= 40)
			width = length;
	}
	for (size_t i = 0; i < imports->count; i++) {
		const struct import *import = &imports->list[i];
		char *plain = demangled(import->name);

		if (!import->found && !import->weak) {
			fprintf(stream, "  missing: %s%s%s", style_on(stream, STYLE_BAD),
				printable(import->name), style_off(stream));
			if (plain != NULL)
				fprintf(stream, "  %s", plain);
			if (import->tls)
				fprintf(stream, "  a thread-local variable: EXPORT_TLS_SYMBOL()");
			if (is_c_name(imports, plain))
				fprintf(stream, "  (there is a C function of that name: declare it "
						"extern \"C\")");
			if (import->suggestion != NULL)
				fprintf(stream, "%*s  did you mean %s?",
					width - (int)strlen(printable(import->name)) > 0
						? width - (int)strlen(printable(import->name))
						: 0,
					"", printable(import->suggestion));
			if (import->place != NULL)
				fprintf(stream, "  referenced by %s", printable(import->place));
			fputc('\n', stream);
			if (import->note != NULL)
				fprintf(stream, "    %s\n", printable(import->note));
		}
		free(plain);
	}
	return hint_origin(imports, stream);
}

void imports_free(struct imports *imports)
{
	for (size_t i = 0; i < imports->count; i++) {
		free(imports->list[i].name);
		free(imports->list[i].record);
		free(imports->list[i].suggestion);
		free(imports->list[i].provider);
		free(imports->list[i].place);
		free(imports->list[i].note);
		free(imports->list[i].declared);
		free(imports->list[i].offered);
	}
	free(imports->list);
	imports->list = NULL;
	imports->count = imports->suggestions = 0;
}
