/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections that are not part of a region: used where the loader's peek has them, or where the
 * caller has put them, or in memory of their own. Optional, see CONFIG_LLEXT_IN_PLACE: without it
 * every section is copied to its region.
 */
#include "../internal.h"
#include "../steps.h"

#if LLEXT_ON(CONFIG_LLEXT_IN_PLACE)

/* Most sections used in place, each a piece of its own; more are copied: pieces are searched. */
#define MAX_IN_PLACE 64

/* In the bytes of e_ident that have no meaning (gABI 4, EI_PAD): this buffer has been changed. */
#define MARK_OFFSET 9
#define MARK_BYTES  7
static const char mark[] = "changed";
_Static_assert(sizeof(mark) == MARK_BYTES + 1, "the mark does not fill e_ident");

/* Mark the sections that a relocation section applies to. */
int llext_in_place_open(struct load *ld)
{
	if (ld->ldr->storage == LLEXT_STORAGE_TEMPORARY) /* nothing can be used in place */
		return 0;
	if (ld->ldr->storage == LLEXT_STORAGE_WRITABLE) {
		if (memcmp(ld->file.ehdr.e_ident + MARK_OFFSET, mark, MARK_BYTES) == 0)
			return llext_fail(ld, -EBADMSG,
					  "a writable buffer that an earlier load has changed");
		ld->source.writable_ident =
			(uint8_t *)(uintptr_t)llext_source_peek(ld, 0, sizeof(elf_ehdr_t));
	}
	for (uint32_t i = 1; i < ld->headers.section_count; i++) {
		const elf_shdr_t *shdr = &ld->headers.shdrs[i];

		step_brief(ld, i);
		if (!is_relocation_table(shdr) || shdr->sh_size == 0 ||
		    shdr->sh_info >= ld->headers.section_count)
			continue;
		ld->layout.sections[shdr->sh_info].relocated = true;
		if (ld->headers.shdrs[shdr->sh_info].sh_flags & SHF_EXECINSTR)
			ld->layout.text_relocated = true;
	}
	return 0;
}

/* True if a section is used in a writable buffer, and its content will change. */
static bool changes_buffer(const struct load *ld)
{
	for (uint32_t i = 1; i < ld->layout.loaded_end; i++) {
		const struct section *section = &ld->layout.sections[i];

		step_brief(ld, i);
		if (is_in_place(section) &&
		    (section->relocated || section->region == LLEXT_MEM_DATA))
			return true;
	}
	return false;
}

/*
 * Relocations that are applied where the file has them, on top of the addend, cannot be applied
 * once more, and data that the extension has changed is no initial value. So such a buffer is good
 * for one load, whether that succeeds or not.
 */
void llext_in_place_begin(struct load *ld)
{
	if (ld->source.writable_ident != NULL && ld->layout.detached_count > 0 &&
	    !is_pre_located(ld) && changes_buffer(ld))
		memcpy(ld->source.writable_ident + MARK_OFFSET, mark, MARK_BYTES);
}

static int in_place_access(struct load *ld, const struct llext_extent *extent)
{
	if (llext_port.in_place == NULL)
		return llext_port.granule == 0 ? LLEXT_ACCESS_RX : -ENOTSUP;
	return llext_port.in_place(extent, llext_source_peek(ld, 0, 1),
				   ld->source.length == SIZE_MAX ? 0 : ld->source.length);
}

/* True if compiled code reaches from this piece to everything on the heaps and back. */
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

/*
 * Protection is given and taken by granules. Code in place that is loaded already would lose it
 * with the extension that is unloaded first, so what shares a granule with it is copied.
 */
static bool shares_granule(const struct load *ld, const struct llext_extent *extent)
{
	uintptr_t mask = granule_mask();
	uintptr_t low = extent->load & ~mask, high = (extent->load + extent->bytes - 1) | mask;

	if (mask == 0)
		return false;
	for (const struct llext *ext = step_first(ld); ext != NULL; ext = step_next(ld, ext)) {
		for (size_t i = 0; i < piece_count(ext->priv); i++) {
			const struct piece *piece = &pieces_of(ext->priv)[i];
			const struct llext_extent *other = &piece->extent;

			if (piece->guarded && piece->in_place && (other->load & ~mask) <= high &&
			    ((other->load + other->bytes - 1) | mask) >= low)
				return true;
		}
	}
	return false;
}

/* True if this section may be used where the loader's peek has it. */
static bool usable_in_place(struct load *ld, uint32_t index, enum llext_mem region)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];
	enum llext_storage_type storage = ld->ldr->storage;
	enum llext_access access = region == LLEXT_MEM_TEXT   ? LLEXT_ACCESS_RX
				   : region == LLEXT_MEM_DATA ? LLEXT_ACCESS_RW
							      : LLEXT_ACCESS_RO;
	const void *bytes;
	struct llext_extent extent;

	if (storage == LLEXT_STORAGE_TEMPORARY || shdr->sh_size == 0 ||
	    shdr->sh_type == SHT_NOBITS || ld->layout.detached_count >= MAX_IN_PLACE)
		return false;
	if (storage == LLEXT_STORAGE_PERSISTENT &&
	    (ld->layout.sections[index].relocated || access == LLEXT_ACCESS_RW))
		return false;
	if (storage == LLEXT_STORAGE_WRITABLE && ld->source.writable_ident == NULL)
		return false; /* see llext_in_place_begin() */
	/* Calls between code here and code there might not reach: all of it or none. */
	if (access == LLEXT_ACCESS_RX && ld->layout.text_relocated)
		return false;
	bytes = llext_source_peek(ld, (size_t)shdr->sh_offset, (size_t)shdr->sh_size);
	if (bytes == NULL || (shdr->sh_addralign > 1 && (uintptr_t)bytes % shdr->sh_addralign != 0))
		return false;
	extent = (struct llext_extent){(void *)(uintptr_t)bytes, (uintptr_t)bytes,
				       (size_t)shdr->sh_size};
	if (!within_reach(extent.load, extent.bytes))
		return false;
	ld->layout.sections[index].load = (elf_addr)extent.load;
	ld->layout.sections[index].mem = extent.mem;
	if (access != LLEXT_ACCESS_RX)
		return true;
	/* Protection would include what lies around the code. */
	if (llext_port.granule != 0 && storage == LLEXT_STORAGE_WRITABLE)
		return false;
	return !shares_granule(ld, &extent) && in_place_access(ld, &extent) >= 0;
}

int llext_layout_pre_located(struct load *ld, uint32_t index)
{
	struct section *section = &ld->layout.sections[index];

	/* A file that was not linked for an address has 0 here. */
	if (ld->headers.shdrs[index].sh_addr == 0 && ld->headers.shdrs[index].sh_size != 0)
		return llext_fail_section(ld, -ENOEXEC, index,
					  "pre-located, but the file gives it no address");
	section->storage = SECTION_IN_PLACE;
	section->load = ld->headers.shdrs[index].sh_addr;
	section->mem = (uint8_t *)(uintptr_t)section->load;
	ld->layout.detached_count++;
	return 0;
}

bool llext_layout_by_itself(struct load *ld, uint32_t index, enum llext_mem region)
{
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];
	struct section *section = &ld->layout.sections[index];
	bool apart;

	if (is_pre_located(ld) || region == LLEXT_MEM_EXPORT ||
	    (region >= LLEXT_MEM_PREINIT && region <= LLEXT_MEM_FINI))
		return false;
	apart = ld->param->section_detached != NULL && ld->param->section_detached(shdr) &&
		shdr->sh_size != 0;
	if (usable_in_place(ld, index, region))
		section->storage = apart ? SECTION_IN_PLACE_APART : SECTION_IN_PLACE;
	else if (apart)
		section->storage = SECTION_DETACHED;
	else
		return false;
	section->region = (uint8_t)region;
	ld->layout.detached_count++;
	return true;
}

/* ---- memory ---- */

/* True if a section of this region, other than an unwind table, is on the heap. */
static bool is_copied(const struct load *ld, enum llext_mem region)
{
	for (uint32_t i = 1; i < ld->layout.loaded_end; i++) {
		const struct section *section = &ld->layout.sections[i];

		step_brief(ld, i);
		if (section->region == region && is_in_region(section) &&
		    ld->headers.shdrs[i].sh_size != 0 &&
		    !llext_is_unwind_table(ld, &ld->headers.shdrs[i]))
			return true;
	}
	return false;
}

/*
 * A region has one span: on the heap, or, if all of its sections are there, in the loader's memory.
 */
static void widen(struct load *ld, enum llext_mem region, uintptr_t load, size_t bytes)
{
	struct llext *ext = ld->ext;

	if (ext->mem_on_heap[region]) {
		if (is_copied(ld, region))
			return;
		ext->mem_on_heap[region] = false;
		ext->mem_size[region] = 0;
	}
	llext_widen_region(ext, region, load, bytes);
}

int llext_place_alone(struct load *ld, uint32_t index)
{
	struct section *section = &ld->layout.sections[index];
	const elf_shdr_t *shdr = &ld->headers.shdrs[index];
	enum llext_access access = llext_region_access(ld, (enum llext_mem)section->region);
	size_t bytes = (size_t)shdr->sh_size, align = (size_t)shdr->sh_addralign;
	struct llext_extent extent = {section->mem, (uintptr_t)section->load, bytes};
	struct piece *piece;
	int rc = 0;

	if (section->storage == SECTION_DETACHED) {
		llext_fit(ld, &bytes, &align);
		rc = llext_allocate_piece(ld, llext_section_name(ld, index), access, bytes, align,
					  &extent);
		section->mem = extent.mem;
		section->load = (elf_addr)extent.load;
		return rc;
	}
	piece = llext_add_piece(ld, &extent, access);
	if (piece == NULL)
		return -ENOMEM;
	piece->in_place = true;
	if (!is_pre_located(ld) && access == LLEXT_ACCESS_RX) {
		rc = in_place_access(ld, &extent);
		piece->before = (uint8_t)(rc >= 0 ? rc : LLEXT_ACCESS_RO);
		rc = rc < 0 ? rc : 0;
	}
	if (section->storage == SECTION_IN_PLACE)
		widen(ld, (enum llext_mem)section->region, extent.load, bytes);
	return rc;
}

#endif /* CONFIG_LLEXT_IN_PLACE */
