/* SPDX-License-Identifier: Apache-2.0 */
/* The symbol table: each entry checked, imports looked up, common symbols given room. */
#include "small.h"

void llext_small_report(const struct small *load, const char *name, const void *addr, bool weak)
{
	const struct llext_import import = {
		.name = name, .addr = (uintptr_t)addr, .weak = weak, .found = addr != NULL};

	if (load->param->on_import != NULL)
		load->param->on_import(load->param->user_data, &import);
}

static int add_import(struct small *load, const elf_sym_t *sym, struct small_symbol *symbol)
{
	const char *name = load->strings + sym->st_name;
	/* What only the file itself could define, by being hidden or by its sections' names, is not
	 * left out silently: see symbols.c. */
	bool weak = ELF_ST_BIND(sym->st_info) == STB_WEAK &&
		    (unsigned int)ELF_ST_VISIBILITY(sym->st_other) - STV_INTERNAL > 1u &&
		    strncmp(name, "__st", 4) != 0;
	const void *addr = llext_find_sym(NULL, name);

	if (*name == '\0')
		return -ENOEXEC;
	load->slots += SMALL_SLOT;
	symbol->value = (elf_addr)(uintptr_t)addr;
	symbol->what = load->slots;
	/* As a linker does, complain only where something refers to it. */
	if (addr == NULL && !weak)
		symbol->what |= SMALL_MISSING;
	else
		llext_small_report(load, name, addr, weak);
	return 0;
}

/* A label in a section. Its value is a number, and need not lie inside: see symbols.c. */
static int add_label(const struct small *load, const elf_sym_t *sym, struct small_symbol *symbol)
{
	const elf_shdr_t *shdr = &load->shdrs[sym->st_shndx];

	symbol->what = SMALL_OFFSET;
	symbol->value += shdr->sh_addr;
	if (shdr->sh_name == LLEXT_MEM_COUNT) {
		symbol->what = SMALL_UNLOADED;
		return 0;
	}
	if (ELF_ST_TYPE(sym->st_info) == STT_FUNC) {
		symbol->what |= SMALL_FUNCTION;
		if (!(shdr->sh_flags & SHF_EXECINSTR) ||
		    (sym->st_value & llext_arch.function_mask) != llext_arch.function_bits)
			return -ENOEXEC;
	}
	return 0;
}

static int add_symbol(struct small *load, uint32_t index, const elf_sym_t *sym)
{
	static const elf_sym_t null = {0};
	struct small_symbol *symbol = &load->symbols[index];
	uint8_t type = ELF_ST_TYPE(sym->st_info);
	uint32_t shndx = sym->st_shndx;

	if (sym->st_name >= load->shdrs[load->shdrs[load->symtab].sh_link].sh_size)
		return -ENOEXEC;
	if (type == STT_TLS || (type == STT_GNU_IFUNC && shndx != SHN_UNDEF) || shndx == SHN_XINDEX)
		return -ENOTSUP;
	symbol->value = sym->st_value;
	symbol->what = 0;
	if (index == 0) /* it is null, and no import */
		return memcmp(sym, &null, sizeof(null)) == 0 ? 0 : -ENOEXEC;
	if (shndx == SHN_COMMON) {
		symbol->what = SMALL_OFFSET;
		return llext_small_append(load, sym->st_size, sym->st_value, &symbol->value);
	}
	if (shndx == SHN_ABS)
		return 0;
	if (shndx >= load->section_count || shndx >= SHN_LORESERVE)
		return -ENOEXEC;
	return shndx == SHN_UNDEF ? add_import(load, sym, symbol) : add_label(load, sym, symbol);
}

int llext_small_symbols(struct small *load)
{
	const elf_shdr_t *shdr = &load->shdrs[load->symtab];
	elf_xword count = shdr->sh_size / sizeof(elf_sym_t);
	elf_addr offset = shdr->sh_offset;
	elf_sym_t sym;
	int rc = 0;

	if (load->symtab == 0 || shdr->sh_entsize != sizeof(sym) ||
	    shdr->sh_size % sizeof(sym) != 0 || count == 0 || shdr->sh_info > count ||
	    count > SIZE_MAX / sizeof(*load->symbols))
		return -ENOEXEC;
	load->symbol_count = (uint32_t)count;
	load->symbols = llext_heap_alloc(LLEXT_HEAP_DATA, count * sizeof(*load->symbols), 0);
	if (load->symbols == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; rc == 0 && i < count; i++) {
		rc = llext_small_read(load, offset, &sym, sizeof(sym));
		if (rc == 0)
			rc = add_symbol(load, i, &sym);
		offset += sizeof(sym);
	}
	return rc;
}
