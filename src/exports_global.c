/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file without .exported_sym exports its global symbols of default visibility. Optional, see
 * CONFIG_LLEXT_EXPORT_GLOBALS: without it such a file is refused.
 */
#include "internal.h"
#include "steps.h"

#if LLEXT_ON(CONFIG_LLEXT_EXPORT_GLOBALS)

/*
 * True if a symbol lies inside its section, or in a linked file in a segment. Callers that look it
 * up take its value for an address. No code begins at the end of a section.
 */
static bool lies_inside(const struct load *ld, const elf_sym_t *sym, bool is_tls_symbol)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[sym->st_shndx];
	bool function = ELF_ST_TYPE(sym->st_info) == STT_FUNC;
	elf_addr value = sym->st_value;

	/* Of a symbol in no section, the value is a number, or a common symbol's alignment. */
	if (sym->st_shndx >= ld->headers.section_count || sym->st_shndx >= SHN_LORESERVE)
		return true;
	if (is_tls_symbol)
		return llext_tls_inside(ld, sym);
	if (function)
		value = code_address(value);
	else if (is_linked(ld)) /* linkers put symbols such as _end behind what they name */
		return llext_in_segments(ld, value);
	if (is_linked(ld))
		value -= shdr->sh_addr;
	return function ? value < shdr->sh_size : value <= shdr->sh_size;
}

/*
 * A symbol's name may end with its version: NAME@VERSION, or NAME@@VERSION for the default one,
 * which NAME alone means. The symbol is exported without it. @return the length of NAME.
 */
static size_t bare_length(const struct load *ld, const char *name, bool *other_version)
{
	size_t bare = llext_bare_length(ld, name);

	*other_version = name[bare] == '@' && name[bare + 1] != '@';
	return bare;
}

/* True if the caller wants this symbol exported. */
static bool is_wanted(const struct load *ld, const elf_sym_t *sym)
{
	const char *name;
	size_t length;
	bool other_version;

	if (ld->param->exports != LLEXT_EXPORTS_LIST || ld->headers.strings == NULL)
		return ld->param->exports != LLEXT_EXPORTS_NONE;
	name = ld->headers.strings + sym->st_name;
	length = bare_length(ld, name, &other_version);
	for (size_t i = 0; i < ld->param->export_count; i++) {
		const char *wanted = ld->param->export_names[i];

		step_point(ld, 1);
		if (strcmp(wanted, name) == 0 ||
		    (strncmp(wanted, name, length) == 0 && wanted[length] == '\0'))
			return true;
	}
	return false;
}

/* True for a thread-local variable of the file. Without a thread-local section it has none. */
static bool is_thread_local(const struct load *ld, uint8_t flags)
{
	return ld->tls.section != 0 && is_own_tls(flags);
}

/* True if the symbol has a value in the extension: it is no import, and its section is loaded. */
static bool has_value(uint8_t flags)
{
	return !(flags & SYMBOL_IMPORT) && (!(flags & SYMBOL_UNLOADED) || is_own_tls(flags));
}

/* Is this symbol one that a file without .exported_sym exports? */
static bool is_global(const struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	uint8_t flags;
	bool is_tls_symbol;

	if (index == 0 || !is_exportable(sym))
		return false;
	flags = symbol_flags(ld, index);
	is_tls_symbol = is_thread_local(ld, flags);
	return has_value(flags) &&
	       /* In an executable, absolute symbols are constants, and symbols of the firmware. */
	       !(is_executable(ld) && sym->st_shndx == SHN_ABS) &&
	       lies_inside(ld, sym, is_tls_symbol) && !(is_tls_symbol && domain_of(ld) != NULL) &&
	       sym->st_name < ld->headers.strings_length &&
	       (ld->headers.strings == NULL || ld->headers.strings[sym->st_name] != '\0') &&
	       is_wanted(ld, sym);
}

/*
 * Local symbols come first, so those are passed over: their number is that of the section header
 * (gABI, sh_info of SHT_SYMTAB).
 */
static int open_globals(struct load *ld, struct stream *stream, uint32_t *first)
{
	elf_shdr_t rest = ld->headers.shdrs[ld->headers.symtab];
	size_t skipped;

	*first = rest.sh_info < ld->symbols.count ? rest.sh_info : ld->symbols.count;
	skipped = (size_t)*first * sizeof(elf_sym_t);
	rest.sh_offset += skipped;
	rest.sh_size -= skipped;
	if (ld->symbols.whole == NULL)
		return llext_stream_open(stream, ld, &rest);
	llext_stream_memory(stream, ld, (const uint8_t *)ld->symbols.whole + skipped,
			    (size_t)rest.sh_size);
	return 0;
}

/* A thread-local variable's name gets a suffix in the table, so that it is no other symbol's. */
static size_t suffix_bytes(const struct load *ld, uint32_t index)
{
	return ld->tls.section != 0 && is_own_tls(symbol_flags(ld, index))
		       ? sizeof(LLEXT_TLS_SUFFIX) - 1
		       : 0;
}

int llext_globals_measure(struct load *ld, size_t *count, size_t *name_bytes)
{
	struct stream stream;
	elf_sym_t sym;
	uint32_t i;
	int rc;

	/* For a packed file this is called twice. */
	*count = ld->layout.global_count;
	*name_bytes = ld->layout.global_name_bytes;
	if (*count > 0 || ld->param->exports == LLEXT_EXPORTS_NONE)
		return 0;
	rc = open_globals(ld, &stream, &i);
	for (; rc == 0 && i < ld->symbols.count; i++) {
		size_t length = 0;

		rc = llext_stream_symbol(&stream, &sym);
		if (rc == 0 && is_global(ld, i, &sym)) {
			if (ld->headers.strings == NULL) /* a packed file says that it needs none */
				return llext_fail(ld, -ENOEXEC, "export without a name");
			rc = llext_name_length(ld, sym.st_name, &length);
			*name_bytes += length + 1 + suffix_bytes(ld, i);
			++*count;
		}
	}
	if (rc == 0) {
		ld->layout.global_count = *count;
		ld->layout.global_name_bytes = *name_bytes;
	}
	return rc;
}

/* How far the table and its names are filled. */
struct filling {
	struct llext_symbol *next, *end;
	char *names;
	size_t name_bytes; /* left */
	bool other_versions;
};

static int fill_one(const struct load *ld, struct filling *filling, uint32_t index,
		    const elf_sym_t *sym, bool others)
{
	const char *name = ld->headers.strings + sym->st_name;
	size_t suffix = suffix_bytes(ld, index), length;
	bool other_version;

	length = bare_length(ld, name, &other_version);
	filling->other_versions = filling->other_versions || other_version;
	if (other_version != others)
		return 0;
	if (filling->next == filling->end || length + suffix + 1 > filling->name_bytes)
		return llext_fail_changed(ld);
	step_copy(ld, filling->names, name, length);
	if (suffix > 0)
		memcpy(filling->names + length, LLEXT_TLS_SUFFIX, suffix);
	filling->names[length + suffix] = '\0';
	filling->next->name = filling->names;
	filling->next++->addr = (void *)(uintptr_t)symbol_value(ld, index);
	filling->names += length + suffix + 1;
	filling->name_bytes -= length + suffix + 1;
	return 0;
}

static int fill(struct load *ld, struct filling *filling, bool others)
{
	struct stream stream;
	elf_sym_t sym;
	uint32_t i;
	int rc = open_globals(ld, &stream, &i);

	for (; rc == 0 && i < ld->symbols.count; i++) {
		rc = llext_stream_symbol(&stream, &sym);
		if (rc == 0 && is_global(ld, i, &sym))
			rc = fill_one(ld, filling, i, &sym, others);
	}
	return rc;
}

int llext_exports_from_symbols(struct load *ld)
{
	size_t count, name_bytes;
	struct llext_symbol *table;
	struct filling filling;
	int rc = llext_globals_measure(ld, &count, &name_bytes);

	if (rc != 0 || count == 0)
		return rc;
	table = name_bytes <= SIZE_MAX / 2 ? llext_exports_allocate(ld, count, name_bytes) : NULL;
	if (table == NULL)
		return -ENOMEM;
	filling =
		(struct filling){table, table + count, (char *)(table + count), name_bytes, false};
	rc = fill(ld, &filling, false);
	/* Versions other than the default one come last: see llext_exports_build(). */
	if (rc == 0 && filling.other_versions)
		rc = fill(ld, &filling, true);
	ld->ext->exp_tab = (struct llext_symtable){(size_t)(filling.next - table), table};
	ld->layout.other_versions = filling.other_versions;
	return rc;
}

#endif /* CONFIG_LLEXT_EXPORT_GLOBALS */
