/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relocations: each is read, checked and applied by itself. An import that is out of a branch's
 * reach has room for a veneer, which is written when the first such branch turns up.
 */
#include "small.h"

/* Write the veneer of an import. @return the pointer to its code. */
static elf_addr veneer(const struct small *load, const struct small_symbol *symbol)
{
	size_t slot = (size_t)(symbol->what / SMALL_SLOT) - 1;
	uint8_t *mem = load->block + load->veneers + slot * llext_arch.veneer_bytes;
	elf_addr at = (elf_addr)(uintptr_t)mem;

	llext_arch_veneer(mem, at, symbol->value);
	return at | llext_arch.veneer_state;
}

static int apply(struct small *load, struct small_relocation *reloc)
{
	const struct reloc_type *type = reloc->type;
	elf_addr what = reloc->symbol->what, value;
	int rc;

	reloc->s = reloc->symbol->value;
	if (reloc->a & 1 && what & SMALL_FUNCTION)
		reloc->s = code_address(reloc->s); /* the sum has the state bit of itself */
	/* A branch to a weak function that nobody has goes on behind itself: see relocate.c. */
	if (LLEXT_ARCH_ABSENT && reloc->s == 0 && what >= SMALL_SLOT && type->value == RELOC_PC &&
	    !reloc_reaches_null(reloc->encoding))
		reloc->s = reloc->p + (type->flags & RELOC_BRANCH ? reloc->encoding->bytes : 0);
	rc = llext_small_value(load, reloc, &value);
	if (rc == -ENOEXEC && (type->flags & RELOC_BRANCH) && what >= SMALL_SLOT &&
	    (elf_saddr)reloc->a == type->bias) {
		reloc->s = veneer(load, reloc->symbol);
		rc = llext_small_value(load, reloc, &value);
	}
	if (rc == 0 && llext_arch_encode(type->encoding, small_place(reloc), reloc->p, value) != 0)
		rc = -ENOEXEC;
	return rc;
}

/* A missing import is reported once. */
static void report_missing(struct small *load, struct small_symbol *symbol)
{
	symbol->what &= ~(elf_addr)SMALL_MISSING;
	load->missing++;
	llext_small_report(load, load->strings + symbol->value, NULL, false);
}

static int relocate_one(struct small *load, const elf_shdr_t *target, const small_entry *entry)
{
	uint32_t index = ELF_R_SYM(entry->r_info);
	struct small_relocation reloc;

	reloc.type = llext_arch_reloc(ELF_R_TYPE(entry->r_info));
	if (index >= load->symbol_count)
		return -ENOEXEC;
	if (reloc.type->value == RELOC_NONE)
		return 0;
	reloc.encoding = llext_arch_encoding(reloc.type->encoding);
	reloc.symbol = &load->symbols[index];
	if (!fits(entry->r_offset, reloc.encoding->bytes, target->sh_size) ||
	    (reloc.symbol->what & SMALL_UNLOADED))
		return -ENOEXEC;
	if ((reloc.symbol->what & SMALL_MISSING) && reloc.type->value != RELOC_GOT_BASE_PC)
		report_missing(load, reloc.symbol);
	if (load->missing != 0) /* only those that are missing are looked for */
		return 0;
	reloc.p = (elf_addr)(uintptr_t)load->block + target->sh_addr + entry->r_offset;
#if SMALL_RELA
	reloc.a = (elf_addr)entry->r_addend;
#else
	reloc.a = (elf_addr)llext_arch_addend(reloc.type->encoding, small_place(&reloc));
#endif
	return apply(load, &reloc);
}

static int relocate_table(struct small *load, const elf_shdr_t *shdr)
{
	const elf_shdr_t *target;
	small_entry entry;
	int rc = 0;

	if (shdr->sh_info == 0 || shdr->sh_info >= load->section_count)
		return -ENOEXEC;
	target = &load->shdrs[shdr->sh_info];
	if (target->sh_name == LLEXT_MEM_COUNT) /* debug information, say */
		return 0;
	if (shdr->sh_type != (SMALL_RELA ? SHT_RELA : SHT_REL))
		return -ENOTSUP;
	if (shdr->sh_entsize != sizeof(entry) || shdr->sh_size % sizeof(entry) != 0 ||
	    shdr->sh_link != load->symtab || (target->sh_type == SHT_NOBITS && shdr->sh_size != 0))
		return -ENOEXEC;
	for (elf_xword at = 0; rc == 0 && at < shdr->sh_size; at += sizeof(entry)) {
		rc = llext_small_read(load, shdr->sh_offset + at, &entry, sizeof(entry));
		if (rc == 0)
			rc = relocate_one(load, target, &entry);
	}
	return rc;
}

/*
 * Tables of relocations, and all types between those that object files have and those of GNU and
 * LLVM: such a section may be one, as SHT_CREL and SHT_LLEXT_RUNS are, and is refused.
 */
static bool is_table(const elf_shdr_t *shdr)
{
	return shdr->sh_type == SHT_REL || shdr->sh_type == SHT_RELA ||
	       shdr->sh_type - 0x40000000u < 0x2e000000u;
}

_Static_assert(SHT_CREL - 0x40000000u < 0x2e000000u, "is_table() says otherwise");
_Static_assert(SHT_LLEXT_RUNS - 0x40000000u < 0x2e000000u, "is_table() says otherwise");

int llext_small_relocate(struct small *load)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < load->section_count; i++) {
		if (is_table(&load->shdrs[i]))
			rc = relocate_table(load, &load->shdrs[i]);
	}
	return rc == 0 && load->missing != 0 ? -ENODATA : rc;
}
