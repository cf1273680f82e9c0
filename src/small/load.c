/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a load, its memory, and the questions about what is loaded. */
#include "small.h"

const struct llext_load_param llext_default_param = LLEXT_LOAD_PARAM_DEFAULT;

int llext_small_read(struct load *ld, size_t offset, void *out, size_t bytes)
{
	int rc;

	if (!fits(offset, bytes, ld->length))
		return -ENOEXEC;
	if (bytes == 0)
		return 0;
	rc = ld->ldr->seek(ld->ldr, offset);
	if (rc == 0)
		rc = ld->ldr->read(ld->ldr, out, bytes);
	return rc > 0 ? -EIO : rc; /* a short read, say */
}

static int check_configuration(const struct load *ld)
{
	const struct llext_load_param *param = ld->param;

	if (!param->relocate_local || param->pre_located || param->section_detached != NULL ||
	    param->keep_section_info || ld->ldr->seek == NULL || llext_port.granule != 0 ||
	    llext_port.sync != NULL || llext_port.lock != NULL)
		return -ENOTSUP;
	return llext_heap_ready() ? 0 : -ENOMEM;
}

/* ---- the extension: its structure, name and image in one allocation ---- */

#define FIXED (sizeof(struct llext) + sizeof(struct llext_private) + sizeof(struct piece))

static int place(struct load *ld)
{
	static struct llext *const none[1];
	size_t align = ld->blocks[0].align, name_bytes = strlen(ld->name) + 1;
	size_t before = FIXED + name_bytes + align, bytes = before + ld->image_bytes;
	struct llext *ext = llext_heap_alloc(LLEXT_HEAP_DATA, bytes, align);
	uintptr_t image;

	if (ext == NULL)
		return -ENOMEM;
	memset(ext, 0, bytes);
	image = ((uintptr_t)ext + before) & ~(uintptr_t)(align - 1);
	ld->ext = ext;
	ext->priv = (struct llext_private *)(ext + 1);
	ext->name = memcpy((uint8_t *)ext + FIXED, ld->name, name_bytes);
	ext->dependency = none;
	ext->alloc_size = bytes;
	pieces_of(ext->priv)->extent = (struct llext_extent){(void *)image, image, ld->image_bytes};
	ld->bases[0] = (elf_addr)image;
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		if (ld->regions[i].bytes == 0)
			continue;
		ext->mem[i] = (void *)(image + (uintptr_t)ld->regions[i].load);
		ext->mem_size[i] = ld->regions[i].bytes;
		ext->mem_on_heap[i] = true;
	}
	return 0;
}

static int fill(struct load *ld)
{
	int rc = 0;

	for (uint32_t i = 1; rc == 0 && i < ld->section_count; i++) {
		struct section *section = &ld->sections[i];
		const elf_shdr_t *shdr = &ld->shdrs[i];

		if (section->region == LLEXT_MEM_COUNT)
			continue;
		section->load += ld->bases[0];
		section->mem = (uint8_t *)(uintptr_t)section->load;
		if (shdr->sh_type != SHT_NOBITS)
			rc = llext_small_read(ld, (size_t)shdr->sh_offset, section->mem,
					      (size_t)shdr->sh_size);
	}
	return rc;
}

static int run(struct load *ld)
{
	static int (*const steps[])(struct load * ld) = {
		llext_small_headers,  llext_small_layout,  llext_small_symbols, place, fill,
		llext_small_relocate, llext_exports_build,
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		rc = steps[i](ld);
	return rc;
}

int llext_load_new(struct load *ld)
{
	struct llext_loader *ldr = ld->ldr;
	int rc = check_configuration(ld);

	if (rc == 0 && ldr->prepare != NULL)
		rc = ldr->prepare(ldr);
	if (rc != 0)
		return rc < 0 ? rc : -EIO;
	ld->length = ldr->length != NULL ? ldr->length(ldr) : SIZE_MAX;
	rc = run(ld);
	if (rc != 0 && ld->ext != NULL)
		(void)llext_unplace(ld->ext);
	llext_heap_free(LLEXT_HEAP_DATA, ld->values);
	llext_heap_free(LLEXT_HEAP_DATA, ld->sections);
	if (ldr->finalize != NULL)
		ldr->finalize(ldr);
	return rc;
}

int llext_unplace(struct llext *ext)
{
	llext_heap_free(LLEXT_HEAP_DATA, ext->priv->export_table);
	llext_heap_free(LLEXT_HEAP_DATA, ext);
	return 0;
}

/* ---- questions about a placed extension ---- */

static size_t room(uintptr_t start, size_t bytes, uintptr_t address)
{
	return address - start < bytes ? bytes - (address - start) : 0;
}

uint8_t *llext_write_address(const struct llext *ext, elf_addr load, size_t *bytes)
{
	const struct llext_extent *image = &pieces_of(ext->priv)->extent;

	*bytes = room(image->load, image->bytes, (uintptr_t)load);
	return *bytes != 0 ? (uint8_t *)(uintptr_t)load : NULL;
}

size_t llext_code_room(const struct llext *ext, uintptr_t address)
{
	return room((uintptr_t)ext->mem[LLEXT_MEM_TEXT], ext->mem_size[LLEXT_MEM_TEXT], address);
}

bool llext_in_text(const struct llext *ext, elf_addr address)
{
	return llext_code_room(ext, (uintptr_t)code_address(address)) != 0;
}
