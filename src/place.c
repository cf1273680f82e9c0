/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of an extension: its structure, and its blocks on the heaps. llext_unplace() undoes all of
 * this, even if it is only half done.
 */
#include "internal.h"
#include "steps.h"

/* In a load in steps, memory from a heap counts as so many items, and more where it has holes. */
#define ALLOCATION_UNITS 100

static enum llext_access block_access(enum block block)
{
	return block == BLOCK_TEXT     ? LLEXT_ACCESS_RX
	       : block == BLOCK_RODATA ? LLEXT_ACCESS_RO
				       : LLEXT_ACCESS_RW;
}

enum llext_access llext_region_access(const struct load *ld, enum llext_mem region)
{
	return block_access(region_block(ld, region));
}

/* ---- the extension's own structure, one allocation ---- */

static size_t piece_room(const struct load *ld)
{
	if (ONE_PIECE)
		return 1;
	/* Each segment is a piece, and its block; one of the segments may be split. */
	if (is_executable(ld))
		return 2 * ld->linked.segment_count;
	if (is_shared_object(ld))
		return ld->linked.segment_count + 2;
	return BLOCK_COUNT + ld->layout.detached_count;
}

static inline size_t extension_bytes(size_t pieces)
{
	return TABLE_BYTES(llext) + TABLE_BYTES(llext_private) + pieces * TABLE_BYTES(piece);
}

size_t llext_extension_bytes(const struct load *ld)
{
	return extension_bytes(piece_room(ld));
}

static int create(struct load *ld)
{
	static struct llext
		*const none[LLEXT_ON(CONFIG_LLEXT_DEPENDENCIES) ? LLEXT_MAX_DEPENDENCIES + 1 : 1];
	size_t name_bytes = strlen(ld->name) + 1, pieces = piece_room(ld);
	size_t fixed =
		sizeof(struct llext) + sizeof(struct llext_private) + pieces * sizeof(struct piece);
	size_t bytes = extension_bytes(pieces) + name_bytes;
	struct llext_private *priv;

	if (ld->ext != NULL) /* it is loaded, and its data is read anew */
		return 0;
	ld->ext = llext_table_alloc(bytes, fixed + name_bytes);
	if (ld->ext == NULL)
		return llext_fail(ld, -ENOMEM, "the data heap has no room for the extension");
	llext_clear_words(ld->ext, fixed);
	priv = (struct llext_private *)(ld->ext + 1);
	if (!ONE_PIECE)
		priv->pieces = (struct piece *)(priv + 1);
	if (LLEXT_ON(CONFIG_LLEXT_QUICK))
		priv->name_tag = llext_name_tag(ld->name, name_bytes - 1);
	ld->layout.piece_room = pieces;
	ld->ext->priv = priv;
	ld->ext->dependency = none;
	ld->ext->name = memcpy((uint8_t *)ld->ext + fixed, ld->name, name_bytes);
	ld->ext->alloc_size = bytes;
	return 0;
}

static struct piece *add_piece(struct load *ld, const struct llext_extent *extent,
			       enum llext_access access)
{
	struct llext_private *priv = ld->ext->priv;
	struct piece *piece = &pieces_of(priv)[ONE_PIECE ? 0 : priv->piece_count];

	if (!ONE_PIECE && priv->piece_count == ld->layout.piece_room)
		return NULL;
	if (!ONE_PIECE)
		priv->piece_count++;
	/* The other members are 0. An assignment of all may be a call of memcpy(). */
	piece->extent.mem = extent->mem;
	piece->extent.load = extent->load;
	piece->extent.bytes = extent->bytes;
	piece->access = (uint8_t)access;
	return piece;
}

/* Report a lack of memory: how much would be enough in any place, and how much there is. */
static int no_memory(struct load *ld, const char *what, enum llext_access access, size_t bytes,
		     size_t align, enum llext_heap heap)
{
#if LLEXT_ON(CONFIG_LLEXT_DIAG)
	struct llext_heap_stats stats;
	int rc = llext_fail(ld, -ENOMEM,
			    heap == LLEXT_HEAP_INSTR && !llext_heap_shared()
				    ? "the instruction heap has no free piece of this size"
				    : "the heap has no free piece of this size");

	(void)llext_heap_stats(heap, &stats);
	if (bytes <= stats.largest_free) {
		rc = llext_fail(ld, -ENOMEM,
				"the heap has no free piece of this size at its alignment");
		bytes += align;
	}
	llext_diag_section_name(what != NULL ? what : llext_access_name(access));
	return llext_diag_sizes(rc, bytes, stats.largest_free);
#else
	(void)ld, (void)what, (void)access, (void)bytes, (void)align, (void)heap;
	return -ENOMEM;
#endif
}

/* Allocate a piece of its own. @what is for the message; NULL: a block. */
static int allocate_piece(struct load *ld, const char *what, enum llext_access access, size_t bytes,
			  size_t align, struct llext_extent *extent)
{
	enum llext_heap heap = LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP) && access == LLEXT_ACCESS_RX
				       ? LLEXT_HEAP_INSTR
				       : LLEXT_HEAP_DATA;
	size_t lead = llext_sandbox_lead(ld, access);
	struct piece *piece;
	int rc = llext_sandbox_allocate(ld, what, access, bytes, align, extent);

	if (rc <= 0)
		return rc;
	*extent = (struct llext_extent){
		.mem = lead != 0 ? llext_heap_alloc_behind(heap, lead, bytes, align)
				 : llext_heap_alloc(heap, bytes, align),
		.bytes = bytes};
	if (extent->mem == NULL)
		return no_memory(ld, what, access, bytes, align, heap);
	extent->load = llext_heap_load_address(heap, extent->mem);
	rc = llext_heap_is_dense(heap) ? llext_code_open(ld, extent) : 0;
	piece = rc == 0 ? add_piece(ld, extent, access) : NULL;
	if (!ONE_PIECE && piece == NULL) {
		llext_heap_free(heap, (uint8_t *)extent->mem - lead);
		return rc != 0 ? rc : -ENOMEM;
	}
	if (!ONE_PIECE) {
		piece->owned = true;
		piece->heap = (uint8_t)heap;
		piece->lead = (uint8_t)lead;
	}
	ld->ext->alloc_size += lead + bytes;
	step_point(ld, ALLOCATION_UNITS);
	return 0;
}

#if !ONE_PIECE
struct piece *llext_add_piece(struct load *ld, const struct llext_extent *extent,
			      enum llext_access access)
{
	return add_piece(ld, extent, access);
}

int llext_allocate_piece(struct load *ld, const char *what, enum llext_access access, size_t bytes,
			 size_t align, struct llext_extent *extent)
{
	return allocate_piece(ld, what, access, bytes, align, extent);
}
#endif

/* Widen a region's span so that it has these bytes, too: its sections are scattered. */
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

static int allocate_blocks(struct load *ld)
{
	for (int i = 0; i < BLOCK_COUNT; i++) {
		struct memory_block *block = &ld->layout.blocks[i];
		int rc;

		if (block->bytes == 0)
			continue;
		rc = allocate_piece(ld, NULL, block_access((enum block)i), block->bytes,
				    block->align, &block->extent);
		if (rc != 0)
			return rc;
	}
	for (unsigned int i = next_region(ld, 0); i < LLEXT_MEM_COUNT; i = next_region(ld, i + 1)) {
		const struct memory_block *block =
			&ld->layout.blocks[region_block(ld, (enum llext_mem)i)];
		struct region *region = &ld->layout.regions[i];

		if (block->extent.mem == NULL) { /* all its sections are empty, but none is at 0 */
			ld->bases[i] = llext_handle(ld->ext);
			continue;
		}
		if (!ONE_PIECE)
			region->mem = (uint8_t *)block->extent.mem + (size_t)region->load;
		region->load += (elf_addr)block->extent.load;
		ld->bases[i] = region->load;
		if (region->bytes == 0)
			continue;
		ld->ext->mem[i] = (void *)(uintptr_t)region->load;
		ld->ext->mem_size[i] = region->bytes;
		ld->ext->mem_on_heap[i] = true;
	}
	return 0;
}

static void place_in_region(struct load *ld, struct section *section)
{
	const struct region *region = &ld->layout.regions[section->region];

	if (region_mem(region) == NULL) /* an empty section, and nothing else of its kind */
		return;
	section->mem = region_mem(region) + (size_t)section->load;
	section->load += region->load;
}

static void place_slots(struct slots *slots, const struct region *region)
{
	if (region_mem(region) == NULL) /* no slots, and nothing else there */
		return;
	slots->mem = region_mem(region) + (size_t)slots->load;
	slots->load += region->load;
}

/* Sections from @index up to @end. */
static int place_some(struct load *ld, uint32_t index, uint32_t end)
{
	struct section *section = ld->layout.sections + index, *stop = ld->layout.sections + end;
	int rc = 0;

	for (; rc == 0 && section < stop; section++) {
		if (section->region == LLEXT_MEM_COUNT)
			continue;
		if (is_in_region(section))
			place_in_region(ld, section);
		else
			rc = llext_place_alone(ld, (uint32_t)(section - ld->layout.sections));
	}
	return rc;
}

static int place_sections(struct load *ld)
{
	int rc = allocate_blocks(ld);

	for (uint32_t i = 1, end; rc == 0 && i < ld->layout.loaded_end; i = end) {
		end = i + (uint32_t)step_share(ld, ld->layout.loaded_end - i, 2);
		step_point(ld, (end - i) / 2);
		rc = place_some(ld, i, end);
	}
	if (rc != 0)
		return rc;
	llext_sandbox_clear(ld);
	place_slots(&ld->made.got, &ld->layout.regions[LLEXT_MEM_RODATA]);
	place_slots(&ld->made.veneers, &ld->layout.regions[LLEXT_MEM_TEXT]);
	if (ld->made.offset_veneers.count > 0)
		place_slots(&ld->made.offset_veneers, &ld->layout.regions[LLEXT_MEM_TEXT]);
#if LLEXT_ON(CONFIG_LLEXT_ERRATUM_843419)
	place_slots(&ld->made.page_ends, &ld->layout.regions[LLEXT_MEM_TEXT]);
#endif
#if LLEXT_ON(CONFIG_LLEXT_TLS)
	if (ld->tls.words.count > 0)
		place_slots(&ld->tls.words, &ld->layout.regions[LLEXT_MEM_RODATA]);
#endif
	if (ld->made.got.mem == NULL)
		ld->made.got.load = llext_handle(ld->ext);
	return 0;
}

/* Before the extension is allocated, free what only the steps up to here needed. */
static void free_examined(struct load *ld)
{
	if (ld->source.window_bytes > CONFIG_LLEXT_WINDOW_BYTES)
		llext_window_close(ld);
	if (ld->layout.exports != 0)
		llext_strings_drop(ld);
}

int llext_place(struct load *ld)
{
	int rc;

	free_examined(ld);
	rc = create(ld);
	step_point(ld, ALLOCATION_UNITS);
	if (rc == 0 && ld->symtab.exported != NULL) /* then symbols' names are not needed, either */
		rc = llext_globals_enter(ld);
	if (rc == 0)
		rc = is_linked(ld) ? llext_place_segments(ld) : place_sections(ld);
	return rc == 0 ? llext_tls_place(ld) : rc;
}

int llext_unplace(struct llext *ext)
{
	struct llext_private *priv = ext->priv;
	int rc;

	llext_unwind_remove(ext);
	llext_sandbox_leave(ext);
	llext_debugger_drop(ext);
	rc = llext_unprotect(ext, NULL);
	/* Memory that could not be made writable again would be useless, so it is not freed. */
	for (size_t i = 0; rc == 0 && i < piece_count(priv); i++) {
		const struct piece *piece = &pieces_of(priv)[i];

		if (ONE_PIECE || piece->owned)
			llext_heap_free(ONE_PIECE ? LLEXT_HEAP_DATA : (enum llext_heap)piece->heap,
					(uint8_t *)piece->extent.mem - piece->lead);
		else if (!llext_sandbox_free(ext, piece) &&
			 LLEXT_ON(CONFIG_LLEXT_TYPE_ELF_EXECUTABLE) && piece->claimed &&
			 llext_port.release != NULL)
			llext_port.release(&piece->extent);
	}
	llext_exit_functions_run(ext, false);
	llext_tls_release(ext);
	llext_dependencies_drop(ext);
	llext_table_free(priv->export_table);
	if (LLEXT_ON(CONFIG_LLEXT_DEPENDENCIES))
		llext_table_free(priv->dependency_table);
	llext_inspect_drop(ext);
	llext_table_free(ext);
	return rc;
}
