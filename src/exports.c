/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What extensions export. The table that others look names up in is a checked and sorted copy:
 * the extension's own .exported_sym is not looked at again. The names stay where the extension has
 * them, which must be memory that it cannot write.
 *
 * A file without .exported_sym exports its global symbols of default visibility.
 */
#include "internal.h"

/* A record of .exported_sym: struct llext_const_symbol as the target's compiler lays it out. */
struct record {
	elf_addr name;
	elf_addr addr;
};

static bool symbol_less(const void *a, const void *b, const void *context)
{
	(void)context;
	return strcmp(((const struct llext_symbol *)a)->name,
		      ((const struct llext_symbol *)b)->name) < 0;
}

static int fail_export(const struct load *ld, size_t index, const char *what)
{
	int rc = llext_fail(ld, -ENOEXEC, what);

	(void)what;
	if (ld->exports != 0)
		llext_diag_section(ld, ld->exports);
	llext_diag_offset(index * sizeof(struct record));
	(void)index;
	return rc;
}

static struct llext_symbol *allocate_table(struct load *ld, size_t count, size_t name_bytes)
{
	size_t bytes = count * sizeof(struct llext_symbol) + name_bytes;
	struct llext_private *priv = ld->ext->priv;

	if (count > SIZE_MAX / 2 / sizeof(struct llext_symbol) || name_bytes > SIZE_MAX / 2)
		return NULL;
	priv->export_table = llext_heap_alloc(LLEXT_HEAP_DATA, bytes, 0);
	if (priv->export_table == NULL) {
		(void)llext_fail(ld, -ENOMEM, "the data heap has no room for the export table");
		llext_diag_values((int64_t)bytes, 0);
		return NULL;
	}
	ld->ext->alloc_size += bytes;
	return priv->export_table;
}

/* The write address of a string that lies, NUL included, in the extension's own memory. */
static int own_string(struct load *ld, elf_addr load, size_t index, const char **string)
{
	size_t room, length;
	const char *mem = (const char *)llext_constant_address(ld->ext, load, &room);
	const char *end = mem != NULL ? memchr(mem, '\0', room) : NULL;

	if (end == NULL)
		return fail_export(ld, index,
				   "export's name does not lie in the extension's constants");
	length = (size_t)(end - mem);
	if (length == 0)
		return fail_export(ld, index, "export without a name");
	if (length >= ld->name_budget)
		return fail_export(ld, index, "export names overlap without end");
	ld->name_budget -= length;
	*string = mem;
	return 0;
}

static int from_section(struct load *ld)
{
	const struct section *section = &ld->sections[ld->exports];
	size_t bytes = (size_t)ld->shdrs[ld->exports].sh_size;
	size_t count = bytes / sizeof(struct record);
	struct llext_symbol *table;

	if (bytes % sizeof(struct record) != 0)
		return fail_section(ld, -ENOEXEC, ld->exports, "size is no multiple of a record's");
	if (count == 0)
		return 0;
	table = allocate_table(ld, count, 0);
	if (table == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct record record;
		int rc;

		memcpy(&record, section->mem + i * sizeof(record), sizeof(record));
		rc = own_string(ld, record.name, i, &table[i].name);
		if (rc != 0)
			return rc;
		table[i].addr = (void *)(uintptr_t)record.addr;
	}
	ld->ext->exp_tab = (struct llext_symtable){count, table};
	return 0;
}

/* Is this symbol one that a file without .exported_sym exports? */
static bool is_global(const struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	uint8_t type = ELF_ST_TYPE(sym->st_info), bind = ELF_ST_BIND(sym->st_info);

	return index != 0 && (bind == STB_GLOBAL || bind == STB_WEAK) &&
	       ELF_ST_VISIBILITY(sym->st_other) != STV_HIDDEN &&
	       ELF_ST_VISIBILITY(sym->st_other) != STV_INTERNAL &&
	       (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE ||
		type == STT_COMMON) &&
	       !(ld->flags[index] & (SYMBOL_IMPORT | SYMBOL_UNLOADED)) &&
	       /* In an executable those are constants, and the firmware that it was linked with. */
	       !(is_executable(ld) && sym->st_shndx == SHN_ABS) && sym->st_shndx != SHN_UNDEF &&
	       sym->st_name < ld->strings_length && ld->strings[sym->st_name] != '\0';
}

static int measure_globals(struct load *ld, size_t *count, size_t *name_bytes)
{
	struct stream stream;
	elf_sym_t sym;

	*count = *name_bytes = 0;
	llext_stream_open(&stream, ld, &ld->shdrs[ld->symtab]);
	for (uint32_t i = 0; i < ld->symbol_count; i++) {
		size_t length = 0;
		int rc = stream_next(&stream, &sym, sizeof(sym));

		if (rc == 0 && is_global(ld, i, &sym)) {
			rc = llext_name_length(ld, sym.st_name, &length);
			*name_bytes += length + 1;
			++*count;
		}
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int from_symbols(struct load *ld)
{
	size_t count, name_bytes, filled = 0;
	struct llext_symbol *table;
	struct stream stream;
	elf_sym_t sym;
	char *names;
	int rc = measure_globals(ld, &count, &name_bytes);

	if (rc != 0 || count == 0)
		return rc;
	table = allocate_table(ld, count, name_bytes);
	if (table == NULL)
		return -ENOMEM;
	names = (char *)(table + count);
	llext_stream_open(&stream, ld, &ld->shdrs[ld->symtab]);
	for (uint32_t i = 0; i < ld->symbol_count; i++) {
		size_t length;

		rc = stream_next(&stream, &sym, sizeof(sym));
		if (rc != 0)
			return rc;
		if (!is_global(ld, i, &sym))
			continue;
		length = strlen(ld->strings + sym.st_name) + 1;
		if (filled == count || length > name_bytes)
			return llext_fail(ld, -EBADMSG, "the file changed while it was loaded");
		memcpy(names, ld->strings + sym.st_name, length);
		table[filled].name = names;
		table[filled++].addr = (void *)(uintptr_t)ld->values[i];
		names += length;
		name_bytes -= length;
	}
	ld->ext->exp_tab = (struct llext_symtable){filled, table};
	return 0;
}

int llext_exports_measure(struct load *ld, size_t *bytes)
{
	size_t count, name_bytes = 0;
	int rc = 0;

	if (ld->exports != 0)
		count = (size_t)ld->shdrs[ld->exports].sh_size / sizeof(struct record);
	else
		rc = measure_globals(ld, &count, &name_bytes);
	*bytes = rc == 0 ? count * sizeof(struct llext_symbol) + name_bytes : 0;
	return rc;
}

int llext_exports_build(struct load *ld)
{
	int rc = ld->exports != 0 ? from_section(ld) : from_symbols(ld);
	struct llext_symtable *table = &ld->ext->exp_tab;

	if (rc != 0)
		return rc;
	llext_sort(table->syms, table->sym_cnt, sizeof(*table->syms), symbol_less, NULL);
	for (size_t i = 1; i < table->sym_cnt; i++) {
		if (strcmp(table->syms[i - 1].name, table->syms[i].name) == 0) {
			rc = fail_export(ld, i, "symbol is exported twice");
			llext_diag_symbol_name(table->syms[i].name);
			return rc;
		}
	}
	return 0;
}

/* Both kinds of table, firmware's and extension's, are pairs of pointers sorted by name. */
static const void *search(const struct llext_const_symbol *syms, size_t count, const char *name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, syms[middle].name);

		if (order == 0)
			return syms[middle].addr;
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const void *llext_find_sym(const struct llext_symtable *sym_table, const char *sym_name)
{
	const struct llext_const_symbol *syms;
	size_t count;

	if (sym_name == NULL)
		return NULL;
	if (sym_table != NULL) {
		/* The two structures differ in const only. */
		syms = (const struct llext_const_symbol *)(const void *)sym_table->syms;
		count = sym_table->sym_cnt;
	} else {
		syms = llext_builtins(&count);
	}
	return search(syms, count, sym_name);
}
