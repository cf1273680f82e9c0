/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections to regions, regions to blocks: sizes, alignment and offsets, nothing allocated yet.
 * Sections are laid out one by one in the order of the file; only arrays of initialisers are
 * sorted, by priority.
 */
#include "internal.h"

static bool name_is(const char *name, const char *stem)
{
	size_t length = strlen(stem);

	return strncmp(name, stem, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

/*
 * The number behind a section's last dot, as in .init_array.00101. The bare name comes after all
 * of those in .init_array (GNU ld, SORT_BY_INIT_PRIORITY).
 */
static uint32_t name_priority(const char *name, const char *stem)
{
	const char *digits = name + strlen(stem);
	uint32_t value = 0;

	if (*digits++ != '.' || *digits < '0' || *digits > '9')
		return 65536;
	while (*digits >= '0' && *digits <= '9' && value < 65536)
		value = value * 10 + (uint32_t)(*digits++ - '0');
	return value < 65536 ? value : 65535;
}

bool llext_is_unwind_table(const struct load *ld, uint32_t index)
{
	return ld->shdrs[index].sh_type == llext_arch.unwind_type ||
	       strcmp(llext_section_name(ld, index), ".eh_frame") == 0;
}

/* A section whose place among its like matters. */
struct array {
	uint32_t section;
	uint32_t order; /* legacy arrays come after the others, then by priority */
};

#define LEGACY 0x80000000u

/* Is this section an array of initialisers or finalisers? Then where does it go, and in what order?
 */
static bool array_section(const struct load *ld, uint32_t index, enum llext_mem *region,
			  struct array *array)
{
	static const struct {
		const char *stem;
		uint32_t type;
		uint8_t region;
	} kinds[] = {
		{".init_array", SHT_INIT_ARRAY, LLEXT_MEM_INIT},
		{".fini_array", SHT_FINI_ARRAY, LLEXT_MEM_FINI},
		{".preinit_array", SHT_PREINIT_ARRAY, LLEXT_MEM_PREINIT},
		{".ctors", 0, LLEXT_MEM_INIT},
		{".dtors", 0, LLEXT_MEM_FINI},
	};
	const char *name = llext_section_name(ld, index);
	uint32_t type = ld->shdrs[index].sh_type;

	array->section = index;
	if (llext_is_unwind_table(ld, index)) {
		*region = LLEXT_MEM_RODATA;
		array->order = ld->shdrs[index].sh_link & ~LEGACY; /* SHF_LINK_ORDER */
		return true;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool named = name_is(name, kinds[i].stem);

		if (kinds[i].type != 0 ? (type != kinds[i].type && !(type == SHT_PROGBITS && named))
				       : (type != SHT_PROGBITS || !named))
			continue;
		*region = kinds[i].region;
		if (kinds[i].type != 0)
			array->order = named ? name_priority(name, kinds[i].stem) : 65536;
		else /* .ctors come first, then .ctors.N ascending; all are run backwards */
			array->order = LEGACY | (name_priority(name, kinds[i].stem) + 1) % 65537;
		return true;
	}
	return false;
}

enum llext_mem llext_section_region(const struct load *ld, uint32_t index)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];
	const char *name = llext_section_name(ld, index);

	if (shdr->sh_flags & SHF_EXECINSTR)
		return LLEXT_MEM_TEXT;
	if (shdr->sh_type == SHT_NOBITS)
		return LLEXT_MEM_BSS;
	if (strcmp(name, ".exported_sym") == 0)
		return LLEXT_MEM_EXPORT;
	/* .data.rel.ro is written by relocations only. */
	if ((shdr->sh_flags & SHF_WRITE) && !name_is(name, ".data.rel.ro"))
		return LLEXT_MEM_DATA;
	return LLEXT_MEM_RODATA;
}

int llext_region_append(struct load *ld, enum llext_mem region, elf_xword bytes, size_t align,
			size_t *offset)
{
	struct region *r = &ld->regions[region];

	*offset = r->bytes;
	if (align == 0)
		align = 1;
	if (!round_up(offset, align) || bytes > SIZE_MAX - *offset ||
	    *offset + (size_t)bytes > SIZE_MAX / 4)
		return llext_fail(ld, -ENOMEM, "the sections' sizes add up to too much");
	r->bytes = *offset + (size_t)bytes;
	if (align > r->align)
		r->align = align;
	return 0;
}

/* ---- in place ---- */

/* Most sections used in place, each a piece of its own; more are copied: pieces are searched. */
#define MAX_IN_PLACE 64

/* Mark the sections that a relocation section applies to. */
static void mark_relocated(struct load *ld)
{
	for (uint32_t i = 1; i < ld->section_count; i++) {
		const elf_shdr_t *shdr = &ld->shdrs[i];

		if ((shdr->sh_type != SHT_REL && shdr->sh_type != SHT_RELA) || shdr->sh_size == 0 ||
		    shdr->sh_info >= ld->section_count)
			continue;
		ld->sections[shdr->sh_info].relocated = true;
		if (ld->shdrs[shdr->sh_info].sh_flags & SHF_EXECINSTR)
			ld->text_relocated = true;
	}
}

/* Compiled code reaches only so far: is the piece near enough to all that is on the heaps? */
static bool within_reach(uintptr_t load, size_t bytes)
{
	elf_addr low, high, start = (elf_addr)load, end = (elf_addr)(load + bytes);

	if (llext_arch.data_reach == 0)
		return true;
	for (int heap = LLEXT_HEAP_DATA; heap <= LLEXT_HEAP_INSTR; heap++) {
		llext_heap_range((enum llext_heap)heap, &low, &high);
		if ((end > low && end - low > llext_arch.data_reach) ||
		    (high > start && high - start > llext_arch.data_reach))
			return false;
	}
	return true;
}

/* May this section be used where the loader's peek has it? */
static bool usable_in_place(struct load *ld, uint32_t index, enum llext_mem region)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];
	enum llext_storage_type storage = ld->ldr->storage;
	enum llext_access access = region == LLEXT_MEM_TEXT   ? LLEXT_ACCESS_RX
				   : region == LLEXT_MEM_DATA ? LLEXT_ACCESS_RW
							      : LLEXT_ACCESS_RO;
	const void *bytes;
	struct llext_extent extent;

	if (storage == LLEXT_STORAGE_TEMPORARY || shdr->sh_size == 0 ||
	    shdr->sh_type == SHT_NOBITS || ld->detached_count >= MAX_IN_PLACE)
		return false;
	if (storage == LLEXT_STORAGE_PERSISTENT &&
	    (ld->sections[index].relocated || access == LLEXT_ACCESS_RW))
		return false;
	/* Calls between code here and code there might not reach: all of it or none. */
	if (access == LLEXT_ACCESS_RX && ld->text_relocated)
		return false;
	bytes = llext_source_peek(ld, (size_t)shdr->sh_offset, (size_t)shdr->sh_size);
	if (bytes == NULL || (shdr->sh_addralign > 1 && (uintptr_t)bytes % shdr->sh_addralign != 0))
		return false;
	extent = (struct llext_extent){(void *)(uintptr_t)bytes, (uintptr_t)bytes,
				       (size_t)shdr->sh_size};
	if (!within_reach(extent.load, extent.bytes))
		return false;
	ld->sections[index].load = (elf_addr)extent.load;
	ld->sections[index].mem = extent.mem;
	if (access != LLEXT_ACCESS_RX)
		return true;
	/* Protection would take what lies around the code with it. */
	if (llext_port.granule != 0 && storage == LLEXT_STORAGE_WRITABLE)
		return false;
	return llext_in_place_access(ld, &extent) >= 0;
}

/* ---- relocatable files ---- */

static int layout_plain(struct load *ld, uint32_t index)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];
	struct section *section = &ld->sections[index];
	enum llext_mem region = llext_section_region(ld, index);
	elf_xword bytes = shdr->sh_size;
	size_t offset;
	int rc;

	section->region = (uint8_t)region;
	section->storage = SECTION_IN_REGION;
	if (ld->param->pre_located) {
		section->load = shdr->sh_addr;
		section->mem = (uint8_t *)(uintptr_t)shdr->sh_addr;
		ld->detached_count++;
		return 0;
	}
	if (region != LLEXT_MEM_EXPORT && usable_in_place(ld, index, region)) {
		if (region == LLEXT_MEM_RODATA)
			section->region = LLEXT_MEM_RODATA_NO_RELOC;
		section->storage = SECTION_IN_PLACE;
		ld->regions[section->region].in_place_bytes += (size_t)bytes;
		ld->detached_count++;
		return 0;
	}
	if (ld->param->section_detached != NULL && ld->param->section_detached(shdr) &&
	    region != LLEXT_MEM_EXPORT && bytes != 0) {
		section->storage = SECTION_DETACHED;
		ld->detached_count++;
		return 0;
	}
	rc = llext_region_append(ld, region, bytes, (size_t)shdr->sh_addralign, &offset);
	section->load = offset; /* in the region, until that is placed */
	if (rc != 0)
		llext_diag_section(ld, index);
	return rc;
}

static bool array_less(const void *a, const void *b, const void *context)
{
	const struct array *x = a, *y = b;

	(void)context;
	return x->order != y->order ? x->order < y->order : x->section < y->section;
}

static int layout_array(struct load *ld, const struct array *array)
{
	uint32_t index = array->section;
	const elf_shdr_t *shdr = &ld->shdrs[index];
	struct section *section = &ld->sections[index];
	bool unwind = llext_is_unwind_table(ld, index);
	size_t unit = unwind ? sizeof(uint32_t) : sizeof(elf_addr), offset;
	struct array unused;
	enum llext_mem region;
	int rc;

	if (shdr->sh_type == SHT_NOBITS || shdr->sh_size % unit != 0)
		return fail_section(ld, -ENOEXEC, index, "array of a wrong size");
	(void)array_section(ld, index, &region, &unused);
	section->region = (uint8_t)region;
	section->storage = SECTION_IN_REGION;
	if (ld->param->pre_located) {
		section->load = shdr->sh_addr;
		section->mem = (uint8_t *)(uintptr_t)shdr->sh_addr;
		ld->detached_count++;
	} else {
		/* No padding in between: it would end the table. */
		rc = llext_region_append(ld, region, shdr->sh_size, unit, &offset);
		if (rc != 0)
			return rc;
		section->load = offset;
	}
	if (unwind && ld->unwind == 0)
		ld->unwind = index;
	if (unwind)
		ld->unwind_bytes += (size_t)shdr->sh_size;
	if (array->order & LEGACY)
		*(region == LLEXT_MEM_INIT ? &ld->ctors_bytes : &ld->dtors_bytes) +=
			(size_t)shdr->sh_size;
	return 0;
}

static int layout_arrays(struct load *ld, struct array *arrays, size_t count)
{
	size_t unused;
	int rc = 0;

	llext_sort(arrays, count, sizeof(*arrays), array_less, NULL);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = layout_array(ld, &arrays[i]);
	if (rc == 0 && ld->unwind != 0 && !ld->param->pre_located)
		rc = llext_region_append(ld, LLEXT_MEM_RODATA, sizeof(uint32_t), sizeof(uint32_t),
					 &unused); /* the zero word that ends an .eh_frame */
	return rc;
}

/* A section that the load has no use for: not loaded, or tables that nobody would read. */
static bool skipped(const struct load *ld, uint32_t index)
{
	return !(ld->shdrs[index].sh_flags & SHF_ALLOC) || ld->shdrs[index].sh_type == SHT_NULL ||
	       (llext_is_unwind_table(ld, index) && llext_port.unwind_add == NULL);
}

static int count_arrays(struct load *ld, struct array **arrays)
{
	struct array array;
	enum llext_mem region;
	size_t count = 0;

	for (uint32_t i = 1; i < ld->section_count; i++)
		count += !skipped(ld, i) && array_section(ld, i, &region, &array);
	*arrays = NULL;
	if (count == 0)
		return 0;
	*arrays = llext_transient(ld, count * sizeof(array), sizeof(uint32_t));
	return *arrays != NULL ? 0 : -ENOMEM;
}

int llext_layout_sections(struct load *ld)
{
	struct array *arrays, array;
	enum llext_mem region;
	size_t count = 0;
	int rc = count_arrays(ld, &arrays);

	if (rc != 0)
		return rc;
	mark_relocated(ld);
	for (uint32_t i = 1; i < ld->section_count; i++) {
		ld->sections[i].region = LLEXT_MEM_COUNT;
		if (skipped(ld, i))
			continue;
		if (ld->shdrs[i].sh_flags & SHF_TLS) {
			ld->tls = i; /* refused once a symbol of it is known */
			continue;
		}
		if (array_section(ld, i, &region, &array)) {
			arrays[count++] = array;
			continue;
		}
		rc = layout_plain(ld, i);
		if (rc != 0)
			return rc;
		if (ld->sections[i].region == LLEXT_MEM_EXPORT) {
			if (ld->exports != 0 || ld->shdrs[i].sh_type == SHT_NOBITS)
				return fail_section(ld, -ENOEXEC, i,
						    "second .exported_sym, or one without bytes");
			ld->exports = i;
		}
	}
	return layout_arrays(ld, arrays, count);
}

/* ---- regions to blocks ---- */

enum block llext_region_block(enum llext_mem region)
{
	switch (region) {
	case LLEXT_MEM_TEXT:
		return BLOCK_TEXT;
	case LLEXT_MEM_DATA:
	case LLEXT_MEM_BSS:
		return BLOCK_DATA;
	default:
		return BLOCK_RODATA;
	}
}

int llext_layout_blocks(struct load *ld)
{
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		struct region *region = &ld->regions[i];
		enum block block = llext_region_block((enum llext_mem)i);
		size_t offset = ld->blocks[block].bytes;

		if (region->bytes == 0)
			continue;
		if (!round_up(&offset, region->align) || region->bytes > SIZE_MAX / 4 - offset)
			return llext_fail(ld, -ENOMEM, "the sections' sizes add up to too much");
		region->offset = offset;
		ld->blocks[block].bytes = offset + region->bytes;
		if (region->align > ld->blocks[block].align)
			ld->blocks[block].align = region->align;
	}
	for (int i = 0; i < BLOCK_COUNT; i++) {
		if (ld->blocks[i].bytes != 0)
			llext_fit(&ld->blocks[i].bytes, &ld->blocks[i].align);
	}
	return 0;
}
