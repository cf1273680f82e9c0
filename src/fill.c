/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of the file in an extension's memory. Sections that are neighbours in the file and in
 * memory are read as one; what has no bytes in the file is cleared.
 */
#include "internal.h"
#include "steps.h"

static inline void clear(const struct load *ld, enum llext_mem region, uint8_t *mem, size_t bytes)
{
	if (llext_code_by_words(region))
		llext_code_clear(ld, mem, bytes);
	else if (is_stepped(ld))
		llext_step_clear(ld, mem, bytes);
	else if (bytes % sizeof(uint32_t) == 0 && (uintptr_t)mem % sizeof(uint32_t) == 0)
		llext_clear_words(mem, bytes);
	else
		memset(mem, 0, bytes);
}

/* Clear the gap up to @end, so that the extension cannot see what was in that memory before. */
static inline void clear_up_to(struct load *ld, enum llext_mem region, size_t end)
{
	struct region *r = &ld->layout.regions[region];

	if (end > r->filled)
		clear(ld, region, region_mem(r) + r->filled, end - r->filled);
}

static int read_bytes(struct load *ld, enum llext_mem region, size_t offset, uint8_t *mem,
		      size_t bytes)
{
	return llext_code_by_words(region) ? llext_code_load(ld, offset, mem, bytes)
					   : llext_source_copy(ld, offset, mem, bytes);
}

/*
 * Where speed is worth the code: sections that are to be read as one, since they lie behind each
 * other, without gaps, in the file and in their region.
 */
struct section_run {
	size_t start, end; /* in the file; the end of none is NO_RUN */
	uint8_t *mem;
	uint8_t region;
};

#define NO_RUN SIZE_MAX

static int read_run(struct load *ld, struct section_run *run)
{
	struct region *region = &ld->layout.regions[run->region];
	size_t bytes = run->end - run->start;

	if (!LLEXT_ON(CONFIG_LLEXT_QUICK) || run->end == NO_RUN)
		return 0;
	run->end = NO_RUN;
	region->filled = (size_t)(run->mem - region_mem(region)) + bytes;
	return read_bytes(ld, (enum llext_mem)run->region, run->start, run->mem, bytes);
}

/* A gap in the file may have other sections' bytes, and one in memory has to be cleared. */
static inline bool joins_run(const struct section_run *run, const struct section *section,
			     const elf_shdr_t *shdr)
{
	size_t offset = (size_t)shdr->sh_offset;

	return LLEXT_ON(CONFIG_LLEXT_QUICK) && offset == run->end &&
	       (uintptr_t)section->mem - (uintptr_t)run->mem == offset - run->start &&
	       section->region == run->region && is_in_region(section) &&
	       shdr->sh_type != SHT_NOBITS;
}

/* Read a section that has bytes, or have it read with those behind it. */
static int read_section(struct load *ld, const elf_shdr_t *shdr, const struct section *section,
			struct section_run *run)
{
	size_t offset = (size_t)shdr->sh_offset, bytes = (size_t)shdr->sh_size;
	bool cut = LLEXT_ARCH_PADDING && ld->made.paddings.count > 0;
	int rc;

	rc = read_run(ld, run);
	if (rc != 0)
		return rc;
	if (is_in_region(section)) {
		struct region *region = &ld->layout.regions[section->region];
		size_t start = (size_t)(section->mem - region_mem(region)), end = start + bytes;

		clear_up_to(ld, (enum llext_mem)section->region, start);
		/* Sections of arrays are not in the file's order. */
		if (end > region->filled) {
			if (LLEXT_ON(CONFIG_LLEXT_QUICK) && !cut) {
				*run = (struct section_run){offset, offset + bytes, section->mem,
							    section->region};
				return 0;
			}
			region->filled = end;
		}
	}
	rc = read_bytes(ld, (enum llext_mem)section->region, offset, section->mem, bytes);
	if (cut && rc == 0)
		llext_padding_cut(ld, (uint32_t)(shdr - ld->headers.shdrs));
	return rc;
}

static int fill_section(struct load *ld, const elf_shdr_t *shdr, const struct section *section,
			struct section_run *run)
{
	if (shdr->sh_type != SHT_NOBITS)
		return read_section(ld, shdr, section, run);
	if (!is_in_region(section)) /* others are cleared as a gap, later */
		clear(ld, (enum llext_mem)section->region, section->mem, (size_t)shdr->sh_size);
	return 0;
}

/* If data is read anew, code and constants need not be: the domain cannot write to them. */
static bool is_to_be_filled(const struct load *ld, unsigned int region)
{
	return !is_refill(ld) || region_block(ld, (enum llext_mem)region) == BLOCK_DATA;
}

/* Apply a table of a packed file, to sections that lie before it. */
static int relocate_behind(struct load *ld, const elf_shdr_t *shdr, struct section_run *run)
{
	int rc = read_run(ld, run);

	return rc == 0 ? llext_relocate_table(ld, (uint32_t)(shdr - ld->headers.shdrs)) : rc;
}

/*
 * Sections from @index up to @end. Tables of a packed file are applied as they come: its source may
 * be unable to seek back. Not inlined: the loop needs all registers.
 */
static __attribute__((noinline)) int fill_sections(struct load *ld, uint32_t index, uint32_t end,
						   struct section_run *run)
{
	const struct section *section = ld->layout.sections + index;
	const elf_shdr_t *shdr = ld->headers.shdrs + index, *stop = ld->headers.shdrs + end;
	int rc = 0;

	for (; rc == 0 && shdr < stop; shdr++, section++) {
		if (section->region == LLEXT_MEM_COUNT) {
			if (is_packed(ld) && is_relocation_table(shdr))
				rc = relocate_behind(ld, shdr, run);
		} else if (joins_run(run, section, shdr)) {
			run->end += (size_t)shdr->sh_size;
		} else if (!is_in_place(section) && section->mem != NULL && shdr->sh_size != 0 &&
			   is_to_be_filled(ld, section->region)) {
			rc = fill_section(ld, shdr, section, run);
		}
	}
	return rc;
}

int llext_fill(struct load *ld)
{
	uint32_t end = ld->file.tables_end > ld->layout.loaded_end ? ld->file.tables_end
								   : ld->layout.loaded_end;
	struct section_run run = {0, NO_RUN, NULL, 0};
	uint32_t stop;
	int rc = 0;

	if (is_linked(ld)) /* its segments have been read when they were placed */
		return 0;
	llext_in_place_begin(ld);
	for (uint32_t i = 1; rc == 0 && i < end; i = stop) {
		stop = i + (uint32_t)step_share(ld, end - i, 1);
		step_point(ld, stop - i);
		rc = fill_sections(ld, i, stop, &run);
	}
	if (rc == 0)
		rc = read_run(ld, &run);
	/* Room for common symbols, GOT, veneers, the end of an unwind table. */
	if (rc == 0) {
		for (unsigned int i = next_region(ld, 0); i < LLEXT_MEM_COUNT;
		     i = next_region(ld, i + 1)) {
			if (is_to_be_filled(ld, i))
				clear_up_to(ld, (enum llext_mem)i, ld->layout.regions[i].bytes);
		}
	}
	return rc;
}
