/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a load: how a file becomes one block of memory. */
#include "small.h"

int llext_small_append(struct small *load, elf_xword bytes, elf_xword align, elf_addr *offset)
{
	size_t start = load->bytes;

	if (align & (align - 1))
		return -ENOEXEC;
	if (align > MAX_ALIGN)
		return -ENOTSUP;
	if (align > load->align)
		load->align = (size_t)align;
	if (align > 1)
		start = aligned(start, (size_t)align);
	if (!fits(start, (size_t)bytes,
		  SIZE_MAX - MAX_ALIGN)) /* the next one can be aligned, too */
		return -ENOMEM;
	*offset = (elf_addr)start;
	load->bytes = start + (size_t)bytes;
	return 0;
}

/* Lay out region by region, so that the sections of each lie behind one another. */
static int layout(struct small *load)
{
	int rc = 0;

	for (uint32_t region = 0; region < LLEXT_MEM_COUNT; region++) {
		for (uint32_t i = 0; rc == 0 && i < load->section_count; i++) {
			elf_shdr_t *shdr = &load->shdrs[i];

			if (shdr->sh_name == region)
				rc = llext_small_append(load, shdr->sh_size, shdr->sh_addralign,
							&shdr->sh_addr);
		}
	}
	return rc;
}

static int read_symbols(struct small *load)
{
	const elf_shdr_t *shdr = &load->shdrs[load->symtab];
	elf_xword count = shdr->sh_size / sizeof(elf_sym_t);
	elf_addr offset = shdr->sh_offset;
	elf_sym_t sym;
	int rc = 0;

	if (load->symtab == 0 || shdr->sh_entsize != sizeof(sym) ||
	    shdr->sh_size % sizeof(sym) != 0 || count == 0 || shdr->sh_info > count ||
	    count > SIZE_MAX / sizeof(*load->symbols))
		return -ENOEXEC;
	load->symbol_count = (uint32_t)count;
	load->symbols = llext_heap_alloc(LLEXT_HEAP_DATA, count * sizeof(*load->symbols), 0);
	load->transient_symbols = load->symbols;
	if (load->symbols == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; rc == 0 && i < count; i++) {
		rc = llext_small_read(load, offset, &sym, sizeof(sym));
		if (rc == 0)
			rc = llext_small_symbol(load, i, &sym);
		offset += sizeof(sym);
	}
	return rc;
}

/* The block, the extension at its start, and the sections' bytes. */
static int place(struct small *load, const char *name)
{
	static struct llext *const none[1];
	elf_addr base;
	struct llext *ext;
	int rc = llext_small_append(load, load->slots / SMALL_SLOT * llext_arch.veneer_bytes,
				    llext_arch.veneer_align, &load->veneers);

	if (rc != 0)
		return rc;
	load->block = llext_heap_alloc(LLEXT_HEAP_DATA, load->bytes, load->align);
	if (load->block == NULL)
		return -ENOMEM;
	memset(load->block, 0, load->bytes);
	ext = small_extension(load);
	ext->priv = (struct llext_private *)(ext + 1);
	ext->dependency = none;
	ext->name = strcpy((char *)(ext->priv + 1), name);
	ext->alloc_size = load->bytes;
	base = (elf_addr)(uintptr_t)load->block;
	for (uint32_t i = 0; i < load->symbol_count; i++) {
		if (load->symbols[i].what & SMALL_OFFSET)
			load->symbols[i].value += base;
	}
	for (uint32_t i = 0; rc == 0 && i < load->section_count; i++) {
		const elf_shdr_t *shdr = &load->shdrs[i];
		uint32_t region = shdr->sh_name;
		uint8_t *mem;

		if (region == LLEXT_MEM_COUNT || shdr->sh_size == 0)
			continue;
		mem = load->block + (size_t)shdr->sh_addr;
		if (ext->mem[region] == NULL)
			ext->mem[region] = mem;
		ext->mem_size[region] = (size_t)(mem + shdr->sh_size - (uint8_t *)ext->mem[region]);
		ext->mem_on_heap[region] = true;
		if (shdr->sh_type != SHT_NOBITS)
			rc = llext_small_read(load, shdr->sh_offset, mem, shdr->sh_size);
	}
	return rc;
}

#if LLEXT_ON(CONFIG_LLEXT_TRUST)
static int admit(const struct small *load, int (*ask)(struct load *ld))
{
	struct load ld = {.ldr = load->ldr, .param = load->param, .ext = small_extension(load)};

	return ask(&ld);
}
#else
#define admit(load, ask) (0)
#endif

/* With the source open. */
int llext_small_run(struct small *load, const char *name)
{
	int rc;

	/* A loader around another one knows only now whether that can seek. */
	if (load->ldr->seek == NULL || load->ldr->length == NULL)
		return -ENOTSUP;
	rc = admit(load, llext_admit);
	if (rc != 0)
		return rc;
	load->length = load->ldr->length(load->ldr);
	rc = llext_small_open(load);
	if (rc == 0)
		rc = layout(load);
	if (rc == 0)
		rc = read_symbols(load);
	if (rc == 0)
		rc = place(load, name);
	if (rc == 0)
		rc = llext_small_relocate(load);
	if (rc == 0)
		rc = llext_small_export(small_extension(load));
	return rc == 0 ? admit(load, llext_admit_again) : rc;
}
