/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each symbol is checked and resolved once. Of an import, the value is its number: where it is, is
 * in the targets behind the values; of one that nothing provides, where its name is.
 */
#include "small.h"

elf_addr *llext_small_targets(const struct load *ld)
{
	return ld->values + ld->symbol_count;
}

static int scan_import(struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	const char *name = ld->strings + sym->st_name;
	struct llext_import import = {.name = name, .weak = ELF_ST_BIND(sym->st_info) == STB_WEAK};
	size_t length = strlen(name);

	/* What names share without end is malice: this keeps the work linear. */
	if (length == 0 || length >= ld->name_budget)
		return -ENOEXEC;
	ld->name_budget -= length;
	import.addr = (uintptr_t)llext_find_sym(NULL, name);
	import.found = import.addr != 0;
	ld->values[index] = ld->imports;
	llext_small_targets(ld)[ld->imports++] = (elf_addr)import.addr;
	ld->flags[index] = SYMBOL_IMPORT;
	if (!import.found && !import.weak) { /* missing, if a relocation refers to it */
		ld->flags[index] |= SYMBOL_UNLOADED;
		llext_small_targets(ld)[ld->values[index]] = sym->st_name;
	} else if (ld->param->on_import != NULL) {
		ld->param->on_import(ld->param->user_data, &import);
	}
	return 0;
}

/* A symbol without a section: it gets room at the end of the image. */
static int scan_common(struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	elf_addr align = sym->st_value;

	if (align > 1 && !is_power_of_two(align))
		return -ENOEXEC;
	if (align > MAX_ALIGN)
		return -ENOTSUP;
	if (!llext_small_append(ld, sym->st_size, align, &ld->values[index]))
		return -ENOMEM;
	ld->flags[index] = SMALL_OWN;
	return 0;
}

static int scan_definition(struct load *ld, uint32_t index, const elf_sym_t *sym)
{
	const elf_shdr_t *shdr = &ld->shdrs[sym->st_shndx];
	const struct section *section = &ld->sections[sym->st_shndx];
	elf_addr value = sym->st_value;

	if (section->region == LLEXT_MEM_COUNT) {
		ld->flags[index] = SYMBOL_UNLOADED; /* for debuggers only, or so it is hoped */
		return 0;
	}
	ld->values[index] = section->load + value;
	ld->flags[index] = SMALL_OWN;
	if (ELF_ST_TYPE(sym->st_info) == STT_FUNC) {
		if (section->region != LLEXT_MEM_TEXT ||
		    (value & llext_arch.function_mask) != llext_arch.function_bits)
			return -ENOEXEC;
		ld->flags[index] |= SMALL_FUNCTION;
		value = code_address(value) + (shdr->sh_size != 0);
	}
	return value > shdr->sh_size ? -ENOEXEC : 0;
}

static int scan(struct load *ld, uint32_t index)
{
	elf_sym_t sym;
	uint8_t type;
	int rc = llext_small_read(ld, (size_t)ld->shdrs[ld->symtab].sh_offset + index * sizeof(sym),
				  &sym, sizeof(sym));

	if (rc != 0)
		return rc;
	type = ELF_ST_TYPE(sym.st_info);
	if (sym.st_name >= ld->strings_length || sym.st_size > (elf_addr)-1 - sym.st_value)
		return -ENOEXEC;
	if (type == STT_TLS || type == STT_GNU_IFUNC || sym.st_shndx == SHN_XINDEX)
		return -ENOTSUP;
	ld->values[index] = sym.st_value;
	ld->flags[index] = 0;
	if (index == 0)
		return (sym.st_name | sym.st_value | sym.st_size | sym.st_info | sym.st_other |
			sym.st_shndx) != 0
			       ? -ENOEXEC
			       : 0;
	if (sym.st_shndx == SHN_ABS)
		return 0;
	if (sym.st_shndx == SHN_COMMON)
		return scan_common(ld, index, &sym);
	if (sym.st_shndx == SHN_UNDEF)
		return scan_import(ld, index, &sym);
	if (sym.st_shndx >= ld->section_count || sym.st_shndx >= SHN_LORESERVE)
		return -ENOEXEC;
	return scan_definition(ld, index, &sym);
}

int llext_small_symbols(struct load *ld)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < ld->symbol_count; i++)
		rc = scan(ld, i);
	/* Room for a veneer for each import. */
	if (rc == 0 && !llext_small_append(ld, (elf_xword)ld->imports * llext_arch.veneer_bytes,
					   llext_arch.veneer_align, &ld->veneers.load))
		rc = -ENOMEM;
	return rc;
}
