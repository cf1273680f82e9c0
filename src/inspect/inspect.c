/* SPDX-License-Identifier: Apache-2.0 */
/* Section data: kept on request for a loaded extension, or read from a file on the spot. */
#include "../internal.h"

#if LLEXT_ON(CONFIG_LLEXT_INSPECT)

static void *keep(const void *from, size_t bytes)
{
	void *copy = llext_heap_alloc(LLEXT_HEAP_DATA, bytes, 0);

	return copy != NULL ? memcpy(copy, from, bytes) : NULL;
}

int llext_inspect_keep(struct load *ld)
{
	struct llext_private *priv = ld->ext->priv;

	if (!ld->param->keep_section_info)
		return 0;
	priv->section_count = ld->headers.section_count;
	priv->names_length = ld->headers.names_length;
	priv->shdrs =
		keep(ld->headers.shdrs, ld->headers.section_count * sizeof(*ld->headers.shdrs));
	priv->sections =
		keep(ld->layout.sections, ld->headers.section_count * sizeof(*ld->layout.sections));
	priv->names = keep(ld->headers.names, ld->headers.names_length);
	ld->ext->mem[LLEXT_MEM_SHSTRTAB] = priv->names;
	ld->ext->mem_size[LLEXT_MEM_SHSTRTAB] = ld->headers.names_length;
	ld->ext->mem_on_heap[LLEXT_MEM_SHSTRTAB] = true;
	/* On failure the caller unplaces the extension, and with it what was kept. */
	return priv->shdrs != NULL && priv->sections != NULL && priv->names != NULL
		       ? 0
		       : llext_fail(ld, -ENOMEM, "the data heap has no room for section data");
}

void llext_inspect_drop(struct llext *ext)
{
	(void)llext_free_inspection_data(NULL, ext);
}

int llext_free_inspection_data(struct llext_loader *ldr, struct llext *ext)
{
	struct llext_private *priv = ext->priv;

	(void)ldr;
	llext_lock();
	if (priv->shdrs == NULL && priv->sections == NULL && priv->names == NULL) {
		llext_unlock();
		return -ENOTSUP;
	}
	llext_heap_free(LLEXT_HEAP_DATA, priv->shdrs);
	llext_heap_free(LLEXT_HEAP_DATA, priv->sections);
	llext_heap_free(LLEXT_HEAP_DATA, priv->names);
	priv->shdrs = NULL;
	priv->sections = NULL;
	priv->names = NULL;
	ext->mem[LLEXT_MEM_SHSTRTAB] = NULL;
	ext->mem_size[LLEXT_MEM_SHSTRTAB] = 0;
	ext->mem_on_heap[LLEXT_MEM_SHSTRTAB] = false;
	llext_unlock();
	return 0;
}

int llext_section_shndx(const struct llext_loader *ldr, const struct llext *ext,
			const char *section_name)
{
	const struct llext_private *priv = ext->priv;

	(void)ldr;
	if (priv->shdrs == NULL)
		return -ENOTSUP;
	for (uint32_t i = 1; i < priv->section_count; i++) {
		if (strcmp(priv->names + priv->shdrs[i].sh_name, section_name) == 0)
			return (int)i;
	}
	return -ENOENT;
}

int llext_get_section_header(struct llext_loader *ldr, struct llext *ext, const char *search_name,
			     elf_shdr_t *shdr)
{
	int index = llext_section_shndx(ldr, ext, search_name);

	if (index < 0)
		return index;
	*shdr = ext->priv->shdrs[index];
	return 0;
}

int llext_get_section_info(const struct llext_loader *ldr, const struct llext *ext,
			   unsigned int shndx, const elf_shdr_t **hdr, enum llext_mem *region,
			   const void **addr, size_t *size)
{
	const struct llext_private *priv = ext->priv;

	(void)ldr;
	if (priv->shdrs == NULL)
		return -ENOTSUP;
	if (shndx >= priv->section_count)
		return -EINVAL;
	if (hdr != NULL)
		*hdr = &priv->shdrs[shndx];
	if (region != NULL)
		*region = (enum llext_mem)priv->sections[shndx].region;
	if (addr != NULL)
		*addr = priv->sections[shndx].region == LLEXT_MEM_COUNT
				? NULL
				: (const void *)(uintptr_t)priv->sections[shndx].load;
	if (size != NULL)
		*size = (size_t)priv->shdrs[shndx].sh_size;
	return 0;
}

int llext_get_region_info(const struct llext_loader *ldr, const struct llext *ext,
			  enum llext_mem region, const elf_shdr_t **hdr, const void **addr,
			  size_t *size)
{
	const struct llext_private *priv = ext->priv;

	(void)ldr;
	if ((unsigned int)region >= LLEXT_MEM_COUNT)
		return -EINVAL;
	if (hdr != NULL && priv->shdrs == NULL)
		return -ENOTSUP;
	if (hdr != NULL) {
		/* The first section of the region stands for it; an empty region has the null one.
		 */
		*hdr = &priv->shdrs[0];
		for (uint32_t i = priv->section_count; i-- > 1;) {
			if (priv->sections[i].region == region)
				*hdr = &priv->shdrs[i];
		}
	}
	if (addr != NULL)
		*addr = ext->mem[region];
	if (size != NULL)
		*size = ext->mem_size[region];
	return 0;
}

ssize_t llext_find_section(struct llext_loader *ldr, const char *section_name)
{
	struct load ld = {.ldr = ldr, .param = &llext_default_param, .stage = LLEXT_STAGE_ELF};
	ssize_t rc;

	if (ldr == NULL || section_name == NULL)
		return -EINVAL;
	llext_lock();
	llext_diag_clear();
	rc = llext_heap_ready() ? llext_source_open(&ld) : -ENOMEM;
	if (rc == 0)
		rc = llext_elf_open(&ld);
	if (rc == 0) {
		rc = -ENOENT;
		for (uint32_t i = 1; i < ld.headers.section_count; i++) {
			if (strcmp(llext_section_name(&ld, i), section_name) == 0) {
				rc = (ssize_t)ld.headers.shdrs[i].sh_offset;
				break;
			}
		}
	}
	llext_source_close(&ld);
	llext_unlock();
	return rc;
}

#endif /* CONFIG_LLEXT_INSPECT */
