/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Executables: linked for fixed addresses, at which their segments must lie. The port says whether
 * these are free. Nothing is relocated, so there can be no imports.
 */
#include "../internal.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_EXECUTABLE)
#if LLEXT_ON(CONFIG_LLEXT_STEPS)
#include <llext/steps.h>
#endif

/* Segments with the same access in the same granules, which are claimed together. */
struct run {
	elf_addr start, last; /* addresses, the last one included */
	size_t first, end;    /* segments: [first, end) */
	uint8_t access;
};

static struct run run_from(const struct load *ld, size_t first)
{
	elf_addr mask = granule_mask();
	const struct segment *segment = &ld->segments[first];
	struct run run = {segment->vaddr & ~mask, (segment->vaddr + segment->memsz - 1) | mask,
			  first, first + 1, segment->access};

	for (; run.end < ld->linked.segment_count; run.end++) {
		segment = &ld->segments[run.end];
		if (segment->access != run.access || (segment->vaddr & ~mask) > run.last)
			break;
		run.last = (segment->vaddr + segment->memsz - 1) | mask;
	}
	return run;
}

/* Report that the range is not free, because of @occupant, which starts at @from. */
static int fail_range(const struct load *ld, int error, const char *what, const struct run *run,
		      const char *occupant, elf_addr from)
{
	error = llext_fail(ld, error, what);
	llext_diag_section_name(llext_access_name(run->access));
	llext_diag_symbol_name(occupant);
	(void)occupant;
	return llext_diag_sizes(llext_diag_offset(error, (size_t)run->start), (size_t)run->last,
				(size_t)from);
}

/* ---- layout ---- */

static bool overlaps(const struct run *run, elf_addr start, elf_addr last)
{
	return run->start <= last && start <= run->last;
}

static int check_heap(const struct load *ld, const struct run *run, enum llext_heap heap)
{
	elf_addr low, high;

	llext_heap_range(heap, &low, &high);
	return overlaps(run, low, high - 1) ? fail_range(ld, -EBUSY, "the address range is taken",
							 run, "LLEXT heap", low)
					    : 0;
}

static int check_extension(const struct load *ld, const struct run *run, const struct llext *ext)
{
	for (size_t i = 0; i < piece_count(ext->priv); i++) {
		const struct llext_extent *extent = &pieces_of(ext->priv)[i].extent;
		elf_addr start = (elf_addr)extent->load;

		if (extent->bytes != 0 &&
		    overlaps(run, start, start + (elf_addr)(extent->bytes - 1)))
			return fail_range(ld, -EBUSY, "the address range is taken", run, ext->name,
					  start);
	}
	return 0;
}

static int check_run(const struct load *ld, const struct run *run)
{
	int rc;

	if (run->last - run->start >= SIZE_MAX / 4)
		return llext_fail_span(ld);
	rc = check_heap(ld, run, LLEXT_HEAP_DATA);
	if (rc == 0)
		rc = check_heap(ld, run, LLEXT_HEAP_INSTR);
	for (const struct llext *ext = step_first(ld); rc == 0 && ext != NULL;
	     ext = step_next(ld, ext))
		rc = check_extension(ld, run, ext);
#if LLEXT_ON(CONFIG_LLEXT_STEPS)
	/* Last, so that nobody else can come in between: what other loads in steps have. */
	for (unsigned int i = 0; rc == 0 && i < LLEXT_LOAD_STEPS_MOST; i++) {
		const struct llext *ext = llext_steps_loading(i);

		if (ext != NULL && ext != ld->ext)
			rc = check_extension(ld, run, ext);
	}
#endif
	return rc;
}

/*
 * Refuse a file that leaves work to a dynamic linker: there is none. All that a static link leaves
 * is the relocations of indirect functions, which its start-up code would choose.
 */
static int check_static(const struct load *ld)
{
	uint32_t relocations = 0;

	for (uint32_t i = 1; i < ld->headers.section_count; i++) {
		const elf_shdr_t *shdr = &ld->headers.shdrs[i];

		step_brief(ld, i);
		if (!(shdr->sh_flags & SHF_ALLOC) || shdr->sh_size == 0)
			continue;
		if (shdr->sh_type == SHT_DYNAMIC)
			return llext_fail_section(ld, -ENOTSUP, i,
						  "an executable must be linked statically");
		if (shdr->sh_type == SHT_REL || shdr->sh_type == SHT_RELA ||
		    shdr->sh_type == SHT_RELR)
			relocations = i;
	}
	if (relocations != 0)
		return llext_fail_section(ld, -ENOTSUP, relocations,
					  "indirect functions are not supported");
	return 0;
}

int llext_executable_layout(struct load *ld)
{
	int rc = check_static(ld);

	ld->linked.image_low = 0; /* addresses are final */
	if (rc != 0 || is_pre_located(ld))
		return rc;
	if (llext_port.claim == NULL)
		return llext_fail(ld, -ENOTSUP,
				  "an executable needs a port that can claim its addresses");
	for (size_t i = 0; rc == 0 && i < ld->linked.segment_count;) {
		struct run run = run_from(ld, i);

		rc = check_run(ld, &run);
		i = run.end;
	}
	return rc;
}

/* ---- symbols ---- */

int llext_executable_imports(struct load *ld)
{
	const uint8_t missing = SYMBOL_IMPORT | SYMBOL_UNLOADED;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < ld->symbols.count; i++) {
		step_brief(ld, i);
		if ((ld->symbols.flags[i] & missing) == missing)
			rc = llext_import_missing(ld, i);
	}
	return rc;
}

/* ---- memory ---- */

static int claim(struct load *ld, const struct run *run, struct llext_extent *extent)
{
	const char *occupant = NULL;
	struct piece *block;
	int rc = is_stepped(ld) ? check_run(ld, run) : 0; /* once more: others may have come */

	if (rc != 0)
		return rc;
	*extent = (struct llext_extent){(void *)(uintptr_t)run->start, (uintptr_t)run->start,
					(size_t)(run->last - run->start) + 1};
	rc = llext_port.claim(extent, (enum llext_access)run->access, &occupant);
	if (rc != 0)
		return fail_range(ld, rc < 0 ? rc : -EIO, "the port does not give the addresses",
				  run, occupant != NULL ? occupant : "", run->start);
	block = llext_add_piece(ld, extent, LLEXT_ACCESS_RW);
	if (block == NULL) {
		if (llext_port.release != NULL)
			llext_port.release(extent);
		return -ENOMEM;
	}
	block->claimed = true;
	return 0;
}

/* True for memory that takes whole words only. */
static bool by_words(uint8_t access)
{
	return access == LLEXT_ACCESS_RX && llext_code_by_words(LLEXT_MEM_TEXT);
}

static int read_segment(struct load *ld, const struct segment *segment, uint8_t *mem)
{
	size_t offset = (size_t)segment->offset, bytes = (size_t)segment->filesz;

	return by_words(segment->access) ? llext_code_load(ld, offset, mem, bytes)
					 : llext_source_read(ld, offset, mem, bytes);
}

/* Make the part of a block that is a read-only or executable segment a piece of its own. */
static int add_guarded(struct load *ld, const struct run *run, const struct llext_extent *block)
{
	const struct segment *segment = &ld->segments[run->first];
	struct llext_extent extent = *block;
	uint8_t access = run->access;

	if (access == LLEXT_ACCESS_RW) {
		elf_addr relro = llext_relro_split(ld, segment);

		if (relro == 0)
			return 0;
		extent.bytes = (size_t)(segment->vaddr + relro - run->start);
		access = LLEXT_ACCESS_RO;
	}
	return llext_add_piece(ld, &extent, (enum llext_access)access) != NULL ? 0 : -ENOMEM;
}

static int place_run(struct load *ld, const struct run *run)
{
	struct llext_extent block;
	int rc = claim(ld, run, &block);

	if (rc != 0)
		return rc;
	if (by_words(run->access))
		llext_code_clear(ld, block.mem, block.bytes);
	else
		step_clear(ld, block.mem, block.bytes);
	for (size_t i = run->first; rc == 0 && i < run->end; i++)
		rc = read_segment(ld, &ld->segments[i],
				  (uint8_t *)block.mem +
					  (size_t)(ld->segments[i].vaddr - run->start));
	return rc == 0 ? add_guarded(ld, run, &block) : rc;
}

static void place_section(struct load *ld, uint32_t index)
{
	struct section *section = &ld->layout.sections[index];
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];
	size_t room;

	section->mem = llext_write_address(ld->ext, section->load, &room);
	if (shdr->sh_size != 0)
		llext_widen_region(ld->ext, (enum llext_mem)section->region,
				   (uintptr_t)section->load, (size_t)shdr->sh_size);
}

int llext_executable_place(struct load *ld)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ld->linked.segment_count;) {
		struct run run = run_from(ld, i);

		rc = place_run(ld, &run);
		i = run.end;
	}
	for (uint32_t i = 1; rc == 0 && i < ld->headers.section_count; i++) {
		step_point(ld, 1);
		if (ld->layout.sections[i].region != LLEXT_MEM_COUNT)
			place_section(ld, i);
	}
	return rc;
}

#endif /* CONFIG_LLEXT_TYPE_ELF_EXECUTABLE */
