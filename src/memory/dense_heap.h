/* SPDX-License-Identifier: Apache-2.0 */
/* A heap for code without a byte of the allocator's in it: CONFIG_LLEXT_DENSE_INSTR_HEAP. */
#ifndef LLEXT_DENSE_HEAP_H_
#define LLEXT_DENSE_HEAP_H_

#include "../internal.h"
#include "../arena.h"

#if LLEXT_ON(CONFIG_LLEXT_DENSE_INSTR_HEAP)

/* All under the guard. @nodes: where blocks are listed. */
int llext_dense_init(struct llext_arena *area, void *mem, size_t bytes);
void *llext_dense_alloc(struct llext_arena *area, struct llext_arena *nodes, size_t bytes,
			size_t align, uintptr_t bias);
void llext_dense_free(struct llext_arena *area, struct llext_arena *nodes, const void *mem);
/* false: it stays as it is, since the rest would be a hole between pieces of code. */
bool llext_dense_trim(struct llext_arena *area, const void *mem, size_t bytes);
bool llext_dense_is_last(const void *mem);
void llext_dense_stats(const struct llext_arena *area, struct llext_heap_stats *stats);

#endif

#endif /* LLEXT_DENSE_HEAP_H_ */
