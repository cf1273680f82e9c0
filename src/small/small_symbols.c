/* SPDX-License-Identifier: Apache-2.0 */
/* The symbol table: each entry checked, imports looked up, common symbols given room. */
#include "small.h"

void llext_small_report(const struct small *load, const char *name, const void *addr, bool weak)
{
	const struct llext_import import = {
		.name = name, .addr = (uintptr_t)addr, .weak = weak, .found = addr != NULL};

	if (load->param != NULL && load->param->on_import != NULL)
		load->param->on_import(load->param->user_data, &import);
}

static int add_import(struct small *load, const elf_sym_t *sym, struct small_symbol *symbol)
{
	const char *name = load->strings + sym->st_name;
	/* Zero would make an empty set of sections, which this core does not look for. */
	bool weak = ELF_ST_BIND(sym->st_info) == STB_WEAK && strncmp(name, "__st", 4) != 0;
	const void *addr = llext_find_sym(NULL, name);

	if (*name == '\0')
		return -ENOEXEC;
	load->slots += SMALL_SLOT;
	symbol->value = (elf_addr)(uintptr_t)addr;
	symbol->what = load->slots;
	if (addr != NULL || weak) {
		llext_small_report(load, name, addr, weak);
	} else { /* as a linker does, complain only where something refers to it */
		symbol->value = sym->st_name;
		symbol->what |= SMALL_MISSING;
	}
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

int llext_small_symbol(struct small *load, uint32_t index, const elf_sym_t *sym)
{
	struct small_symbol *symbol = &load->symbols[index];
	uint8_t type = ELF_ST_TYPE(sym->st_info);
	uint32_t shndx = sym->st_shndx;

	if (sym->st_name >= load->strings_length)
		return -ENOEXEC;
	if (type == STT_TLS || (type == STT_GNU_IFUNC && shndx != SHN_UNDEF))
		return -ENOTSUP;
	symbol->value = sym->st_value;
	symbol->what = 0;
	if (index == 0) /* it is null, and no import */
		return (sym->st_name | sym->st_value | sym->st_size | sym->st_info | sym->st_other |
			shndx) == 0
			       ? 0
			       : -ENOEXEC;
	if (shndx == SHN_COMMON) {
		symbol->what = SMALL_OFFSET;
		return llext_small_append(load, sym->st_size, sym->st_value, &symbol->value);
	}
	if (shndx == SHN_ABS)
		return 0;
	if (shndx >= load->section_count)
		return -ENOEXEC;
	return shndx == SHN_UNDEF ? add_import(load, sym, symbol) : add_label(load, sym, symbol);
}
