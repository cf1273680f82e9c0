/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The symbol table: every symbol is checked and resolved once. Imports are looked up in the
 * firmware's exports, then in those of loaded extensions, oldest first; a weak one that nothing
 * provides is zero.
 */
#include "internal.h"

static int fail_symbol(const struct load *ld, int error, uint32_t symbol, const char *what)
{
	(void)what;
	error = llext_fail(ld, error, what);
	llext_diag_section(ld, ld->symtab);
	llext_diag_symbol(ld, symbol);
	(void)symbol;
	return error;
}

int llext_symbol_read(struct load *ld, uint32_t symbol, elf_sym_t *out)
{
	return llext_source_read(
		ld, (size_t)ld->shdrs[ld->symtab].sh_offset + (size_t)symbol * sizeof(*out), out,
		sizeof(*out));
}

/* ---- imports ---- */

struct found {
	const void *addr;
	struct llext *provider;
	bool found;
};

static struct found find_import(const char *name)
{
	struct found result = {llext_exit_intrinsic(name), NULL, true};

	if (result.addr == NULL)
		result.addr = llext_find_sym(NULL, name);
	for (struct llext *ext = llext_first(); result.addr == NULL && ext != NULL;
	     ext = ext->next) {
		result.addr = llext_find_sym(&ext->exp_tab, name);
		result.provider = ext;
	}
	if (result.addr == NULL)
		result = (struct found){NULL, NULL, false};
	return result;
}

static void report_import(struct load *ld, const char *name, const struct found *found, bool weak)
{
	const struct llext_import import = {.name = name,
					    .provider = found->provider,
					    .addr = (uintptr_t)found->addr,
					    .weak = weak,
					    .found = found->found};

	if (ld->param->on_import != NULL)
		ld->param->on_import(ld->param->user_data, &import);
}

int llext_import_missing(struct load *ld, uint32_t symbol)
{
	const struct found nothing = {NULL, NULL, false};
	elf_sym_t sym;
	int rc = llext_symbol_read(ld, symbol, &sym);

	if (rc != 0)
		return rc;
	if (sym.st_name >= ld->strings_length)
		return llext_fail(ld, -EBADMSG, "the file changed while it was loaded");
	ld->flags[symbol] &= (uint8_t)~SYMBOL_UNLOADED; /* once is enough */
	report_import(ld, ld->strings + sym.st_name, &nothing, false);
	llext_diag_missing(ld->strings + sym.st_name, ld->imports_missing);
	ld->imports_missing++;
	return 0;
}

static int scan_import(struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	const char *name = ld->strings + sym->st_name;
	bool weak = ELF_ST_BIND(sym->st_info) == STB_WEAK;
	struct found found;
	size_t length;
	int rc;

	ld->flags[index] |= SYMBOL_IMPORT;
	rc = llext_name_length(ld, sym->st_name, &length);
	if (rc != 0)
		return rc;
	if (length == 0)
		return fail_symbol(ld, -ENOEXEC, index, "undefined symbol without a name");
	if (strcmp(name, "_GLOBAL_OFFSET_TABLE_") == 0) {
		ld->flags[index] |= SYMBOL_SPECIAL;
		ld->values[index] = SPECIAL_GOT_BASE;
		return 0;
	}
	if (strcmp(name, "__dso_handle") == 0) {
		ld->flags[index] |= SYMBOL_SPECIAL;
		ld->values[index] = SPECIAL_HANDLE;
		return 0;
	}
	ld->flags[index] |= SYMBOL_EXACT;
	ld->imports++;
	/* An executable has no relocation by which it could be told where an import is. */
	found = is_executable(ld) ? (struct found){NULL, NULL, false} : find_import(name);
	if (!found.found && !weak) {
		/* As a linker does, complain only if something refers to it. */
		ld->flags[index] |= SYMBOL_UNLOADED;
		return 0;
	}
	report_import(ld, name, &found, weak);
	if (found.provider != NULL)
		found.provider->priv->wanted = true;
	ld->values[index] = (elf_addr)(uintptr_t)found.addr;
	return 0;
}

/* ---- definitions ---- */

/* A symbol without a section yet: the loader gives it room. */
static bool is_common(const struct load *ld, const elf_sym_t *sym)
{
	return sym->st_shndx == SHN_COMMON ||
	       (sym->st_shndx == SHN_X86_64_LCOMMON && ld->ehdr.e_machine == EM_X86_64);
}

static int scan_common(struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	elf_addr align = sym->st_value;
	size_t offset;
	int rc;

	if (is_linked(ld) || ld->param->pre_located || (align > 1 && !is_power_of_two(align)))
		return fail_symbol(ld, -ENOEXEC, index,
				   "common symbol where there can be none, or misaligned");
	if (align > MAX_ALIGN)
		return fail_symbol(ld, -ENOTSUP, index, "alignment above the limit");
	rc = llext_region_append(ld, LLEXT_MEM_BSS, sym->st_size, (size_t)align, &offset);
	if (rc != 0) {
		llext_diag_symbol(ld, index);
		return rc;
	}
	ld->values[index] = offset;
	ld->flags[index] |= SYMBOL_COMMON;
	return 0;
}

static int check_defined(const struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	const elf_shdr_t *shdr = &ld->shdrs[sym->st_shndx];
	bool function = ELF_ST_TYPE(sym->st_info) == STT_FUNC;
	elf_addr value = sym->st_value;

	if (!(shdr->sh_flags & SHF_ALLOC))
		return 0; /* for debuggers only; checked where a relocation uses it */
	if (function) {
		if (!(shdr->sh_flags & SHF_EXECINSTR))
			return fail_symbol(ld, -ENOEXEC, index, "function in data");
		if ((value & llext_arch.function_mask) != llext_arch.function_bits)
			return fail_symbol(ld, -ENOEXEC, index,
					   "function for another instruction set state");
		value = code_address(value);
	}
	if (is_linked(ld)) { /* in an ET_REL file values are relative to the section */
		/* Of a linker script's symbols an ET_EXEC says in which section they were made. */
		if (is_executable(ld) && !function)
			return 0;
		if (value < shdr->sh_addr)
			return fail_symbol(ld, -ENOEXEC, index, "symbol outside its section");
		value -= shdr->sh_addr;
		/* A linker puts symbols such as _end behind the section that they name. */
		if (!function)
			return 0;
	}
	if (value > shdr->sh_size || (function && value == shdr->sh_size && shdr->sh_size != 0)) {
		int rc = fail_symbol(ld, -ENOEXEC, index, "symbol outside its section");

		llext_diag_values((int64_t)shdr->sh_size, (int64_t)value);
		return rc;
	}
	return 0;
}

static int check_symbol(const struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	uint8_t type = ELF_ST_TYPE(sym->st_info);

	if (sym->st_name >= ld->strings_length)
		return fail_symbol(ld, -ENOEXEC, UINT32_MAX,
				   "symbol name outside its string table");
	if (index == 0) {
		static const elf_sym_t null_symbol;

		return memcmp(sym, &null_symbol, sizeof(*sym)) == 0
			       ? 0
			       : fail_symbol(ld, -ENOEXEC, index, "the first symbol is not null");
	}
	if (type == STT_TLS)
		return fail_symbol(ld, -ENOTSUP, index, "thread-local storage is not supported");
	if (type == STT_GNU_IFUNC)
		return fail_symbol(ld, -ENOTSUP, index, "indirect functions are not supported");
	if (sym->st_size > (elf_addr)-1 - sym->st_value && !is_common(ld, sym))
		return fail_symbol(ld, -ENOEXEC, index, "symbol wraps around");
	if (sym->st_shndx == SHN_XINDEX)
		return fail_symbol(ld, -ENOTSUP, index,
				   "extended section indexes are not supported");
	if (sym->st_shndx >= ld->section_count && sym->st_shndx != SHN_ABS && !is_common(ld, sym)) {
		int rc =
			fail_symbol(ld, -ENOEXEC, index, "symbol in a section that does not exist");

		llext_diag_values(ld->section_count, sym->st_shndx);
		return rc;
	}
	return 0;
}

/* Relative to what its section's load address is relative to at this time. */
static elf_addr symbol_value(const struct load *ld, const elf_sym_t *sym)
{
	elf_addr value = ld->sections[sym->st_shndx].load +
			 llext_padding_moved(ld, sym->st_shndx, sym->st_value);

	if (is_linked(ld))
		value -= ld->shdrs[sym->st_shndx].sh_addr;
	return value;
}

static uint8_t section_flags(const struct load *ld, const struct section *section)
{
	if (section->region == LLEXT_MEM_COUNT)
		return SYMBOL_UNLOADED;
	if (is_linked(ld))
		return 0; /* the same distance from the image's start, wherever that comes to be */
	if (section->storage == SECTION_IN_PLACE || ld->param->pre_located)
		return SYMBOL_EXACT;
	return section->region == LLEXT_MEM_TEXT && section->storage == SECTION_IN_REGION
		       ? SYMBOL_TEXT
		       : 0;
}

static int scan_symbol(struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	int rc = check_symbol(ld, index, sym);

	if (rc != 0 || index == 0)
		return rc;
	if (is_common(ld, sym))
		return scan_common(ld, index, sym);
	switch (sym->st_shndx) {
	case SHN_UNDEF:
		return scan_import(ld, index, sym);
	case SHN_ABS:
		ld->values[index] = sym->st_value;
		ld->flags[index] |= SYMBOL_EXACT;
		return 0;
	default:
		ld->values[index] = symbol_value(ld, sym);
		ld->flags[index] |= section_flags(ld, &ld->sections[sym->st_shndx]);
		return check_defined(ld, index, sym);
	}
}

int llext_symbols_scan(struct load *ld)
{
	struct stream stream;
	elf_sym_t sym;
	int rc = 0;

	ld->values =
		llext_transient(ld, (size_t)ld->symbol_count * sizeof(elf_addr), sizeof(elf_addr));
	ld->flags = llext_transient(ld, ld->symbol_count, 1);
	if (ld->values == NULL || ld->flags == NULL)
		return -ENOMEM;
	llext_stream_open(&stream, ld, &ld->shdrs[ld->symtab]);
	for (uint32_t i = 0; rc == 0 && i < ld->symbol_count; i++) {
		rc = stream_next(&stream, &sym, sizeof(sym));
		if (rc == 0)
			rc = scan_symbol(ld, i, &sym);
	}
	if (rc == 0 && ld->tls != 0)
		rc = fail_section(ld, -ENOTSUP, ld->tls, "thread-local storage is not supported");
	return rc;
}

static elf_addr special_value(const struct load *ld, elf_addr special)
{
	return special == SPECIAL_HANDLE ? llext_handle(ld->ext) : ld->got.load;
}

int llext_symbols_finish(struct load *ld)
{
	struct stream stream;
	elf_sym_t sym;

	llext_stream_open(&stream, ld, &ld->shdrs[ld->symtab]);
	for (uint32_t i = 0; i < ld->symbol_count; i++) {
		int rc = stream_next(&stream, &sym, sizeof(sym));

		if (rc != 0)
			return rc;
		if (ld->flags[i] & SYMBOL_COMMON)
			ld->values[i] += (elf_addr)(uintptr_t)ld->ext->mem[LLEXT_MEM_BSS];
		else if (ld->flags[i] & SYMBOL_SPECIAL)
			ld->values[i] = special_value(ld, ld->values[i]);
		else if (i == 0 || (ld->flags[i] & (SYMBOL_EXACT | SYMBOL_UNLOADED)))
			continue;
		else if (sym.st_shndx < ld->section_count)
			ld->values[i] = symbol_value(ld, &sym);
		else
			return llext_fail(ld, -EBADMSG, "the file changed while it was loaded");
	}
	return 0;
}

/* ---- slots: which symbols have an entry in a table that the loader makes ---- */

int llext_slots_build(struct load *ld, struct slots *slots, uint8_t flag)
{
	size_t count = 0;

	for (uint32_t i = 0; i < ld->symbol_count; i++)
		count += (ld->flags[i] & flag) != 0;
	if (count == 0)
		return 0;
	slots->symbols = llext_transient(ld, count * sizeof(uint32_t), sizeof(uint32_t));
	if (slots->symbols == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < ld->symbol_count; i++) {
		if (ld->flags[i] & flag)
			slots->symbols[slots->count++] = i;
	}
	return 0;
}

size_t llext_slots_find(const struct slots *slots, uint32_t symbol)
{
	size_t low = 0, high = slots->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slots->symbols[middle] < symbol)
			low = middle + 1;
		else
			high = middle;
	}
	return low < slots->count && slots->symbols[low] == symbol ? low : SIZE_MAX;
}
