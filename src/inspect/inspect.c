/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Section data: kept for a loaded extension on request, or read from a file when it is asked for.
 */
#include "../internal.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_INSPECT)

/* ---- headers of regions ---- */

/* Widen a region's header so that it covers a section. */
static void cover(elf_shdr_t *region, const elf_shdr_t *shdr)
{
	elf_addr start = shdr->sh_offset, end = shdr->sh_offset + (elf_addr)shdr->sh_size;

	if (region->sh_type == SHT_NULL) {
		*region = *shdr;
		region->sh_link = 0;
		region->sh_info = 0;
		return;
	}
	if (region->sh_offset < start)
		start = region->sh_offset;
	else
		region->sh_addr = shdr->sh_addr;
	if (region->sh_offset + (elf_addr)region->sh_size > end)
		end = region->sh_offset + (elf_addr)region->sh_size;
	region->sh_offset = start;
	region->sh_size = end - start;
	region->sh_flags |= shdr->sh_flags;
	if (shdr->sh_addralign > region->sh_addralign)
		region->sh_addralign = shdr->sh_addralign;
}

static void region_headers(const struct load *ld, elf_shdr_t *regions)
{
	uint32_t strings = ld->headers.shdrs[ld->headers.symtab].sh_link;

	memset(regions, 0, LLEXT_MEM_COUNT * sizeof(*regions));
	for (uint32_t i = 1; i < ld->headers.section_count; i++) {
		const struct section *section = &ld->layout.sections[i];

		step_point(ld, 1);
		if (section->region < LLEXT_MEM_COUNT && section->storage != SECTION_DETACHED &&
		    section->storage != SECTION_IN_PLACE_APART && ld->headers.shdrs[i].sh_size != 0)
			cover(&regions[section->region], &ld->headers.shdrs[i]);
	}
	if (ld->headers.symtab != 0)
		cover(&regions[LLEXT_MEM_SYMTAB], &ld->headers.shdrs[ld->headers.symtab]);
	if (ld->headers.symtab != 0 && strings < ld->headers.section_count)
		cover(&regions[LLEXT_MEM_STRTAB], &ld->headers.shdrs[strings]);
}

/* ---- what is kept ---- */

/* One block: section headers, regions' headers, sections, names. */
static int keep(struct load *ld)
{
	struct llext_private *priv = ld->ext->priv;
	size_t headers = ld->headers.section_count * sizeof(*ld->headers.shdrs);
	size_t sections = ld->headers.section_count * sizeof(*ld->layout.sections);
	size_t bytes = headers + LLEXT_MEM_COUNT * sizeof(*ld->headers.shdrs) + sections +
		       ld->file.names.length;
	uint8_t *mem = llext_heap_alloc(LLEXT_HEAP_DATA, bytes, 0);

	if (mem == NULL)
		return llext_fail(ld, -ENOMEM, "the data heap has no room for section data");
	priv->section_count = ld->headers.section_count;
	priv->kept_bytes = bytes;
	priv->shdrs = (elf_shdr_t *)(void *)mem;
	step_copy(ld, mem, ld->headers.shdrs, headers);
	mem += headers;
	priv->region_headers = (elf_shdr_t *)(void *)mem;
	region_headers(ld, priv->region_headers);
	mem += LLEXT_MEM_COUNT * sizeof(*ld->headers.shdrs);
	priv->sections = (struct section *)(void *)mem;
	step_copy(ld, mem, ld->layout.sections, sections);
	priv->names = (char *)mem + sections;
	step_copy(ld, priv->names, ld->headers.names, ld->file.names.length);
	ld->ext->mem[LLEXT_MEM_SHSTRTAB] = priv->names;
	ld->ext->mem_size[LLEXT_MEM_SHSTRTAB] = ld->file.names.length;
	ld->ext->mem_on_heap[LLEXT_MEM_SHSTRTAB] = true;
	ld->ext->alloc_size += bytes;
	return 0;
}

int llext_inspect_keep(struct load *ld)
{
#ifdef CONFIG_LLEXT_LOADER_HEADERS
	ld->ldr->hdr = ld->file.ehdr;
	region_headers(ld, ld->ldr->sects);
#endif
	return ld->param->keep_section_info ? keep(ld) : 0;
}

void llext_inspect_drop(struct llext *ext)
{
	if (ext->priv->shdrs != NULL)
		(void)llext_free_inspection_data(NULL, ext);
}

int llext_free_inspection_data(struct llext_loader *ldr, struct llext *ext)
{
	struct llext_private *priv = ext->priv;

	(void)ldr;
	llext_lock();
	llext_heap_free(LLEXT_HEAP_DATA, priv->shdrs);
	ext->alloc_size -= priv->kept_bytes;
	priv->kept_bytes = 0;
	priv->section_count = 0;
	priv->shdrs = NULL;
	priv->region_headers = NULL;
	priv->sections = NULL;
	priv->names = NULL;
	ext->mem[LLEXT_MEM_SHSTRTAB] = NULL;
	ext->mem_size[LLEXT_MEM_SHSTRTAB] = 0;
	ext->mem_on_heap[LLEXT_MEM_SHSTRTAB] = false;
	llext_unlock();
	return 0;
}

/* ---- questions about it ---- */

const elf_shdr_t *llext_section_headers(const struct llext *ext)
{
	return ext->priv->shdrs;
}

unsigned int llext_section_count(const struct llext *ext)
{
	return ext->priv->section_count;
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

static int kept_section(const struct llext *ext, unsigned int shndx)
{
	if (ext->priv->shdrs == NULL)
		return -ENOTSUP;
	return shndx < ext->priv->section_count ? 0 : -EINVAL;
}

int llext_get_section_info(const struct llext_loader *ldr, const struct llext *ext,
			   unsigned int shndx, const elf_shdr_t **hdr, enum llext_mem *region,
			   size_t *offset)
{
	int rc = kept_section(ext, shndx);
	const struct section *section;

	(void)ldr;
	if (rc != 0)
		return rc;
	section = &ext->priv->sections[shndx];
	if (hdr != NULL)
		*hdr = &ext->priv->shdrs[shndx];
	if (region != NULL)
		*region = (enum llext_mem)section->region;
	if (offset != NULL)
		*offset = section->region == LLEXT_MEM_COUNT
				  ? 0
				  : (uintptr_t)section->load - (uintptr_t)ext->mem[section->region];
	return 0;
}

int llext_get_section_address(const struct llext *ext, unsigned int shndx, const void **addr,
			      size_t *size)
{
	int rc = kept_section(ext, shndx);
	const struct section *section;

	if (rc != 0)
		return rc;
	section = &ext->priv->sections[shndx];
	if (addr != NULL)
		*addr = section->region == LLEXT_MEM_COUNT ? NULL
							   : (const void *)(uintptr_t)section->load;
	if (size != NULL)
		*size = (size_t)ext->priv->shdrs[shndx].sh_size;
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
	if (hdr != NULL)
		*hdr = &priv->region_headers[region];
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
