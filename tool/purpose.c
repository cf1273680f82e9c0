/* SPDX-License-Identifier: Apache-2.0 */
/* A file that a loader would take and that nobody could use. */
#include "tenon.h" /* before <elf.h>, of which it has a part */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "desk.h"
#include "purpose.h"

#define MOST_COMMON_ALIGNMENT 64 /* that a compiler gives by itself */

/* Compiled with -flto and nothing else: no section that is loaded has a byte. */
static bool is_bytecode_only(const struct file *file)
{
	struct section_header header;
	bool bytecode = false;

	for (size_t i = 1; i < file->section_count; i++) {
		if (!file_section(file, i, &header))
			continue;
		bytecode = bytecode || strncmp(header.name, ".gnu.lto_", 9) == 0 ||
			   strcmp(header.name, ".llvm.lto") == 0;
		if ((header.flags & SHF_ALLOC) && header.size != 0 && header.type != SHT_NOTE)
			return false;
	}
	return bytecode;
}

bool file_lacks_code(const struct file *file)
{
	struct symbol symbol;

	return file_find_symbol(file, "__gnu_lto_slim", &symbol);
}

const char *file_loses_constructors(const struct file *file)
{
	struct symbol start, end;
	struct section_header header;

	if (file->type != ET_REL || !file_find_symbol(file, "__init_array_start", &start) ||
	    !file_find_symbol(file, "__init_array_end", &end) || start.value == end.value ||
	    !file_section(file, start.section, &header) || header.type != SHT_PROGBITS ||
	    strncmp(header.name, ".init_array", 11) == 0 || strncmp(header.name, ".ctors", 6) == 0)
		return NULL;
	return header.name;
}

/*
 * The value of a common symbol is its alignment; made absolute, it is an address in page 0. A size
 * is what an absolute address from a linker script or from .set has not.
 */
bool file_loses_common(const struct file *file, struct symbol *lost)
{
	size_t table = file_symbol_table(file, true);

	if (file->type != ET_REL)
		return false;
	for (size_t i = 0; file_next_symbol(file, table, &i, lost);) {
		if (lost->section == SHN_ABS && lost->type == STT_OBJECT && lost->size != 0 &&
		    lost->bind != STB_LOCAL && lost->value - 1 < MOST_COMMON_ALIGNMENT &&
		    (lost->value & (lost->value - 1)) == 0)
			return true;
	}
	return false;
}

/* Initialisers and finalisers run without being called by name. */
static bool is_array(const struct section_header *header)
{
	static const char *const names[] = {".ctors",      ".dtors",         ".init_array",
					    ".fini_array", ".preinit_array", ".init",
					    ".fini"};

	if (!(header->flags & SHF_ALLOC) || header->size == 0)
		return false;
	if (header->type == SHT_INIT_ARRAY || header->type == SHT_FINI_ARRAY ||
	    header->type == SHT_PREINIT_ARRAY)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i]);

		if (strncmp(header->name, names[i], length) == 0 &&
		    (header->name[length] == '\0' || header->name[length] == '.'))
			return true;
	}
	return false;
}

/* A symbol that the loader exports where there is no .exported_sym, but for its visibility. */
static bool is_global(const struct file *file, const struct symbol *symbol)
{
	struct section_header header;

	if ((symbol->bind != STB_GLOBAL && symbol->bind != STB_WEAK) || symbol->name[0] == '\0' ||
	    (symbol->type != STT_FUNC && symbol->type != STT_OBJECT && symbol->type != STT_NOTYPE &&
	     symbol->type != STT_COMMON && symbol->type != STT_TLS) ||
	    symbol->section == SHN_UNDEF)
		return false;
	if (symbol->section == SHN_ABS)
		return file->type != ET_EXEC;
	return !file_section(file, symbol->section, &header) || (header.flags & SHF_ALLOC);
}

/* Each entry of it has a relocation, in whatever relocatable file. */
static bool needs_relocations(const struct section_header *header)
{
	if (header->type == SHT_INIT_ARRAY)
		return header->size != 0;
	return (header->flags & SHF_ALLOC) && header->size > 8 && /* zeros that end a table */
	       (strcmp(header->name, ".eh_frame") == 0 ||
		strncmp(header->name, ".ARM.exidx", 10) == 0);
}

bool file_lacks_relocations(const struct file *file)
{
	struct section_header header;
	size_t none = 0;

	if (file->type != ET_REL || file_next_loaded_relocations(file, &none))
		return false;
	for (size_t i = 1; i < file->section_count; i++) {
		if (file_section(file, i, &header) && needs_relocations(&header))
			return true;
	}
	return false;
}

enum exports { EXPORTS_NONE, EXPORTS_INDIRECT, EXPORTS_HIDDEN, EXPORTS_SOME };

static enum exports exports_of(const struct file *file)
{
	size_t table = file_symbol_table(file, false), count = file_symbol_count(file, table);
	size_t index = file_find_section(file, ".exported_sym");
	enum exports found = EXPORTS_NONE;
	struct section_header header;
	struct symbol symbol;

	if (index != 0 && file_section(file, index, &header) && (header.flags & SHF_ALLOC))
		return header.size != 0 ? EXPORTS_SOME : EXPORTS_NONE;
	for (size_t i = 1; i < count; i++) {
		if (!file_symbol(file, table, i, &symbol))
			continue;
		if (symbol.type == STT_GNU_IFUNC && found == EXPORTS_NONE)
			found = EXPORTS_INDIRECT;
		if (!is_global(file, &symbol))
			continue;
		if (symbol.visibility == STV_DEFAULT || symbol.visibility == STV_PROTECTED)
			return EXPORTS_SOME;
		found = EXPORTS_HIDDEN;
	}
	return found;
}

static bool runs_by_itself(const struct file *file)
{
	struct section_header header;

	if (file->entry != 0)
		return true;
	for (size_t i = 1; i < file->section_count; i++) {
		if (file_section(file, i, &header) && is_array(&header))
			return true;
	}
	return false;
}

/* A symbol of a section beyond those that e_shnum can count: no loader takes it. */
static bool has_far_symbol(const struct file *file, struct symbol *far)
{
	size_t table = file_symbol_table(file, false), count = file_symbol_count(file, table);

	for (size_t i = 1; i < count; i++) {
		if (file_symbol(file, table, i, far) && far->section == SHN_XINDEX)
			return true;
	}
	return false;
}

bool file_must_be_sound(const struct file *file)
{
	struct symbol far;
	char *why;

	if (desk_core_for(file, &why) == NULL) {
		complain(file->path, "%s", why);
		free(why);
		return false;
	}
	if (file->section_count == 0) {
		complain(file->path, "it has no section headers, or not all of them: cut, or "
				     "stripped of them");
		return false;
	}
	if (has_far_symbol(file, &far)) {
		complain(file->path, "extended section indexes are not supported, symbol %s",
			 printable(far.name));
		return false;
	}
	return true;
}

const char *file_useless(const struct file *file)
{
	enum exports exports;

	if (file_no_elf(file) != NULL)
		return file_no_elf(file);
	if (file->class != 0 && !file->little_endian)
		return "is big-endian; only little-endian machines are supported";
	if (file->elf == NULL || file->section_count == 0 ||
	    (file->type != ET_REL && file->type != ET_DYN && file->type != ET_EXEC))
		return NULL; /* a loader says what is wrong */
	if (is_bytecode_only(file))
		return "has no code, only the compiler's bytecode for link-time optimisation: "
		       "compile with -fno-lto or -ffat-lto-objects, or link it first: "
		       "gcc -flto -r -flinker-output=nolto-rel";
	exports = exports_of(file);
	if (exports == EXPORTS_SOME || runs_by_itself(file))
		return NULL;
	if (exports == EXPORTS_INDIRECT)
		return "exports nothing, since indirect functions are not supported "
		       "(__attribute__((ifunc))): call through a pointer that a constructor sets";
	if (exports == EXPORTS_HIDDEN)
		return "exports nothing, since all its global symbols are hidden "
		       "(-fvisibility=hidden), and has no initialisers and no entry point: mark "
		       "what others shall use with EXPORT_SYMBOL()";
	return "exports nothing, and has no initialisers and no entry point, so that nothing of it "
	       "can be used: mark a function with EXPORT_SYMBOL(), declare it without static, or "
	       "keep its symbols (strip --strip-unneeded)";
}

bool file_must_be_useful(const struct file *file)
{
	const char *useless = file_useless(file);

	if (useless != NULL)
		complain(file->path, "%s", useless);
	return useless == NULL;
}
