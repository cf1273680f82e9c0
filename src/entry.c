/* SPDX-License-Identifier: Apache-2.0 */
/* The entry point that a file names in its header: where it is once the file is loaded. */
#include "internal.h"

/*
 * In a relocatable file, sections have no addresses yet, and so an entry point is an offset: GNU ld
 * -r -e counts it from the start of .text.
 */
static const elf_shdr_t *entry_section(const struct load *ld)
{
	const elf_shdr_t *first = NULL;

	for (uint32_t i = 1; i < ld->layout.loaded_end; i++) {
		const elf_shdr_t *shdr = &ld->headers.shdrs[i];

		if (ld->layout.sections[i].region != LLEXT_MEM_TEXT ||
		    !(shdr->sh_flags & SHF_ALLOC) || !(shdr->sh_flags & SHF_EXECINSTR))
			continue;
		if (strcmp(checked_name(ld, shdr), ".text") == 0)
			return shdr;
		if (first == NULL)
			first = shdr;
	}
	return first;
}

static elf_addr in_section(struct load *ld, elf_addr entry)
{
	const elf_shdr_t *shdr = entry_section(ld);
	elf_addr offset = code_address(entry);
	uint32_t index;

	if (shdr == NULL || offset >= shdr->sh_size)
		return 0;
	index = (uint32_t)(shdr - ld->headers.shdrs);
	return (ld->layout.sections[index].load + llext_padding_moved(ld, index, offset)) |
	       (entry - offset);
}

/*
 * An entry point outside the extension is ignored: most files have none, and no load depends on it.
 */
void llext_entry_keep(struct load *ld)
{
	elf_addr entry = ld->file.ehdr.e_entry;

	if (entry == 0)
		return;
	if (is_shared_object(ld))
		entry += (elf_addr)ld->linked.image.load - ld->linked.image_low;
	else if (!is_executable(ld))
		entry = in_section(ld, entry);
	ld->ext->priv->entry = entry != 0 && llext_in_text(ld->ext, entry) ? entry : 0;
}

const void *llext_entry(const struct llext *ext)
{
	return ext != NULL ? (const void *)(uintptr_t)ext->priv->entry : NULL;
}
