/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: the extension's own structure, its blocks on the heaps, and the bytes of the file in
 * them. llext_unplace() undoes all of it, whole or half done.
 */
#include "internal.h"

static enum llext_access block_access(enum block block)
{
	static const uint8_t access[BLOCK_COUNT] = {LLEXT_ACCESS_RX, LLEXT_ACCESS_RO,
						    LLEXT_ACCESS_RW};

	return (enum llext_access)access[block];
}

/* ---- the extension's own structure, one allocation ---- */

static size_t piece_count(const struct load *ld)
{
	if (is_linked(ld))
		/* Blocks, and the segments in them, of which one may be split. */
		return is_executable(ld) ? 2 * ld->segment_count : ld->segment_count + 2;
	return BLOCK_COUNT + ld->detached_count;
}

size_t llext_extension_bytes(const struct load *ld)
{
	return sizeof(struct llext) + sizeof(struct llext_private) +
	       piece_count(ld) * sizeof(struct piece);
}

static int create(struct load *ld, const char *name)
{
	size_t name_bytes = strlen(name) + 1, fixed = llext_extension_bytes(ld);
	struct llext_private *priv;

	ld->ext = llext_heap_alloc(LLEXT_HEAP_DATA, fixed + name_bytes, 0);
	if (ld->ext == NULL)
		return llext_fail(ld, -ENOMEM, "the data heap has no room for the extension");
	memset(ld->ext, 0, fixed);
	priv = (struct llext_private *)(ld->ext + 1);
	priv->pieces = (struct piece *)(priv + 1);
	priv->ctors_bytes = ld->ctors_bytes;
	priv->dtors_bytes = ld->dtors_bytes;
	ld->piece_room = piece_count(ld);
	ld->ext->priv = priv;
	ld->ext->name = memcpy(priv->pieces + ld->piece_room, name, name_bytes);
	ld->ext->alloc_size = fixed + name_bytes;
	return 0;
}

struct piece *llext_add_piece(struct load *ld, const struct llext_extent *extent,
			      enum llext_access access)
{
	struct llext_private *priv = ld->ext->priv;
	struct piece *piece = &priv->pieces[priv->piece_count];

	if (priv->piece_count == ld->piece_room)
		return NULL;
	priv->piece_count++;
	*piece = (struct piece){.extent = *extent, .access = (uint8_t)access};
	return piece;
}

static int no_memory(struct load *ld, const char *what, size_t bytes, enum llext_heap heap)
{
	struct llext_heap_stats stats;
	int rc = llext_fail(ld, -ENOMEM,
			    heap == LLEXT_HEAP_INSTR && !llext_heap_shared()
				    ? "the instruction heap has no free piece of this size"
				    : "the heap has no free piece of this size");

	(void)llext_heap_stats(heap, &stats);
	llext_diag_section_name(what);
	llext_diag_values((int64_t)bytes, (int64_t)stats.largest_free);
	(void)what;
	(void)bytes;
	return rc;
}

/* Allocate a piece of its own. */
int llext_allocate_piece(struct load *ld, const char *what, enum llext_access access, size_t bytes,
			 size_t align, struct llext_extent *extent)
{
	enum llext_heap heap = access == LLEXT_ACCESS_RX ? LLEXT_HEAP_INSTR : LLEXT_HEAP_DATA;
	struct piece *piece;

	*extent =
		(struct llext_extent){.mem = llext_heap_alloc(heap, bytes, align), .bytes = bytes};
	if (extent->mem == NULL)
		return no_memory(ld, what, bytes, heap);
	extent->load = llext_heap_load_address(heap, extent->mem);
	piece = llext_add_piece(ld, extent, access);
	if (piece == NULL) {
		llext_heap_free(heap, extent->mem);
		return -ENOMEM;
	}
	piece->owned = true;
	piece->heap = (uint8_t)heap;
	ld->ext->alloc_size += bytes;
	return 0;
}

/* A region consists of sections scattered about: give the span that holds them. */
void llext_widen_region(struct llext *ext, enum llext_mem region, uintptr_t load, size_t bytes)
{
	uintptr_t low = (uintptr_t)ext->mem[region], high = low + ext->mem_size[region];

	if (bytes == 0)
		return;
	if (ext->mem_size[region] == 0 || load < low)
		low = load;
	if (ext->mem_size[region] == 0 || load + bytes > high)
		high = load + bytes;
	ext->mem[region] = (void *)low;
	ext->mem_size[region] = high - low;
}

/* ---- relocatable files ---- */

static int allocate_blocks(struct load *ld, struct llext_extent blocks[BLOCK_COUNT])
{
	static const char *const names[BLOCK_COUNT] = {"text", "read-only data", "data"};

	for (int i = 0; i < BLOCK_COUNT; i++) {
		int rc;

		if (ld->blocks[i].bytes == 0)
			continue;
		rc = llext_allocate_piece(ld, names[i], block_access((enum block)i),
					  ld->blocks[i].bytes, ld->blocks[i].align, &blocks[i]);
		if (rc != 0)
			return rc;
	}
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		const struct region *region = &ld->regions[i];

		if (region->bytes == 0)
			continue;
		ld->ext->mem[i] = (void *)(blocks[llext_region_block((enum llext_mem)i)].load +
					   region->offset);
		ld->ext->mem_size[i] = region->bytes;
		ld->ext->mem_on_heap[i] = true;
	}
	return 0;
}

static void clear(enum llext_mem region, uint8_t *mem, size_t bytes)
{
	if (llext_code_by_words(region))
		llext_code_write(mem, NULL, bytes);
	else
		memset(mem, 0, bytes);
}

static int read_section(struct load *ld, uint32_t index)
{
	const elf_shdr_t *shdr = &ld->shdrs[index];
	enum llext_mem region = (enum llext_mem)ld->sections[index].region;
	uint8_t *mem = ld->sections[index].mem;

	if (shdr->sh_type != SHT_NOBITS && llext_code_by_words(region))
		return llext_code_load(ld, (size_t)shdr->sh_offset, mem, (size_t)shdr->sh_size);
	if (shdr->sh_type != SHT_NOBITS) {
		int rc = llext_source_read(ld, (size_t)shdr->sh_offset, mem, (size_t)shdr->sh_size);

		if (rc == 0)
			llext_padding_cut(ld, index);
		return rc;
	}
	clear(region, mem, (size_t)shdr->sh_size);
	return 0;
}

static int place_in_region(struct load *ld, uint32_t index,
			   const struct llext_extent blocks[BLOCK_COUNT])
{
	struct section *section = &ld->sections[index];
	const elf_shdr_t *shdr = &ld->shdrs[index];
	struct region *region = &ld->regions[section->region];
	const struct llext_extent *block =
		&blocks[llext_region_block((enum llext_mem)section->region)];
	size_t offset = (size_t)section->load;
	uint8_t *start;

	if (block->mem == NULL) /* an empty section, and nothing else of its kind */
		return 0;
	start = (uint8_t *)block->mem + region->offset;
	section->mem = start + offset;
	section->load = (elf_addr)(block->load + region->offset + offset);
	if (offset > region->filled) /* nothing of what was there before shows in the gaps */
		clear((enum llext_mem)section->region, start + region->filled,
		      offset - region->filled);
	if (offset + shdr->sh_size > region->filled)
		region->filled = offset + (size_t)shdr->sh_size;
	return read_section(ld, index);
}

static int place_alone(struct load *ld, uint32_t index)
{
	struct section *section = &ld->sections[index];
	const elf_shdr_t *shdr = &ld->shdrs[index];
	enum llext_access access =
		block_access(llext_region_block((enum llext_mem)section->region));
	size_t bytes = (size_t)shdr->sh_size, align = (size_t)shdr->sh_addralign;
	struct llext_extent extent = {section->mem, (uintptr_t)section->load, bytes};
	struct piece *piece;
	int rc = 0;

	if (section->storage == SECTION_DETACHED) {
		llext_fit(&bytes, &align);
		rc = llext_allocate_piece(ld, llext_section_name(ld, index), access, bytes, align,
					  &extent);
		section->mem = extent.mem;
		section->load = (elf_addr)extent.load;
		return rc != 0 ? rc : read_section(ld, index);
	}
	piece = llext_add_piece(ld, &extent, access);
	if (piece == NULL)
		return -ENOMEM;
	piece->in_place = true;
	if (!ld->param->pre_located && access == LLEXT_ACCESS_RX) {
		rc = llext_in_place_access(ld, &extent);
		piece->before = (uint8_t)(rc >= 0 ? rc : LLEXT_ACCESS_RO);
		rc = rc < 0 ? rc : 0;
	}
	llext_widen_region(ld->ext, (enum llext_mem)section->region, extent.load, bytes);
	return rc;
}

/* What no section fills: room for common symbols, GOT, veneers, the end of an unwind table. */
static void clear_ends(struct load *ld, const struct llext_extent blocks[BLOCK_COUNT])
{
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		const struct region *region = &ld->regions[i];
		const struct llext_extent *block = &blocks[llext_region_block((enum llext_mem)i)];

		if (region->bytes > region->filled)
			clear((enum llext_mem)i,
			      (uint8_t *)block->mem + region->offset + region->filled,
			      region->bytes - region->filled);
	}
}

static void place_slots(struct slots *slots, const struct load *ld, enum llext_mem region,
			const struct llext_extent blocks[BLOCK_COUNT])
{
	const struct llext_extent *block = &blocks[llext_region_block(region)];
	size_t offset = (size_t)slots->load + ld->regions[region].offset;

	slots->mem = (uint8_t *)block->mem + offset;
	slots->load = (elf_addr)(block->load + offset);
}

static int place_sections(struct load *ld)
{
	struct llext_extent blocks[BLOCK_COUNT] = {0};
	int rc = allocate_blocks(ld, blocks);

	for (uint32_t i = 1; rc == 0 && i < ld->section_count; i++) {
		const struct section *section = &ld->sections[i];

		if (section->region == LLEXT_MEM_COUNT)
			continue;
		if (section->storage == SECTION_IN_REGION && !ld->param->pre_located)
			rc = place_in_region(ld, i, blocks);
		else
			rc = place_alone(ld, i);
	}
	if (rc != 0 || ld->param->pre_located)
		return rc;
	clear_ends(ld, blocks);
	if (ld->got.count > 0)
		place_slots(&ld->got, ld, LLEXT_MEM_RODATA, blocks);
	else
		ld->got.load = llext_handle(ld->ext);
	if (ld->veneers.count > 0)
		place_slots(&ld->veneers, ld, LLEXT_MEM_TEXT, blocks);
	return 0;
}

int llext_place(struct load *ld, const char *name)
{
	int rc = create(ld, name);

	if (rc == 0)
		rc = is_linked(ld) ? llext_place_segments(ld) : place_sections(ld);
	return rc;
}

/* Write the GOT entries and veneers, now that every symbol has its value. */
void llext_fill_slots(struct load *ld)
{
	for (size_t i = 0; i < ld->got.count && ld->got.mem != NULL; i++)
		memcpy(ld->got.mem + i * sizeof(elf_addr), &ld->values[ld->got.symbols[i]],
		       sizeof(elf_addr));
	for (size_t i = 0; i < ld->veneers.count && ld->veneers.mem != NULL; i++) {
		size_t offset = i * llext_arch.veneer_bytes;
		uint8_t copy[MAX_VENEER], *mem = ld->veneers.mem + offset;
		bool by_words = llext_code_by_words(LLEXT_MEM_TEXT);

		llext_arch_veneer(by_words ? copy : mem, ld->veneers.load + (elf_addr)offset,
				  ld->values[ld->veneers.symbols[i]]);
		if (by_words)
			llext_code_write(mem, copy, llext_arch.veneer_bytes);
	}
}

int llext_unplace(struct llext *ext)
{
	struct llext_private *priv = ext->priv;
	int rc = llext_unprotect(ext);

	/* Memory that could not be made writable again is of no use to anybody: it is kept. */
	for (size_t i = 0; rc == 0 && i < priv->piece_count; i++) {
		const struct piece *piece = &priv->pieces[i];

		if (piece->owned)
			llext_heap_free((enum llext_heap)piece->heap, piece->extent.mem);
		else if (CONFIG_LLEXT_TYPE_ELF_EXECUTABLE && piece->claimed &&
			 llext_port.release != NULL)
			llext_port.release(&piece->extent);
	}
	llext_exit_functions_run(ext, false);
	llext_heap_free(LLEXT_HEAP_DATA, priv->export_table);
	llext_heap_free(LLEXT_HEAP_DATA, priv->dependency_table);
	llext_inspect_drop(ext);
	llext_heap_free(LLEXT_HEAP_DATA, ext);
	return rc;
}

/* ---- questions about a placed extension ---- */

/* The piece that a load address lies in, and how far in; NULL: none. */
static const struct piece *piece_at(const struct llext *ext, elf_addr load, size_t *offset)
{
	const struct llext_private *priv = ext->priv;

	/* Of a shared object, the block comes before the segments in it, which say more. */
	for (size_t i = priv->piece_count; i-- > 0;) {
		const struct llext_extent *extent = &priv->pieces[i].extent;

		*offset = (size_t)(elf_addr)(load - (elf_addr)extent->load);
		if (*offset < extent->bytes)
			return &priv->pieces[i];
	}
	return NULL;
}

uint8_t *llext_write_address(const struct llext *ext, elf_addr load, size_t *bytes)
{
	size_t offset;
	const struct piece *piece = piece_at(ext, load, &offset);

	if (piece == NULL)
		return NULL;
	*bytes = piece->extent.bytes - offset;
	return (uint8_t *)piece->extent.mem + offset;
}

const uint8_t *llext_constant_address(const struct llext *ext, elf_addr load, size_t *bytes)
{
	size_t offset;
	const struct piece *piece = piece_at(ext, load, &offset);

	return piece != NULL && piece->access != LLEXT_ACCESS_RW
		       ? llext_write_address(ext, load, bytes)
		       : NULL;
}

bool llext_contains(const struct llext *ext, elf_addr address)
{
	size_t bytes;

	return llext_write_address(ext, address, &bytes) != NULL;
}

size_t llext_code_room(const struct llext *ext, uintptr_t address)
{
	for (size_t i = 0; i < ext->priv->piece_count; i++) {
		const struct piece *piece = &ext->priv->pieces[i];
		uintptr_t offset = address - piece->extent.load;

		if (piece->access == LLEXT_ACCESS_RX && offset < piece->extent.bytes)
			return piece->extent.bytes - offset;
	}
	return 0;
}

bool llext_in_text(const struct llext *ext, elf_addr address)
{
	return llext_code_room(ext, (uintptr_t)code_address(address)) != 0;
}

elf_addr llext_handle(const struct llext *ext)
{
	return ext->priv->piece_count != 0 ? (elf_addr)ext->priv->pieces[0].extent.load
					   : (elf_addr)(uintptr_t)ext;
}
