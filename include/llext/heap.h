/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The memory that extensions are loaded into. The firmware hands it over; the library allocates
 * from nothing else. The same allocator is offered by itself as struct llext_arena.
 */
#ifndef LLEXT_HEAP_H_
#define LLEXT_HEAP_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A first-fit allocator over one piece of memory. All fields are private. */
struct llext_arena {
	uint8_t *mem;
	size_t bytes;
	size_t used;
	size_t peak;
	size_t first_free; /* no block that starts before this byte is free */
	size_t last;       /* the last block starts at this byte */
	size_t blocks;     /* allocated */
};

/** What an arena holds. All sizes in bytes. */
struct llext_heap_stats {
	size_t bytes;        /**< that can be allocated in all */
	size_t used;         /**< allocated now, with the allocator's own words */
	size_t peak;         /**< highest value of @c used so far */
	size_t largest_free; /**< largest request that would succeed now, at word alignment */
	size_t blocks;       /**< number of allocations now */
};

/**
 * Make an empty arena of @p bytes bytes at @p mem, which stays the caller's and must outlive it.
 * @return 0; -EINVAL if @p mem is NULL or too small for one block.
 * Any context. Not locked: see the note at llext_arena_alloc().
 */
int llext_arena_init(struct llext_arena *arena, void *mem, size_t bytes);

/**
 * Allocate @p bytes bytes aligned to @p align (a power of two; 0 means word alignment).
 * @return the memory, uninitialised; NULL if no free piece is large enough, or if @p bytes is 0 or
 * @p align is no power of two.
 * Not locked: an arena shared by threads needs the caller's lock. Takes time linear in the number
 * of blocks; does not block.
 */
void *llext_arena_alloc(struct llext_arena *arena, size_t bytes, size_t align);

/**
 * Give back what llext_arena_alloc() returned; NULL is allowed and does nothing.
 * @return 0; -EINVAL if @p mem is not an allocation of this arena (nothing is changed).
 */
int llext_arena_free(struct llext_arena *arena, void *mem);

/** Fill @p stats. Takes time linear in the number of blocks. */
void llext_arena_stats(const struct llext_arena *arena, struct llext_heap_stats *stats);

/**
 * One piece of memory handed over for extensions. The processor sees the bytes at @p load when it
 * runs or reads them there; the library writes them at @p mem. The two are the same on a plain
 * microcontroller, and differ on a dual-bus part and under a write alias.
 */
struct llext_heap_area {
	void *mem;      /**< write address */
	uintptr_t load; /**< load address of the first byte */
	size_t bytes;
};

/** The two heaps. Where instructions and data share one, both name the same. */
enum llext_heap {
	LLEXT_HEAP_DATA,
	LLEXT_HEAP_INSTR,
};

/**
 * Hand over one piece of memory for code and data.
 * @return 0; -EINVAL if it is too small; -EBUSY if a heap is in use already;
 * -ENOSYS if the library has a heap of its own (CONFIG_LLEXT_HEAP_DYNAMIC is 0).
 * Thread context.
 */
int llext_heap_init(void *mem, size_t bytes);

/** Hand over separate memories for instructions and for data. Returns as llext_heap_init(). */
int llext_heap_init_harvard(void *instr_mem, size_t instr_bytes, void *data_mem, size_t data_bytes);

/**
 * The general form: @p instr may be NULL (one area for both). Load and write addresses of each
 * area may differ, by a multiple of twice a pointer's size. The structures are copied.
 * Returns as llext_heap_init(); -EINVAL for other differences, too.
 */
int llext_heap_init_areas(const struct llext_heap_area *instr, const struct llext_heap_area *data);

/**
 * Take the memory back. @return 0; -EBUSY while an extension is loaded or a load goes on, which has
 * called back to get here; -ENOSYS if the library
 * has a heap of its own. Thread context.
 */
int llext_heap_uninit(void);

/** Statistics of one heap. @return 0; -ENOSYS if none was handed over. */
int llext_heap_stats(enum llext_heap heap, struct llext_heap_stats *stats);

#ifdef __cplusplus
}
#endif

#endif /* LLEXT_HEAP_H_ */
