/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fast loop that lays out sections of code and constants, and passes over those that are not
 * loaded: a file with a section for each function has thousands of them. Any other section, and one
 * that is too large, is left to layout.c, which has all cases and messages.
 */
#include "../internal.h"

#if LLEXT_ON(CONFIG_LLEXT_QUICK) && !LLEXT_ARCH_LITERALS

/*
 * The region of a section that is loaded; LLEXT_MEM_COUNT: layout.c has to find out. Code whose
 * name is a C identifier may be in a set of like-named sections. Of constants, names tell arrays
 * and tables apart, but none of those begins as .rodata does.
 */
static inline __attribute__((always_inline)) enum llext_mem region_of(const struct load *ld,
								      const elf_shdr_t *shdr)
{
	elf_xword flags = shdr->sh_flags & (SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR | SHF_TLS);
	const char *name = checked_name(ld, shdr);

	if (shdr->sh_type != SHT_PROGBITS || name[0] != '.')
		return LLEXT_MEM_COUNT;
	if (flags == (SHF_ALLOC | SHF_EXECINSTR))
		return LLEXT_MEM_TEXT;
	return flags == SHF_ALLOC && name[1] == 'r' ? LLEXT_MEM_RODATA : LLEXT_MEM_COUNT;
}

/* Keep one more array: constructors by priority have a section each. */
static inline bool is_kept_as_array(struct load *ld, uint32_t index, const elf_shdr_t *shdr)
{
	return shdr->sh_type == SHT_INIT_ARRAY && ld->layout.arrays != NULL &&
	       (shdr->sh_flags & (SHF_ALLOC | SHF_TLS)) == SHF_ALLOC &&
	       llext_arrays_keep(ld, index, LLEXT_MEM_INIT) == 1;
}

uint32_t llext_layout_common(struct load *ld, uint32_t index, uint32_t end)
{
	const elf_shdr_t *shdr = ld->headers.shdrs + index;
	struct section *section = ld->layout.sections + index;

	for (; index < end; index++, shdr++, section++) {
		size_t bytes, align, laid_out;
		enum llext_mem number;
		struct region *region;

		if (!(shdr->sh_flags & (SHF_ALLOC | SHF_EXECINSTR | SHF_WRITE))) {
			section->region = LLEXT_MEM_COUNT;
			section->labels = 1 + (SYMBOL_UNLOADED | SYMBOL_EXACT);
			continue;
		}
		number = region_of(ld, shdr);
		if (number == LLEXT_MEM_COUNT) {
			if (!is_kept_as_array(ld, index, shdr))
				break;
			ld->layout.loaded_end = index + 1;
			continue;
		}
		region = &ld->layout.regions[number];
		bytes = (size_t)shdr->sh_size;
		align = (size_t)shdr->sh_addralign;
		laid_out = ld->layout.laid_out + bytes + align;
		/* Also the first section of a region, and one without an alignment. */
		if (align - 1 >= region->align || bytes > SIZE_MAX / 4 || laid_out > SIZE_MAX / 4)
			break;
		ld->layout.laid_out = laid_out;
		section->load = (elf_addr)aligned(region->bytes, align);
		section->region = (uint8_t)number;
		section->labels = (uint8_t)(1 + number);
		region->bytes = (size_t)section->load + bytes;
		ld->layout.loaded_end = index + 1;
	}
	return index;
}

#endif
