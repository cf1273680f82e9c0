/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a load, its memory, and the table of exports. */
#include "small.h"

const struct llext_load_param llext_default_param = LLEXT_LOAD_PARAM_DEFAULT;

int llext_small_append(struct small *load, elf_xword bytes, elf_xword align, elf_addr *offset)
{
	size_t start = load->bytes;

	if (align & (align - 1) & -(elf_xword)(align != 0))
		return -ENOEXEC;
	if (align > MAX_ALIGN)
		return -ENOTSUP;
	/* Both are at most this, so that their sum and the padding do not overflow. */
	if (bytes > SIZE_MAX / 4 || start > SIZE_MAX / 4)
		return -ENOMEM;
	if (align > load->align)
		load->align = (size_t)align;
	if (align > 1)
		start = aligned(start, (size_t)align);
	*offset = (elf_addr)start;
	load->bytes = start + (size_t)bytes;
	return 0;
}

/* Lay out region by region, so that the sections of each lie behind one another. */
static int layout(struct small *load)
{
	int rc = 0;

	for (uint32_t region = 0; region < LLEXT_MEM_COUNT; region++) {
		uint32_t count = 0;

		for (uint32_t i = 0; rc == 0 && i < load->section_count; i++) {
			elf_shdr_t *shdr = &load->shdrs[i];

			if (shdr->sh_name != region)
				continue;
			/* More than one array would have to be put in order. */
			if (region >= LLEXT_MEM_PREINIT && region <= LLEXT_MEM_FINI && count++ != 0)
				return -ENOTSUP;
			rc = llext_small_append(load, shdr->sh_size, shdr->sh_addralign,
						&shdr->sh_addr);
		}
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

/* ---- exports: .exported_sym itself, sorted ---- */

static bool symbol_less(const void *a, const void *b, const void *context)
{
	(void)context;
	return strcmp(((const struct llext_symbol *)a)->name,
		      ((const struct llext_symbol *)b)->name) < 0;
}

/* Names end in the extension's constants, and do not overlap without end; addresses are inside. */
static int check_exports(const struct llext *ext)
{
	const char *constants = ext->mem[LLEXT_MEM_RODATA];
	size_t room = ext->mem_size[LLEXT_MEM_RODATA], budget = 16 * room;

	for (size_t i = 0; i < ext->exp_tab.sym_cnt; i++) {
		const char *name = ext->exp_tab.syms[i].name;
		size_t offset = (uintptr_t)name - (uintptr_t)constants, length;
		size_t inside = (uintptr_t)ext->exp_tab.syms[i].addr - (uintptr_t)ext;
		const char *end;

		if (offset >= room || inside > ext->alloc_size)
			return -ENOEXEC;
		end = memchr(name, '\0', room - offset);
		length = (size_t)(end - name);
		if (end == NULL || length == 0 || length > budget)
			return -ENOEXEC;
		budget -= length;
	}
	return 0;
}

static int export(struct llext *ext)
{
	size_t bytes = ext->mem_size[LLEXT_MEM_EXPORT], count = bytes / sizeof(struct llext_symbol);
	struct llext_symbol *syms = ext->mem[LLEXT_MEM_EXPORT];
	int rc;

	if (bytes % sizeof(*syms) != 0 || (uintptr_t)syms % sizeof(void *) != 0)
		return -ENOEXEC;
	ext->exp_tab = (struct llext_symtable){count, syms};
	rc = check_exports(ext);
	if (rc != 0)
		return rc;
	llext_sort(NULL, syms, count, sizeof(*syms), symbol_less, NULL);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(syms[i - 1].name, syms[i].name) == 0)
			return -ENOEXEC;
	}
	return 0;
}

/* ---- all of it ---- */

static int run(struct small *load, const char *name)
{
	int rc = llext_small_open(load);

	if (rc == 0)
		rc = layout(load);
	if (rc == 0)
		rc = llext_small_symbols(load);
	if (rc == 0)
		rc = place(load, name);
	if (rc == 0)
		rc = llext_small_relocate(load);
	if (rc == 0)
		rc = export(small_extension(load));
	return rc;
}

static bool is_supported(const struct load *ld)
{
	const struct llext_load_param *param = ld->param;

	return param->relocate_local && !param->pre_located && param->section_detached == NULL &&
	       !param->keep_section_info && llext_port.granule == 0 &&
	       (LLEXT_ON(CONFIG_LLEXT_LOCK) || llext_port.lock == NULL);
}

int llext_load_new(struct load *ld)
{
	struct small load = {.ldr = ld->ldr, .param = ld->param, .align = sizeof(void *)};
	int rc = 0;

	if (!is_supported(ld))
		return -ENOTSUP;
	if (load.ldr->prepare != NULL)
		rc = load.ldr->prepare(load.ldr);
	if (rc != 0)
		return rc < 0 ? rc : -EIO;
	load.bytes = sizeof(struct llext) + sizeof(struct llext_private) + strlen(ld->name) + 1;
	/* A loader around another one knows only now whether that can seek. */
	if (load.ldr->seek != NULL && load.ldr->length != NULL)
		rc = llext_admit(ld);
	else
		rc = -ENOTSUP;
	if (rc == 0) {
		load.length = load.ldr->length(load.ldr);
		rc = run(&load, ld->name);
	}
	if (LLEXT_ON(CONFIG_LLEXT_TRUST) && rc == 0) {
		ld->ext = small_extension(&load);
		rc = llext_admit_again(ld);
		ld->ext = NULL;
	}
	if (load.ldr->finalize != NULL)
		load.ldr->finalize(load.ldr);
	if (rc == 0) {
		const struct llext_extent extent = {load.block, (uintptr_t)load.block, load.bytes};

		if (llext_port.sync != NULL)
			llext_port.sync(&extent);
		ld->ext = small_extension(&load);
		if (load.uses_got) {
			ld->ext->priv->export_table = load.symbols;
			load.symbols = NULL;
		}
		load.block = NULL;
	}
	for (size_t i = 0; i < sizeof(load.owned) / sizeof(load.owned[0]); i++)
		llext_heap_free(LLEXT_HEAP_DATA, load.owned[i]);
	return rc;
}

int llext_unplace(struct llext *ext)
{
	llext_heap_free(LLEXT_HEAP_DATA, ext->priv->export_table);
	llext_heap_free(LLEXT_HEAP_DATA, ext);
	return 0;
}

bool llext_in_text(const struct llext *ext, elf_addr address)
{
	return code_address(address) - (elf_addr)(uintptr_t)ext->mem[LLEXT_MEM_TEXT] <
	       ext->mem_size[LLEXT_MEM_TEXT];
}
