/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LLEXT_ARENA_H_
#define LLEXT_ARENA_H_

#include <llext/elf.h>
#include <llext/heap.h>

/* Blocks are multiples of this in size and address. */
#define LLEXT_HEAP_UNIT (2 * sizeof(elf_addr))

/* As llext_arena_alloc(), but aligns the address plus @bias, a multiple of LLEXT_HEAP_UNIT. */
void *llext_arena_alloc_biased(struct llext_arena *arena, size_t bytes, size_t align,
			       uintptr_t bias);

/* As llext_arena_free(), without its checks: @mem must be an allocation. */
void llext_arena_release(struct llext_arena *arena, void *mem);

/*
 * As llext_arena_alloc(), but searches from the end: takes the last free piece that is large
 * enough.
 */
void *llext_arena_alloc_last(struct llext_arena *arena, size_t bytes, size_t align);

/* Shrink an allocation to its first @bytes bytes and free the rest. */
void llext_arena_trim(struct llext_arena *arena, void *mem, size_t bytes);

#endif /* LLEXT_ARENA_H_ */
