/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LLEXT_ARENA_H_
#define LLEXT_ARENA_H_

#include <llext/elf.h>
#include <llext/heap.h>

/* Blocks are multiples of this in size and address. */
#define LLEXT_HEAP_UNIT (2 * sizeof(elf_addr))

/* As llext_arena_alloc(), but the address plus @bias is what is aligned; a multiple of
 * LLEXT_HEAP_UNIT. */
void *llext_arena_alloc_biased(struct llext_arena *arena, size_t bytes, size_t align,
			       uintptr_t bias);

/* llext_arena_free() of what is an allocation for certain. */
void llext_arena_release(struct llext_arena *arena, void *mem);

/* As llext_arena_alloc(), but from the end down: the last free piece that is large enough. */
void *llext_arena_alloc_last(struct llext_arena *arena, size_t bytes, size_t align);

/* Free what lies behind the first @bytes bytes of what was allocated. */
void llext_arena_trim(struct llext_arena *arena, void *mem, size_t bytes);

#endif /* LLEXT_ARENA_H_ */
