/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thread-local variables by their symbols: what the file defines, imports and exports. Their values
 * are offsets, from the start of the extension's block or from the thread pointer.
 */
#include <llext/tls.h>
#include <llext/domain.h>
#include "../internal.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_TLS)

/* True for a name that a compiler or an assembler has made up. */
static bool is_made_up(const char *name)
{
	return name[0] == '\0' || name[0] == '$' || name[0] == '.';
}

static int fail_port(const struct load *ld, uint32_t section)
{
	return llext_fail_section(ld, -ENOTSUP, section,
				  "the port has no room for thread-local variables");
}

/*
 * Check that the port has room at all. If not, the result is an error if the symbol names a
 * variable.
 */
static bool is_allowed(const struct load *ld, uint32_t index, const elf_sym_t *sym, int *rc)
{
	(void)index; /* without diagnostics */
	*rc = 0;
	if (domain_of(ld) != NULL && LLEXT_DOMAIN_HAS_TLS && sym->st_shndx != SHN_UNDEF)
		return true;
	if (domain_of(ld) != NULL) { /* whose code must not reach the firmware's */
		*rc = llext_fail(ld, -ENOTSUP, "thread-local variables in a sandboxed extension");
		llext_diag_symbol(ld, index);
		return false;
	}
	if (llext_port.tls != NULL)
		return true;
	/* Otherwise the section is named, later. */
	if (sym->st_shndx == SHN_UNDEF ||
	    (ld->headers.strings != NULL && !is_made_up(ld->headers.strings + sym->st_name))) {
		*rc = fail_port(ld, 0);
		llext_diag_symbol(ld, index);
	}
	return false;
}

int llext_tls_refuse(const struct load *ld)
{
	if (llext_port.tls != NULL || ld->tls.bytes == 0 || domain_of(ld) != NULL)
		return 0;
	return fail_port(ld, ld->layout.tls);
}

/* Is it a variable, with a name, at a multiple of the alignment of all? */
static bool is_most_aligned(const struct load *ld, uint32_t section, const elf_sym_t *sym)
{
	if (ELF_ST_TYPE(sym->st_info) != STT_TLS || ld->headers.strings == NULL ||
	    sym->st_name >= ld->file.strings.length || /* read again */
	    is_made_up(ld->headers.strings + sym->st_name))
		return false;
	return sym->st_shndx == SHN_COMMON
		       ? sym->st_value == ld->tls.align
		       : sym->st_shndx == section && (sym->st_value & (ld->tls.align - 1)) == 0;
}

int llext_tls_most_aligned(struct load *ld, uint32_t section, uint32_t *found)
{
	elf_sym_t sym;
	int rc = 0;

	*found = 0;
	for (uint32_t i = 1; rc == 0 && i < ld->symbols.count; i++) {
		step_brief(ld, i);
		rc = llext_symbol_read(ld, i, &sym);
		if (rc != 0 || !is_most_aligned(ld, section, &sym))
			continue;
		*found = i;
		if (sym.st_value != 0) /* what begins a section may be there for another reason */
			break;
	}
	return rc;
}

bool llext_tls_defines(const struct load *ld, const elf_sym_t *sym)
{
	return sym->st_shndx < ld->headers.section_count && sym->st_shndx >= ld->file.first &&
	       (ld->headers.shdrs[sym->st_shndx].sh_flags & (SHF_ALLOC | SHF_TLS)) ==
		       (SHF_ALLOC | SHF_TLS);
}

static int define_common(struct load *ld, uint32_t index, const elf_sym_t *sym, elf_addr *value)
{
	int rc = llext_check_common(ld, index, sym);

	if (rc == 0 && domain_of(ld) != NULL) /* whose block has been laid out */
		rc = llext_fail(ld, -ENOEXEC,
				"common symbol where there can be none, or misaligned");
	return rc == 0 ? llext_tls_extend(ld, sym->st_size, (size_t)sym->st_value, value) : rc;
}

/* Its value is its offset in the block. */
int llext_tls_define(struct load *ld, uint32_t index, uint32_t at, const elf_sym_t *sym)
{
	elf_addr value = sym->st_value;
	int rc;

	ld->symbols.values[at] = 0;
	ld->symbols.flags[at] = SYMBOL_UNLOADED | SYMBOL_EXACT;
	if (!llext_tls_defines(ld, sym) && sym->st_shndx != SHN_COMMON)
		return llext_fail_symbol(
			ld, -ENOEXEC, index,
			"thread-local variable in a section that is none of theirs");
	if (!is_allowed(ld, index, sym, &rc))
		return rc;
	if (sym->st_shndx == SHN_COMMON) {
		rc = define_common(ld, index, sym, &value);
	} else if (!is_linked(ld)) {
		const struct section *section = &ld->layout.sections[sym->st_shndx];

		value += section->load;
		if (section->region == LLEXT_MEM_RODATA)
			value -= (elf_addr)ld->tls.image;
	} else if (ELF_ST_TYPE(sym->st_info) != STT_TLS) {
		return 0; /* not an offset but an address, and of no use to relocations */
	}
	if (rc != 0) {
		llext_diag_symbol(ld, index);
		return rc;
	}
	ld->symbols.values[at] = value;
	ld->symbols.flags[at] = SYMBOL_UNLOADED | SYMBOL_TLS;
	ld->symtab.any_special = true;
	return 0;
}

/* ---- imports and exports: their names end with ".tls", their addresses are offsets ---- */

static const char suffix[] = LLEXT_TLS_SUFFIX;

/* As strcmp() of @name and the suffix, and @other. */
static int compare(const char *name, const char *other)
{
	while (*name != '\0' && *name == *other) {
		name++;
		other++;
	}
	return *name != '\0' ? (unsigned char)*name - (unsigned char)*other : strcmp(suffix, other);
}

static const void *search(const struct llext_const_symbol *syms, size_t count, const char *name)
{
	return find_by_halves(syms, count, name, compare);
}

static elf_addr firmware_offset(const void *getter)
{
	return (elf_addr)llext_port.tls->offset((void *(*)(void))(uintptr_t)getter);
}

static bool find_in(const struct llext *ext, const char *name, elf_addr *offset)
{
	/* The two structures differ in const only. */
	const void *syms = ext->exp_tab.syms;
	const void *addr = search(syms, ext->exp_tab.sym_cnt, name);

	*offset = (elf_addr)(uintptr_t)addr;
	return addr != NULL;
}

/* @return whether it was found, and who has it: NULL for the firmware. */
static bool find(const char *name, elf_addr *offset, struct llext **provider)
{
	size_t count;
	const struct llext_const_symbol *builtins = llext_builtins(&count);
	const void *getter = search(builtins, count, name);

	*provider = NULL;
	if (getter != NULL) {
		*offset = firmware_offset(getter);
		return true;
	}
	for (struct llext *ext = LLEXT_ON(CONFIG_LLEXT_DEPENDENCIES) ? llext_first() : NULL;
	     ext != NULL; ext = ext->next) {
		/* An extension in a domain may claim anything. */
		if (extension_domain(ext) == NULL && find_in(ext, name, offset)) {
			*provider = ext;
			return true;
		}
	}
	return false;
}

/* The record that a packed file's import is bound to. */
static bool is_tls_record(const struct llext_const_symbol *record)
{
	size_t length = strlen(record->name);

	return length >= sizeof(suffix) &&
	       strcmp(record->name + length - (sizeof(suffix) - 1), suffix) == 0;
}

/* What is found is an offset from the thread pointer. */
int llext_tls_import(struct load *ld, uint32_t index, uint32_t at, const elf_sym_t *sym,
		     const struct llext_const_symbol *bound)
{
	const char *name = ld->headers.strings != NULL ? ld->headers.strings + sym->st_name : "";
	bool weak = ELF_ST_BIND(sym->st_info) == STB_WEAK, found = true;
	struct found_import import = {.tls = true};
	elf_addr offset = 0;
	size_t length;
	int rc;

	if (!is_allowed(ld, index, sym, &rc))
		return rc;
	ld->symtab.any_special = true;
	if (strcmp(name, "_TLS_MODULE_BASE_") == 0) { /* a linker's: the start of the block */
		ld->symbols.flags[at] = SYMBOL_UNLOADED | SYMBOL_TLS;
		return 0;
	}
	ld->symtab.imports++;
	if (bound != NULL) {
		if (!is_tls_record(bound))
			return llext_fail_symbol(
				ld, -ENOEXEC, index,
				"thread-local import that is bound to something else");
		name = bound->name;
		offset = firmware_offset(bound->addr);
	} else if (name[0] == '\0') {
		return llext_import_nameless(ld, index);
	} else {
		rc = llext_name_length(ld, sym->st_name, &length);
		if (rc != 0)
			return rc;
		found = !is_executable(ld) && find(name, &offset, &import.provider);
	}
	if (!found && !weak)
		return llext_import_unknown(ld, at, name, true);
	import.addr = found ? name : NULL; /* its address is different in each thread */
	llext_import_found(ld, name, &import, weak);
	ld->symbols.values[at] = offset;
	ld->symbols.flags[at] = SYMBOL_IMPORT | SYMBOL_UNLOADED | SYMBOL_TLS_IMPORT;
	return 0;
}

void *llext_find_tls(const struct llext_symtable *table, const char *name)
{
	elf_addr offset;
	size_t count;
	const struct llext_const_symbol *syms;
	const void *addr;

	if (name == NULL || llext_port.tls == NULL || llext_port.tls->pointer == NULL)
		return NULL;
	syms = table == NULL ? llext_builtins(&count) : (const void *)table->syms;
	addr = search(syms, table == NULL ? count : table->sym_cnt, name);
	if (addr == NULL)
		return NULL;
	offset = table == NULL ? firmware_offset(addr) : (elf_addr)(uintptr_t)addr;
	return (uint8_t *)llext_port.tls->pointer() + (intptr_t)(elf_saddr)offset;
}

/*
 * A record of .exported_sym says no more than the name, of which @length bytes are the variable's:
 * the symbol says where it is.
 */
int llext_tls_export(struct load *ld, const char *name, size_t length, elf_addr *offset)
{
	struct stream stream;
	elf_sym_t sym;
	int rc;

	if (domain_of(ld) != NULL) /* no thread of the firmware's has it */
		return llext_fail_section(ld, -ENOTSUP, ld->layout.tls,
					  "thread-local variables have no place in a domain");
	rc = llext_stream_open(&stream, ld, &ld->headers.shdrs[ld->headers.symtab]);

	if (rc != 0)
		return rc;
	if (ld->headers.strings == NULL) /* a packed file says that it needs none */
		return llext_fail(ld, -ENOEXEC, "export without a name");
	if (ld->symbols.count >= ld->file.name_budget)
		return llext_fail(ld, -ENOEXEC, "export names overlap without end");
	ld->file.name_budget -= ld->symbols.count; /* keeps the work linear */
	for (uint32_t i = 0; i < ld->symbols.count; i++) {
		rc = llext_stream_next(&stream, &sym, sizeof(sym));
		if (rc != 0)
			return rc;
		if (!is_own_tls(ld->symbols.flags[i]) || sym.st_name >= ld->file.strings.length ||
		    strncmp(ld->headers.strings + sym.st_name, name, length) != 0 ||
		    ld->headers.strings[sym.st_name + length] != '\0')
			continue;
		*offset = llext_symbol_value(ld, i);
		return 0;
	}
	rc = llext_fail(ld, -ENOEXEC, "export of a thread-local variable that the file has not");
	llext_diag_symbol_name(name);
	return rc;
}

#endif /* CONFIG_LLEXT_TLS */
