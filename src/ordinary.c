/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way for a relocation in its ordinary form: the symbol has a value, and the relocation's
 * value fits. Any other is left untouched to relocate.c, which has every case and every message.
 * Both use the same formulas and encoders. This serves machines that have no loops of their own
 * (src/fast), and on the others the types that those loops do not know.
 */
#include "reloc_table.h"
#include "reloc_value.h"

#if LLEXT_ON(CONFIG_LLEXT_QUICK)

bool llext_is_ordinary(const struct table *table, const struct reloc_type *type)
{
	const struct load *ld = table->ld;
	uint8_t special = RELOC_DYNAMIC | RELOC_HIGH | RELOC_LEB128 | RELOC_TLS |
			  (VENEERS_LATER ? RELOC_BRANCH : 0);
	uint8_t region = table->section->region;

	if (type->value < RELOC_ABS || type->value >= RELOC_SIZE || (type->flags & special) ||
	    table->target == 0 || has_symtab_view(ld) || !relocates_local(ld) ||
	    llext_code_by_words((enum llext_mem)region))
		return false;
	/* If relocations were not counted, it is not known whether there is a GOT entry. */
	return !llext_reloc_needs_entry(type->value) || (!is_packed(ld) && !counts_later(ld));
}

bool llext_apply_ordinary(const struct table *table, const struct kind *kind, uint32_t symbol,
			  elf_addr offset, elf_addr addend)
{
	struct load *ld = table->ld;
	const struct section *section = table->section;
	const struct reloc_encoding *encoding = kind->encoding;
	uint8_t flags, number = kind->type->encoding, *mem;
	struct reloc_inputs in;
	elf_addr at, value;

	if (symbol >= ld->symbols.count || (ld->symbols.flags[symbol] & SYMBOL_UNLOADED))
		return false;
	flags = ld->symbols.flags[symbol];
	at = ld->symbols.values[symbol];
	offset = llext_padding_moved(ld, table->target, offset);
	mem = section->mem + offset;
	in.p = section->load + offset;
	in.s = flags & (SYMBOL_GOT | SYMBOL_VENEER) ? ld->made.targets[at].value
						    : at + ld->bases[flags & SYMBOL_BASE];
	in.a = table->has_addend ? addend : (elf_addr)llext_arch_addend(number, mem);
	/*
	 * Not ordinary: an absent weak import, and a function with an odd addend, since its state
	 * bit must not be carried.
	 */
	if ((LLEXT_ARCH_ABSENT && in.s == 0) || (in.a & in.s & llext_arch.state_bits))
		return false;
	if (kind->type->value == RELOC_ABS) {
		value = in.s + in.a;
	} else if (kind->type->value == RELOC_PC) {
		value = in.s + in.a - in.p;
	} else {
		if (LLEXT_ON(CONFIG_LLEXT_ERRATUM_843419) && (in.p & 0xff8) == 0xff8)
			return false; /* it may be an ADRP in one of the last two words of a page */
		in.got = ld->made.got.load;
		in.entry = in.got + at * (elf_addr)sizeof(elf_addr);
		if ((llext_reloc_needs_entry(kind->type->value) && !(flags & SYMBOL_GOT)) ||
		    !llext_reloc_value(kind->type->value, &in, &value))
			return false;
	}
	if (value + kind->range.below > kind->range.most ||
	    (encoding->align > 1 && (in.p & (elf_addr)(encoding->align - 1)) != 0) ||
	    (encoding->scale > 1 && (value & (elf_addr)(encoding->scale - 1)) != 0))
		return false;
	return llext_arch_encode(number, mem, in.p, value) == 0;
}

#endif /* CONFIG_LLEXT_QUICK */
