/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of extensions: the heap, the pieces that are allocated from it, and their protection.
 */
#ifndef LLEXT_PLACE_H_
#define LLEXT_PLACE_H_

#include "load.h"

/* The bits of an address below a granule of protection. */
static inline uintptr_t granule_mask(void)
{
	return llext_port.granule != 0 ? llext_port.granule - 1 : 0;
}

/* ---- heap.c ---- */

/*
 * Allocate from the end of the data heap. This is for the load's own memory, so that it leaves no
 * holes between extensions, which are at the start. Free it as memory of LLEXT_HEAP_DATA.
 */
#define HEAP_TRANSIENT ((enum llext_heap)(LLEXT_HEAP_INSTR + 1))

void *llext_heap_alloc(enum llext_heap heap, size_t bytes, size_t align);
#if SANDBOX
/* Likewise, with @lead bytes before it: free them with it, from their start on. Not where dense. */
void *llext_heap_alloc_behind(enum llext_heap heap, size_t lead, size_t bytes, size_t align);
#else
#define llext_heap_alloc_behind(heap, lead, bytes, align) ((void *)0)
#endif
void llext_heap_free(enum llext_heap heap, void *mem);
/* Shrink an allocation to @bytes bytes. @return false: that is not possible. */
bool llext_heap_trim(enum llext_heap heap, void *mem, size_t bytes);
bool llext_heap_ready(void);
/* Does the data heap have so many free bytes, in any number of pieces? */
bool llext_heap_has_spare(size_t bytes);
bool llext_heap_shared(void); /* one arena for instructions and data */
#if LLEXT_ON(CONFIG_LLEXT_DENSE_INSTR_HEAP)
bool llext_heap_is_dense(enum llext_heap heap); /* memory/dense_heap.c */
bool llext_heap_is_last(const void *mem);       /* of the dense heap: is nothing behind it? */
void llext_heap_instr_area(struct llext_extent *area);
#else
#define llext_heap_is_dense(heap) ((void)(heap), false)
#endif
#if LLEXT_ON(CONFIG_LLEXT_SPLIT_HEAP)
uintptr_t llext_heap_load_address(enum llext_heap heap, const void *mem);
#else
#define llext_heap_load_address(heap, mem) ((uintptr_t)(mem))
#endif
void llext_heap_range(enum llext_heap heap, elf_addr *low, elf_addr *high);

/*
 * Memory for the library's own tables. On the desk, pointers may be wider than the device's:
 * ports/desk/tables.h says how many bytes the tables take on the device.
 */
#ifdef LLEXT_DESK_NAME
#include "tables.h"
#else
#define TABLE_BYTES(type) sizeof(struct type) /* on the device */
#define POINTER_BYTES     sizeof(void *)
/* Bytes on the desk that hold a device's table of @bytes bytes. */
#define BYTES_HERE(bytes) (bytes)
#define llext_table_alloc_in(heap, bytes, here, align)                                             \
	((void)(bytes), llext_heap_alloc(heap, here, align))
#define llext_table_free(mem) llext_heap_free(LLEXT_HEAP_DATA, mem)
#endif
#define llext_table_alloc(bytes, here) llext_table_alloc_in(LLEXT_HEAP_DATA, bytes, here, 0)

/* ---- place.c; llext_unplace() undoes everything ---- */

int llext_place(struct load *ld); /* memory and addresses */
int llext_fill(struct load *ld);  /* bytes: fill.c */
/* Of struct llext and what is allocated with it, without the name. */
size_t llext_extension_bytes(const struct load *ld);
#if LINKED_FILES
int llext_place_segments(struct load *ld);
elf_addr llext_relro_split(const struct load *ld, const struct segment *segment);
#else
#define llext_place_segments(ld)       (-ENOTSUP)
#define llext_relro_split(ld, segment) ((void)(segment), (elf_addr)0)
#endif
struct piece *llext_add_piece(struct load *ld, const struct llext_extent *extent,
			      enum llext_access access);
int llext_allocate_piece(struct load *ld, const char *what, enum llext_access access, size_t bytes,
			 size_t align, struct llext_extent *extent);
void llext_widen_region(struct llext *ext, enum llext_mem region, uintptr_t load, size_t bytes);
enum llext_access llext_region_access(const struct load *ld, enum llext_mem region);
int llext_unplace(struct llext *ext);

/* A region's write address; NULL: it has no memory. */
static inline uint8_t *region_mem(const struct region *region)
{
	return ONE_PIECE ? (uint8_t *)(uintptr_t)region->load : region->mem;
}

/* ---- pieces.c ---- */

uint8_t *llext_write_address(const struct llext *ext, elf_addr load, size_t *bytes);
/* Likewise, but NULL if the extension may write there. In one piece it may write everywhere. */
#if ONE_PIECE
#define llext_constant_address llext_write_address
#else
const uint8_t *llext_constant_address(const struct llext *ext, elf_addr load, size_t *bytes);
#endif
bool llext_in_text(const struct llext *ext, elf_addr address);
bool llext_contains(const struct llext *ext, elf_addr address);
/* The value of __dso_handle: an address inside the extension. */
elf_addr llext_handle(const struct llext *ext);

/* ---- memory/protect.c ---- */

#if LLEXT_ON(CONFIG_LLEXT_PROTECT)
int llext_protect(struct load *ld);
int llext_unprotect(struct llext *ext, const struct load *ld); /* ld: in steps; or NULL */
/* Size and alignment of a protected piece. */
void llext_fit(const struct load *ld, size_t *bytes, size_t *align);
#else
#define llext_unprotect(ext, ld)    ((void)(ext), (void)(ld), 0)
#define llext_fit(ld, bytes, align) ((void)(ld), (void)(bytes), (void)(align))
#endif

#if LLEXT_ON(CONFIG_LLEXT_DENSE_INSTR_HEAP)
/* The dense heap's memory can be written, until it is protected. */
int llext_code_open(const struct load *ld, const struct llext_extent *extent);
int llext_code_open_all(void);
#else
#define llext_code_open(ld, extent) ((void)(ld), (void)(extent), 0)
#define llext_code_open_all()       (0)
#endif

#endif /* LLEXT_PLACE_H_ */
