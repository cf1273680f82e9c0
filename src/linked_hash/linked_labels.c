/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labels.c for shared objects and executables. There a symbol's value is an address, so all labels
 * count from the same base, whatever their sections are.
 */
#include "../internal.h"

#if LLEXT_ON(CONFIG_LLEXT_LINKED_HASH)

const elf_sym_t *llext_linked_labels(const struct load *ld, uint32_t first, const elf_sym_t *sym,
				     const elf_sym_t *end)
{
	const struct section *sections = ld->layout.sections;
	/* Numbers from SHN_LORESERVE on mean something else, however many sections there are. */
	uint32_t section_count = ld->headers.section_count < SHN_LORESERVE
					 ? ld->headers.section_count
					 : SHN_LORESERVE;
	uint32_t last = UINT32_MAX, region = LLEXT_MEM_COUNT; /* the section of the label before */
	elf_addr *values = ld->symbols.values + first, low = ld->linked.image_low;
	uint8_t *flags = ld->symbols.flags + first;
	size_t names = ld->file.strings.length;

	for (; sym < end; sym++) {
		uint8_t type = ELF_ST_TYPE(sym->st_info);

		if (sym->st_shndx != last) {
			last = sym->st_shndx;
			if (last == SHN_UNDEF || last >= section_count)
				break;
			region = sections[last].region;
			if (region == LLEXT_MEM_COUNT) /* as that of thread-local variables */
				break;
		}
		if (type > STT_SECTION || sym->st_name >= names)
			break;
		if (type == STT_FUNC &&
		    (region != LLEXT_MEM_TEXT ||
		     (sym->st_value & llext_arch.function_mask) != llext_arch.function_bits))
			break;
		*values++ = sym->st_value - low;
		*flags++ = SYMBOL_IMAGE;
	}
	return sym;
}

#endif /* CONFIG_LLEXT_LINKED_HASH */
