/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fast loop over labels. Most symbols are labels in a section of a region, or in one that is not
 * loaded, and many labels of one section stand behind each other. Other symbols, and invalid ones,
 * are left to symbols.c, which has all checks and messages.
 */
#include "../internal.h"
#include "label.h"

enum keep {
	NOTHING,
	PLACED, /* values: all is placed, and one in a section that is not loaded is no label */
	ALL,    /* values and flags */
};

/* Handle labels up to @end. @return the first symbol that is another, or invalid. */
static inline __attribute__((always_inline)) const elf_sym_t *
scan(const struct load *ld, const elf_sym_t *sym, const elf_sym_t *end, elf_addr *values,
     uint8_t *flags, enum keep keep)
{
	const struct section *sections = ld->layout.sections;
	/* Numbers from SHN_LORESERVE on mean something else, however many sections there are. */
	uint32_t section_count = ld->headers.section_count < SHN_LORESERVE
					 ? ld->headers.section_count
					 : SHN_LORESERVE;
	elf_addr names = ld->file.strings.length;
	/* Of the section of the label before: what a local one without a type has there, ... */
	uint32_t plain = WHAT(0, SHN_UNDEF);
	elf_addr load = 0;
	unsigned int base = SYMBOL_UNLOADED | SYMBOL_EXACT;

	do {
		struct label label; /* each field is read once */

		read_label(sym, &label);
		if (label.name >= names)
			break;
		if (label.what != plain) {
			unsigned int type;

			if (WHAT_SHNDX(label.what ^ plain) != 0) {
				uint32_t shndx = WHAT_SHNDX(label.what);

				__asm__("" : "+r"(shndx)); /* or it is computed three times */
				if (shndx >= section_count || sections[shndx].labels == 0)
					break;
				plain = WHAT(0, shndx);
				load = sections[shndx].load;
				base = sections[shndx].labels - 1u;
				if (keep == PLACED && (base & SYMBOL_UNLOADED))
					break;
			}
			type = ELF_ST_TYPE(label.what);
			if (type > STT_SECTION)
				break;
			if (type == STT_FUNC &&
			    (base != LLEXT_MEM_TEXT ||
			     (label.value & llext_arch.function_mask) != llext_arch.function_bits))
				break;
		}
		if (keep != NOTHING)
			*values++ = load + label.value;
		if (keep == ALL)
			*flags++ = (uint8_t)base;
	} while (++sym < end);
	return sym;
}

#if LLEXT_FAST_RISCV
const elf_sym_t *llext_labels_keep(const struct load *ld, const elf_sym_t *sym,
				   const elf_sym_t *end, elf_addr *values)
{
	return scan(ld, sym, end, values, NULL, PLACED);
}
#endif

const elf_sym_t *llext_labels(const struct load *ld, uint32_t first, const elf_sym_t *sym,
			      const elf_sym_t *end)
{
	if (VENEERS_LATER && has_symtab_view(ld))
		return scan(ld, sym, end, NULL, NULL, NOTHING);
	first -= symtab_view_first(ld);
	return scan(ld, sym, end, ld->symbols.values + first, ld->symbols.flags + first, ALL);
}
