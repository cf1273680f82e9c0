/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relocations: each is read, checked and applied by itself. An import that is out of a branch's
 * reach has room for a veneer, which is written when the first such branch turns up.
 */
#include "small.h"
#include "../reloc_value.h"

/* One relocation, and the section that it is for. */
struct relocation {
	const struct reloc_type *type;
	const struct reloc_encoding *encoding;
	struct small_symbol *symbol;
	uint8_t *mem;
	elf_addr s, a, p;
};

/* The relocation's value; false: this kind is not supported. */
static bool evaluate(struct small *load, const struct relocation *reloc, elf_addr *value)
{
	const struct reloc_inputs in = {
		.s = reloc->s,
		.a = reloc->a,
		.p = reloc->p,
		.got = (elf_addr)(uintptr_t)load->symbols,
		.entry = (elf_addr)(uintptr_t)&reloc->symbol->value,
	};

	if (reloc->type->value >= RELOC_GOT_PC)
		load->uses_got = true;
	if (LLEXT_ARCH_GDAT && (reloc->type->flags & RELOC_GDAT) && reloc->a != 0)
		return false;
	return llext_reloc_value(reloc->type->value, &in, value);
}

/* The value of a branch to an import by its veneer, which is written now. */
static elf_addr veneer(const struct small *load, const struct relocation *reloc)
{
	size_t slot = (size_t)(reloc->symbol->what / SMALL_SLOT) - 1;
	uint8_t *mem = load->block + load->veneers + slot * llext_arch.veneer_bytes;
	elf_addr at = (elf_addr)(uintptr_t)mem;

	llext_arch_veneer(mem, at, reloc->symbol->value);
	return (at | llext_arch.veneer_state) + reloc->a - reloc->p;
}

static int apply(struct small *load, struct relocation *reloc)
{
	const struct reloc_encoding *encoding = reloc->encoding;
	uint8_t number = reloc->type->encoding;
	elf_addr value;

	if (reloc->a & 1 && reloc->symbol->what & SMALL_FUNCTION)
		reloc->s = code_address(reloc->s); /* the sum has the state bit of itself */
	/* A branch to a weak function that nobody has goes on behind itself: see relocate.c. */
	if (LLEXT_ARCH_ABSENT && reloc->s == 0 && reloc->symbol->what >= SMALL_SLOT &&
	    reloc->type->value == RELOC_PC)
		reloc->s = reloc->p + (reloc->type->flags & RELOC_BRANCH ? encoding->bytes : 0);
	if (!evaluate(load, reloc, &value))
		return -ENOTSUP;
	if (!llext_reloc_fits(encoding, value) && (reloc->type->flags & RELOC_BRANCH) &&
	    reloc->symbol->what >= SMALL_SLOT && (elf_saddr)reloc->a == reloc->type->bias)
		value = veneer(load, reloc);
	if (!llext_reloc_fits(encoding, value) ||
	    (encoding->align > 1 && (reloc->p & (encoding->align - 1u)) != 0) ||
	    (encoding->scale > 1 && (value & (encoding->scale - 1u)) != 0) || /* powers of two */
	    llext_arch_encode(number, reloc->mem, reloc->p, value) != 0)
		return -ENOEXEC;
	return 0;
}

/* Check that relocations may refer to a symbol. A missing import is reported once. */
static int check_symbol(struct small *load, uint32_t index, unsigned int kind)
{
	struct small_symbol *symbol = &load->symbols[index];
	elf_sym_t sym;
	int rc;

	if (symbol->what & SMALL_UNLOADED)
		return -ENOEXEC;
	if (!(symbol->what & SMALL_MISSING) || kind == RELOC_GOT_BASE_PC) /* of another symbol */
		return 0;
	symbol->what &= ~(elf_addr)SMALL_MISSING;
	load->missing++;
	rc = llext_small_read(load, load->shdrs[load->symtab].sh_offset + index * sizeof(sym), &sym,
			      sizeof(sym));
	if (rc == 0 && sym.st_name >= load->shdrs[load->shdrs[load->symtab].sh_link].sh_size)
		rc = -EBADMSG; /* the file has changed */
	if (rc == 0)
		llext_small_report(load, load->strings + sym.st_name, NULL, false);
	return rc;
}

static int relocate_one(struct small *load, const elf_shdr_t *target, const elf_rela_t *entry,
			bool has_addend)
{
	uint32_t index = ELF_R_SYM(entry->r_info);
	struct relocation reloc = {.type = llext_arch_reloc(ELF_R_TYPE(entry->r_info)),
				   .a = (elf_addr)entry->r_addend};
	int rc;

	reloc.encoding = llext_arch_encoding(reloc.type->encoding);
	if (index >= load->symbol_count)
		return -ENOEXEC;
	if (reloc.type->value == RELOC_NONE)
		return 0;
	if (LLEXT_ARCH_LEB128 && (reloc.type->flags & RELOC_LEB128))
		return -ENOTSUP; /* of any length, which would have to be looked for */
	if (reloc.type->flags & RELOC_TLS)
		return -ENOTSUP; /* its value is no address */
	if (reloc.type->flags & RELOC_DYNAMIC ||
	    !fits(entry->r_offset, reloc.encoding->bytes, target->sh_size))
		return -ENOEXEC;
	rc = check_symbol(load, index, reloc.type->value);
	if (rc != 0)
		return rc;
	reloc.symbol = &load->symbols[index];
	reloc.s = reloc.symbol->value;
	reloc.mem = load->block + (size_t)(target->sh_addr + entry->r_offset);
	reloc.p = (elf_addr)(uintptr_t)reloc.mem;
	if (!has_addend)
		reloc.a = (elf_addr)llext_arch_addend(reloc.type->encoding, reloc.mem);
	return load->missing != 0 ? 0 : apply(load, &reloc);
}

static int relocate_table(struct small *load, const elf_shdr_t *shdr)
{
	const elf_shdr_t *target;
	bool has_addend = shdr->sh_type == SHT_RELA;
	size_t bytes = has_addend ? sizeof(elf_rela_t) : sizeof(elf_rel_t);
	int rc = 0;

	if (shdr->sh_info == 0 || shdr->sh_info >= load->section_count)
		return -ENOEXEC;
	target = &load->shdrs[shdr->sh_info];
	if (target->sh_name == LLEXT_MEM_COUNT) /* debug information, say */
		return 0;
	if (shdr->sh_type == SHT_CREL || (LLEXT_ARCH_RELA_ONLY && !has_addend))
		return -ENOTSUP;
	if (shdr->sh_entsize != bytes || shdr->sh_size % bytes != 0 ||
	    shdr->sh_link != load->symtab || (target->sh_type == SHT_NOBITS && shdr->sh_size != 0))
		return -ENOEXEC;
	for (elf_xword at = 0; rc == 0 && at < shdr->sh_size; at += bytes) {
		elf_rela_t entry;

		entry.r_addend = 0; /* where it has none */
		rc = llext_small_read(load, shdr->sh_offset + at, &entry, bytes);
		if (rc == 0)
			rc = relocate_one(load, target, &entry, has_addend);
	}
	return rc;
}

int llext_small_relocate(struct small *load)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < load->section_count; i++) {
		if (is_relocation_table(&load->shdrs[i]))
			rc = relocate_table(load, &load->shdrs[i]);
	}
	return rc == 0 && load->missing != 0 ? -ENODATA : rc;
}
