/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The few functions of Zephyr's kernel that extensions use and that need no scheduler: memory pools
 * and printk. The firmware provides them: compat/zephyr/kernel.c.
 */
#ifndef ZEPHYR_KERNEL_H_
#define ZEPHYR_KERNEL_H_

#include <stddef.h>
#include <stdint.h>
#include <llext/heap.h>
#include <zephyr/sys/printk.h>
#include <zephyr/sys/util.h>
#include <zephyr/toolchain.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How long a caller is ready to wait. */
typedef struct {
	int64_t ticks;
} k_timeout_t;

#ifdef __cplusplus
#define K_NO_WAIT (k_timeout_t{0})
#define K_FOREVER (k_timeout_t{-1})
#else
#define K_NO_WAIT ((k_timeout_t){0})
#define K_FOREVER ((k_timeout_t){-1})
#endif

/** A memory pool. All fields are private. */
struct k_heap {
	struct llext_arena arena;
	void *mem;
	size_t bytes;
};

/**
 * Make @p heap an empty pool of @p bytes bytes at @p mem. Where that is too small for even one
 * block, every allocation gives NULL.
 */
void k_heap_init(struct k_heap *heap, void *mem, size_t bytes);

/**
 * Allocate. Takes the port's lock and does not wait for memory, whatever the timeout says: there is
 * no scheduler to wait with.
 * @return the memory, uninitialised and aligned for any type; NULL where no free piece is large
 * enough.
 */
void *k_heap_alloc(struct k_heap *heap, size_t bytes, k_timeout_t timeout);

/** As k_heap_alloc(), aligned to @p align, a power of two. */
void *k_heap_aligned_alloc(struct k_heap *heap, size_t align, size_t bytes, k_timeout_t timeout);

/** As k_heap_alloc(), for @p num elements of @p size bytes, zeroed. */
void *k_heap_calloc(struct k_heap *heap, size_t num, size_t size, k_timeout_t timeout);

/**
 * Give memory back; NULL is allowed. A pointer that is not an allocation of this pool is ignored
 * with a message.
 */
void k_heap_free(struct k_heap *heap, void *mem);

/** @cond private: what the allocator itself takes of a pool that holds one allocation. */
#define K_HEAP_OVERHEAD_ (4 * sizeof(size_t))
/** @endcond */

/**
 * Define a pool from which one allocation of @p bytes_ bytes would succeed. Its memory is in a
 * NOBITS section of its own: it takes no room in the file. Works inside an extension, too: the pool
 * is made ready when it is first used.
 */
#define K_HEAP_DEFINE(name_, bytes_)                                                               \
	static uint8_t __attribute__((__section__(".bss.k_heap." #name_),                          \
				      __aligned__(2 * sizeof(void *))))                            \
	k_heap_buf_##name_[((bytes_) + 2 * sizeof(size_t) - 1) / (2 * sizeof(size_t)) *            \
				   (2 * sizeof(size_t)) +                                          \
			   K_HEAP_OVERHEAD_];                                                      \
	struct k_heap name_ = {{NULL, 0, 0, 0, 0}, k_heap_buf_##name_, sizeof(k_heap_buf_##name_)}

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_KERNEL_H_ */
