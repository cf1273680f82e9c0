/* SPDX-License-Identifier: Apache-2.0 */
/* k_heap at its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <llext/llext.h>
#include <zephyr/kernel.h>

K_HEAP_DEFINE(exact_pool, 100);
K_HEAP_DEFINE(unused_pool, 1);

/* One allocation of the size that the definition gives succeeds, and the pool is not larger. */
static void defined_pool_holds_what_it_says(void **state)
{
	void *mem = k_heap_alloc(&exact_pool, 100, K_NO_WAIT);

	(void)state;
	assert_non_null(mem);
	assert_int_equal((uintptr_t)mem % _Alignof(max_align_t), 0);
	memset(mem, 0xff, 100);
	assert_null(k_heap_alloc(&exact_pool, 100, K_FOREVER));
	k_heap_free(&exact_pool, mem);
	mem = k_heap_alloc(&exact_pool, 100, K_FOREVER);
	assert_non_null(mem);
	k_heap_free(&exact_pool, mem);
}

static void freeing_null_in_an_unused_pool(void **state)
{
	(void)state;
	k_heap_free(&unused_pool, NULL);
	assert_int_equal(unused_pool.arena.bytes, 0);
}

static void pool_too_small_gives_nothing(void **state)
{
	uint8_t memory[8];
	struct k_heap heap;

	(void)state;
	k_heap_init(&heap, memory, sizeof(memory));
	assert_null(k_heap_alloc(&heap, 1, K_NO_WAIT));
}

static void initialising_again_empties(void **state)
{
	_Alignas(16) uint8_t memory[256];
	struct k_heap heap;

	(void)state;
	k_heap_init(&heap, memory, sizeof(memory));
	assert_non_null(k_heap_alloc(&heap, 160, K_NO_WAIT));
	assert_null(k_heap_alloc(&heap, 160, K_NO_WAIT));
	k_heap_init(&heap, memory, sizeof(memory));
	assert_non_null(k_heap_alloc(&heap, 160, K_NO_WAIT));
}

static void aligned_and_zeroed(void **state)
{
	_Alignas(16) uint8_t memory[1024];
	struct k_heap heap;
	uint8_t *mem;

	(void)state;
	memset(memory, 0xa5, sizeof(memory));
	k_heap_init(&heap, memory, sizeof(memory));
	mem = k_heap_aligned_alloc(&heap, 128, 10, K_NO_WAIT);
	assert_non_null(mem);
	assert_int_equal((uintptr_t)mem % 128, 0);
	assert_null(k_heap_aligned_alloc(&heap, 3, 10, K_NO_WAIT));

	mem = k_heap_calloc(&heap, 5, 20, K_NO_WAIT);
	assert_non_null(mem);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(mem[i], 0);
	assert_null(k_heap_calloc(&heap, SIZE_MAX / 2, 3, K_NO_WAIT));
}

/* An extension that frees nonsense damages nothing. */
static void foreign_pointer_is_ignored(void **state)
{
	_Alignas(16) uint8_t memory[256];
	struct k_heap heap;
	struct llext_heap_stats before, after;
	uint8_t *mem;

	(void)state;
	k_heap_init(&heap, memory, sizeof(memory));
	mem = k_heap_alloc(&heap, 32, K_NO_WAIT);
	llext_arena_stats(&heap.arena, &before);
	k_heap_free(&heap, mem + 16);
	k_heap_free(&heap, &heap);
	llext_arena_stats(&heap.arena, &after);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void functions_are_exported(void **state)
{
	static const char *const names[] = {
		"k_heap_aligned_alloc", "k_heap_alloc", "k_heap_calloc", "k_heap_free",
		"k_heap_init",          "printk",       "vprintk"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_non_null(llext_find_sym(NULL, names[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defined_pool_holds_what_it_says),
		cmocka_unit_test(freeing_null_in_an_unused_pool),
		cmocka_unit_test(pool_too_small_gives_nothing),
		cmocka_unit_test(initialising_again_empties),
		cmocka_unit_test(aligned_and_zeroed),
		cmocka_unit_test(foreign_pointer_is_ignored),
		cmocka_unit_test(functions_are_exported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
