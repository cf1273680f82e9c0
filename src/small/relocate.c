/* SPDX-License-Identifier: Apache-2.0 */
/* Relocations, read one by one, checked and applied. */
#include "small.h"

struct place {
	const struct reloc_type *type;
	uint8_t *mem;
	elf_addr p; /* load address */
	elf_addr a; /* addend */
	uint32_t symbol;
};

/* The symbol's value, and for a branch that does not reach it the way by its veneer. */
static elf_addr value_of(const struct load *ld, uint32_t symbol)
{
	uint8_t flags = ld->flags[symbol];
	elf_addr value = ld->values[symbol];

	if (flags & SYMBOL_IMPORT)
		return llext_small_targets(ld)[value];
	return flags & SMALL_OWN ? value + ld->bases[0] : value;
}

/* It is written when the first branch needs it; to write it again changes nothing. */
static elf_addr veneer(const struct load *ld, uint32_t symbol)
{
	elf_addr at = ld->bases[0] + ld->veneers.load +
		      ld->values[symbol] * (elf_addr)llext_arch.veneer_bytes;

	llext_arch_veneer((uint8_t *)(uintptr_t)at, at, value_of(ld, symbol));
	return at | llext_arch.veneer_state;
}

/* Does it fit the field? As llext_in_range(), without a limit to name. */
static bool in_range(const struct reloc_encoding *encoding, elf_addr value)
{
	elf_addr limit = (elf_addr)1 << (encoding->bits - 1); /* of no field it is too large */

	switch (encoding->check) {
	case CHECK_NONE:
		return true;
	case CHECK_SIGNED:
		return value + limit < 2 * limit;
	case CHECK_UNSIGNED:
		return value < 2 * limit;
	case CHECK_EITHER:
		return value + limit < 3 * limit;
	default: /* CHECK_BITFIELD */
		return value + 2 * limit < 4 * limit;
	}
}

static int write_value(const struct place *place, elf_addr value)
{
	const struct reloc_encoding *encoding = llext_arch_encoding(place->type->encoding);

	if ((encoding->align > 1 && place->p % encoding->align != 0) ||
	    (encoding->scale > 1 && value % encoding->scale != 0) ||
	    llext_arch_encode(place->type->encoding, place->mem, place->p, value) != 0)
		return -ENOEXEC;
	return 0;
}

static int apply(const struct load *ld, const struct place *place)
{
	const struct reloc_type *type = place->type;
	const struct reloc_encoding *encoding = llext_arch_encoding(type->encoding);
	elf_addr s = value_of(ld, place->symbol), a = place->a, from = place->p, value;

	/* (S + A) | T: the sum with an odd addend has that bit of itself, and must not carry it. */
	if ((a & 1) && (ld->flags[place->symbol] & SMALL_FUNCTION))
		s = code_address(s);
	switch (type->value) {
	case RELOC_ABS:
		from = 0;
		break;
	case RELOC_PC:
		break;
	default:
		return -ENOTSUP;
	}
	value = s + a - from;
	if (!in_range(encoding, value)) {
		if (!(type->flags & RELOC_BRANCH) || (elf_saddr)a != type->bias ||
		    !(ld->flags[place->symbol] & SYMBOL_IMPORT))
			return -ENOEXEC;
		value = veneer(ld, place->symbol) + a - from;
		if (!in_range(encoding, value))
			return -ENOEXEC;
	}
	return write_value(place, value);
}

/* An import that nothing provides: all are counted, and reported once each. */
static void report_missing(struct load *ld, uint32_t symbol)
{
	const struct llext_import import = {.name = ld->strings +
						    llext_small_targets(ld)[ld->values[symbol]]};

	ld->flags[symbol] &= (uint8_t)~SYMBOL_UNLOADED;
	ld->imports_missing++;
	if (ld->param->on_import != NULL)
		ld->param->on_import(ld->param->user_data, &import);
}

/* @entry has an addend or none, as its table. */
static int relocate(struct load *ld, uint32_t target, const elf_rela_t *entry, bool has_addend)
{
	const struct section *section = &ld->sections[target];
	struct place place = {.symbol = ELF_R_SYM(entry->r_info)};
	uint8_t flags, encoding;

	place.type = llext_arch_reloc(ELF_R_TYPE(entry->r_info));
	encoding = place.type->encoding;
	if (place.symbol >= ld->symbol_count)
		return -ENOEXEC;
	if (place.type->value == RELOC_NONE)
		return 0;
	if (place.type->value == RELOC_UNSUPPORTED || place.type->value == RELOC_TLS)
		return -ENOTSUP;
	if ((place.type->flags & RELOC_DYNAMIC) ||
	    !fits((size_t)entry->r_offset, llext_arch_encoding(encoding)->bytes,
		  (size_t)ld->shdrs[target].sh_size))
		return -ENOEXEC;
	flags = ld->flags[place.symbol];
	if (flags == SYMBOL_UNLOADED)
		return -ENOEXEC;
	if (flags & SYMBOL_UNLOADED)
		report_missing(ld, place.symbol);
	place.mem = section->mem + (size_t)entry->r_offset;
	place.p = section->load + entry->r_offset;
	place.a = has_addend ? (elf_addr)entry->r_addend
			     : (elf_addr)llext_arch_addend(encoding, place.mem);
	return ld->imports_missing != 0 ? 0 : apply(ld, &place);
}

static int relocate_table(struct load *ld, const elf_shdr_t *shdr)
{
	bool has_addend = shdr->sh_type == SHT_RELA;
	size_t bytes = has_addend ? sizeof(elf_rela_t) : sizeof(elf_rel_t);
	size_t offset = (size_t)shdr->sh_offset, left = (size_t)shdr->sh_size;
	int rc = 0;

	if (shdr->sh_info == 0 || shdr->sh_info >= ld->section_count)
		return -ENOEXEC;
	if (ld->sections[shdr->sh_info].region == LLEXT_MEM_COUNT)
		return 0; /* debug information, say */
	if (shdr->sh_type == SHT_CREL || (LLEXT_ARCH_RELA_ONLY && !has_addend))
		return -ENOTSUP;
	if (shdr->sh_entsize != bytes || left % bytes != 0 || shdr->sh_link != ld->symtab ||
	    (ld->shdrs[shdr->sh_info].sh_type == SHT_NOBITS && left != 0))
		return -ENOEXEC;
	for (; rc == 0 && left > 0; left -= bytes, offset += bytes) {
		elf_rela_t entry;

		rc = llext_small_read(ld, offset, &entry, bytes);
		if (rc == 0)
			rc = relocate(ld, shdr->sh_info, &entry, has_addend);
	}
	return rc;
}

int llext_small_relocate(struct load *ld)
{
	int rc = 0;

	for (uint32_t i = 1; rc == 0 && i < ld->section_count; i++) {
		if (is_relocation_table(&ld->shdrs[i]))
			rc = relocate_table(ld, &ld->shdrs[i]);
	}
	return rc == 0 && ld->imports_missing != 0 ? -ENODATA : rc;
}
