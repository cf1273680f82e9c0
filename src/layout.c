/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections to regions, regions to blocks: sizes, alignment and offsets. Nothing is allocated yet.
 * Sections are laid out one by one in the order of the file; init_arrays.c sorts those of arrays.
 */
#include "internal.h"
#include "steps.h"

/* From so many sections on, a loop for the common ones is worth its start. */
#define MANY 64

bool llext_name_is(const char *name, const char *stems)
{
	for (; *stems != '\0'; stems++) {
		if (llext_behind_stem(name, &stems) != NULL)
			return true;
		while (*stems != '\0')
			stems++;
	}
	return false;
}

enum llext_mem llext_section_region(const struct load *ld, const elf_shdr_t *shdr)
{
	const char *name = checked_name(ld, shdr);

	if (shdr->sh_type == SHT_INIT_ARRAY)
		return LLEXT_MEM_INIT;
	if (shdr->sh_type == SHT_FINI_ARRAY)
		return LLEXT_MEM_FINI;
	if (shdr->sh_type == SHT_PREINIT_ARRAY)
		return LLEXT_MEM_PREINIT;
	if (shdr->sh_flags & SHF_EXECINSTR)
		return LLEXT_MEM_TEXT;
	if (shdr->sh_type == SHT_NOBITS)
		return LLEXT_MEM_BSS;
	if (llext_named(ld, shdr, ".exported_sym"))
		return LLEXT_MEM_EXPORT;
#ifdef CONFIG_LLEXT_RODATA_NO_RELOC
	if (!(shdr->sh_flags & SHF_WRITE) && llext_named(ld, shdr, LLEXT_SECTION_RODATA_NO_RELOC))
		return LLEXT_MEM_RODATA_NO_RELOC;
#endif
	/* Only relocations write to .data.rel.ro. */
	if ((shdr->sh_flags & SHF_WRITE) &&
	    !(LLEXT_ON(CONFIG_LLEXT_PROTECT) && llext_name_is(name, ".data.rel.ro\0")))
		return LLEXT_MEM_DATA;
	return LLEXT_MEM_RODATA;
}

static __attribute__((noinline)) int fail_sum(const struct load *ld)
{
	return llext_fail(ld, -ENOMEM, "the sections' sizes add up to too much");
}

/* @return false: too much. */
static inline __attribute__((always_inline)) bool
extend(struct load *ld, size_t *total, elf_xword bytes, size_t align, size_t *offset)
{
	/*
	 * Limit the sum of all sections and their padding: then no sum of sizes overflows from here
	 * on.
	 */
	size_t laid_out = ld->layout.laid_out + (size_t)bytes + align;

	if (bytes > SIZE_MAX / 4 || laid_out > SIZE_MAX / 4)
		return false;
	ld->layout.laid_out = laid_out;
	*offset = aligned(*total, align);
	*total = *offset + (size_t)bytes;
	return true;
}

int llext_layout_extend(struct load *ld, size_t *total, elf_xword bytes, size_t align,
			size_t *offset)
{
	return extend(ld, total, bytes, align, offset) ? 0 : fail_sum(ld);
}

static inline __attribute__((always_inline)) int
append(struct load *ld, enum llext_mem region, elf_xword bytes, size_t align, size_t *offset)
{
	struct region *r = &ld->layout.regions[region];

	if (align == 0)
		align = 1;
	if (!extend(ld, &r->bytes, bytes, align, offset))
		return fail_sum(ld);
	if (align > r->align) { /* and so for the first one in the region */
		r->align = align;
		ld->layout.used_regions |= 1u << region;
	}
	return 0;
}

int llext_region_append(struct load *ld, enum llext_mem region, elf_xword bytes, size_t align,
			size_t *offset)
{
	return append(ld, region, bytes, align, offset);
}

static inline __attribute__((always_inline)) int append_section(struct load *ld, uint32_t index,
								const elf_shdr_t *shdr,
								struct section *section,
								enum llext_mem region, size_t align)
{
	elf_xword bytes = shdr->sh_size;
	size_t offset = 0;
	int rc;

	(void)index; /* without diagnostics nothing is said of it */
	section->region = (uint8_t)region;
	if (is_pre_located(ld))
		return llext_layout_pre_located(ld, index);
	rc = append(ld, region, bytes, align, &offset);
	if (rc != 0) {
		llext_diag_section(ld, index);
		return rc;
	}
	section->load = (elf_addr)offset; /* offset in the region, until that is placed */
	section->labels = (uint8_t)(1 + region);
	return 0;
}

int llext_section_append(struct load *ld, uint32_t index, enum llext_mem region, size_t align)
{
	return append_section(ld, index, &ld->headers.shdrs[index], &ld->layout.sections[index],
			      region, align);
}

int llext_exports_found(struct load *ld, uint32_t index)
{
	if (ld->layout.exports != 0)
		return llext_fail_section(ld, -ENOEXEC, index, "second .exported_sym");
	/* A packed file has no other symbols that could be exported. */
	if (!LLEXT_ON(CONFIG_LLEXT_IMPORT_ALL_GLOBALS) || is_packed(ld))
		ld->layout.exports = index;
	return 0;
}

/*
 * One letter rules out most names. Arrays and unwind tables are .init_array, .fini_array,
 * .preinit_array, .ctors, .dtors and .eh_frame.
 */
static bool may_be_array(const char *name)
{
	const uint32_t letters = 1u << ('n' & 31) | 1u << ('i' & 31) | 1u << ('r' & 31) |
				 1u << ('t' & 31) | 1u << ('h' & 31);

	return name[0] == '.' && name[1] != '\0' && (letters >> (name[2] & 31) & 1) != 0;
}

/* Lay out a section with SHF_ALLOC. */
static int layout_section(struct load *ld, uint32_t index, const elf_shdr_t *shdr,
			  struct section *section)
{
	/* Most sections are code, which is in no table. */
	bool code = shdr->sh_type == SHT_PROGBITS && (shdr->sh_flags & SHF_EXECINSTR);
	enum llext_mem region;
	int rc;

	if (shdr->sh_type == SHT_NULL)
		return 0;
	/* Nothing would read an unwind table. */
	if (!code && !llext_unwind_wanted(ld) && llext_is_unwind_table(ld, shdr))
		return 0;
	ld->layout.loaded_end = index + 1;
	if (shdr->sh_flags & SHF_TLS) { /* llext_tls_layout() */
		if (ld->layout.tls == 0)
			ld->layout.tls = index;
		return 0;
	}
	region = code ? LLEXT_MEM_TEXT : llext_section_region(ld, shdr);
	/* Sections of code or zeros are in no array, unless their name is a C identifier. */
	rc = (region == LLEXT_MEM_TEXT || region == LLEXT_MEM_BSS ||
	      (shdr->sh_type == SHT_PROGBITS && !may_be_array(checked_name(ld, shdr)))) &&
			     checked_name(ld, shdr)[0] == '.'
		     ? 0
		     : llext_arrays_keep(ld, index, region);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (region == LLEXT_MEM_EXPORT) {
		rc = llext_exports_found(ld, index);
		if (rc != 0)
			return rc;
	}
	if (llext_layout_alone(ld, index, region))
		return 0;
	return append_section(ld, index, shdr, section, region, (size_t)shdr->sh_addralign);
}

/* True for literals that are laid out together with their code. */
static bool is_paired(const struct load *ld, uint32_t index)
{
#if LLEXT_ARCH_LITERALS
	return ld->layout.literals != NULL && ld->layout.literals[index] == index;
#else
	(void)ld, (void)index;
	return false;
#endif
}

/* Lay out a section, and before it the literals that belong to it. */
static int layout_in_order(struct load *ld, uint32_t index, const elf_shdr_t *shdr,
			   struct section *section)
{
#if LLEXT_ARCH_LITERALS
	uint32_t literals = ld->layout.literals != NULL ? ld->layout.literals[index] : 0;
	int rc;

	if (is_paired(ld, index)) { /* laid out with their code, before or later */
		ld->layout.loaded_end = index + 1;
		return 0;
	}
	if (literals != 0) {
		rc = layout_section(ld, literals, &ld->headers.shdrs[literals],
				    &ld->layout.sections[literals]);
		if (rc != 0)
			return rc;
	}
#endif
	return layout_section(ld, index, shdr, section);
}

#if LLEXT_ARCH_LITERALS
/* Lay out the literals that belong to no one section of code. */
static int layout_first(struct load *ld)
{
	int rc = 0;

	if (ld->layout.literals == NULL)
		return 0;
	for (uint32_t i = 1; rc == 0 && i < ld->headers.section_count; i++) {
		step_point(ld, 1);
		if (ld->layout.literals[i] != LITERALS_FIRST)
			continue;
		ld->layout.literals[i] = i;
		rc = layout_section(ld, i, &ld->headers.shdrs[i], &ld->layout.sections[i]);
	}
	return rc;
}
#endif

/*
 * GNU ld writes a part of a script that has nothing but symbols as empty and without SHF_ALLOC.
 * Code counts from such symbols to their ends.
 */
static bool is_empty_part(const elf_shdr_t *shdr)
{
	return shdr->sh_flags == SHF_WRITE && shdr->sh_size == 0;
}

/* Sections from @index up to @end, loaded or not. */
static int layout_some(struct load *ld, uint32_t index, uint32_t end)
{
	const elf_shdr_t *shdr = ld->headers.shdrs + index;
	struct section *section = ld->layout.sections + index;
	int rc = 0;

	for (; rc == 0 && index < end; index++, shdr++, section++) {
		if (!is_paired(ld, index)) /* literals may be laid out already */
			section->region = LLEXT_MEM_COUNT;
		if ((shdr->sh_flags & SHF_ALLOC) || is_empty_part(shdr)) {
			rc = layout_in_order(ld, index, shdr, section);
			continue;
		}
		section->labels = 1 + (SYMBOL_UNLOADED | SYMBOL_EXACT);
		if (shdr->sh_flags & SHF_EXECINSTR)
			ld->file.executable_stack |=
				strcmp(checked_name(ld, shdr), ".note.GNU-stack") == 0;
	}
	return rc;
}

/* Likewise, most of them in a loop for common ones. */
static int layout_many(struct load *ld, uint32_t index, uint32_t end)
{
	int rc = 0;

	while (rc == 0 && index < end) {
		index = llext_layout_common(ld, index, end);
		if (index < end)
			rc = layout_some(ld, index, index + 1);
		index++;
	}
	return rc;
}

/*
 * True if that loop is worth its start, and every section goes to its region in the order of the
 * file.
 */
static bool has_many_common(const struct load *ld)
{
	return LLEXT_ON(CONFIG_LLEXT_QUICK) && !LLEXT_ARCH_LITERALS &&
	       ld->headers.section_count >= MANY && !is_pre_located(ld) &&
	       !llext_lays_out_alone(ld);
}

int llext_layout_sections(struct load *ld)
{
	bool many = has_many_common(ld);
	int rc = llext_in_place_open(ld);

#if LLEXT_ARCH_LITERALS
	if (rc == 0)
		rc = llext_literals_find(ld);
	if (rc == 0)
		rc = layout_first(ld);
#endif
	for (uint32_t i = ld->file.first, end; rc == 0 && i < ld->headers.section_count; i = end) {
		end = i + (uint32_t)step_share(ld, ld->headers.section_count - i, 1);
		step_point(ld, end - i);
		rc = (many ? layout_many : layout_some)(ld, i, end);
	}
	if (rc == 0 && ld->layout.tls != 0)
		rc = llext_tls_layout(ld);
	if (rc == 0 && ld->layout.array_count > 0) /* an unwind table ends its region */
		rc = llext_layout_arrays(ld);
	if (rc == 0)
		rc = llext_unwind_end(ld);
	if (rc == 0)
		llext_names_drop(ld);
	return rc;
}

/* ---- regions to blocks ---- */

int llext_layout_blocks(struct load *ld)
{
	if (domain_of(ld) != NULL)
		llext_sandbox_stack(ld);
	/* A shared object has no regions, and so no blocks. */
	for (unsigned int i = next_region(ld, 0); i < LLEXT_MEM_COUNT; i = next_region(ld, i + 1)) {
		struct region *region = &ld->layout.regions[i];
		struct memory_block *block =
			&ld->layout.blocks[region_block(ld, (enum llext_mem)i)];

		if (region->bytes == 0)
			continue;
		region->load = (elf_addr)aligned(block->bytes, region->align);
		block->bytes = (size_t)region->load + region->bytes;
		if (region->align > block->align)
			block->align = region->align;
	}
	for (int i = 0; i < BLOCK_COUNT; i++) {
		if (ld->layout.blocks[i].bytes != 0)
			llext_fit(ld, &ld->layout.blocks[i].bytes, &ld->layout.blocks[i].align);
	}
	return 0;
}
