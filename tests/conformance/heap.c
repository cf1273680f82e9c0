/* SPDX-License-Identifier: Apache-2.0 */
/* The heaps, and the allocator by itself. */
#include "cases.h"

static void errors(void)
{
	struct llext_heap_area area = {conformance_memory, (uintptr_t)conformance_memory,
				       CONFORMANCE_HEAP_BYTES};
	struct llext *ext = load_fixture(FIXTURE(constant), "constant");
	struct llext_heap_stats stats;

	CHECK_EQ(-EBUSY, llext_heap_init(conformance_memory, CONFORMANCE_HEAP_BYTES));
	CHECK_EQ(-EBUSY, llext_heap_init_areas(NULL, &area));
	CHECK_EQ(-EBUSY, llext_heap_uninit());
	unload(ext);
	CHECK_EQ(0, llext_heap_uninit());
	CHECK_EQ(-ENOSYS, llext_heap_stats(LLEXT_HEAP_DATA, &stats));
	CHECK_EQ(-EINVAL, llext_heap_init(NULL, CONFORMANCE_HEAP_BYTES));
	CHECK_EQ(-EINVAL, llext_heap_init(conformance_memory, 1));
	CHECK_EQ(-EINVAL, llext_heap_init_areas(&area, NULL));
	CHECK_EQ(-EINVAL,
		 llext_heap_init_harvard(conformance_memory, 1, conformance_memory + 512, 512));
	CHECK_EQ(-EINVAL, llext_heap_init_harvard(conformance_memory, 4096, NULL, 4096));
	CHECK_EQ(0, heap_init(CONFORMANCE_HEAP_BYTES));
}

static void no_heap(void)
{
	struct fixture basic = FIXTURE(basic);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(basic.bytes, basic.size);
	struct llext_plan plan;
	struct llext *ext;

	CHECK_EQ(0, llext_heap_uninit());
	CHECK_EQ(-ENOMEM, llext_load(&loader.loader, "basic", &ext, NULL));
	CHECK(ext == NULL);
	CHECK_EQ(-ENOMEM, llext_last_diag()->error);
	CHECK_EQ(-ENOMEM, llext_plan(&loader.loader, NULL, &plan));
	CHECK_EQ(-ENOMEM, llext_find_section(&loader.loader, ".text"));
	CHECK_EQ(0, heap_init(CONFORMANCE_HEAP_BYTES));
}

static bool inside(const void *mem, size_t bytes, const uint8_t *start, size_t length)
{
	return (const uint8_t *)mem >= start && (const uint8_t *)mem + bytes <= start + length;
}

static void harvard(void)
{
	const size_t half = CONFORMANCE_HEAP_BYTES / 2;
	uint8_t *instr = code_memory() + conformance_code_bias, *data = conformance_memory + half;
	struct llext_heap_stats stats;
	struct llext *ext;

	need_trusted("extensions are in the domain's memory, not in the heaps");
	heap_halves();
	ext = load_fixture(FIXTURE(basic), "basic");
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		if (ext->mem[i] != NULL)
			CHECK(inside(ext->mem[i], ext->mem_size[i],
				     i == LLEXT_MEM_TEXT ? instr : data, half));
	}
	CHECK(inside(ext, sizeof(*ext), data, half));
	CHECK_EQ(0, llext_heap_stats(LLEXT_HEAP_INSTR, &stats));
	CHECK_EQ(1, stats.blocks);
	CHECK_EQ(106, call(ext, "basic_imports"));
	CHECK_EQ(2, call(ext, "basic_bump"));
	unload(ext);
	CHECK_EQ(0, llext_heap_stats(LLEXT_HEAP_INSTR, &stats));
	CHECK_EQ(0, stats.used);
}

/* An instruction heap that is too small is told from a data heap that is. */
static void harvard_too_small(void)
{
	const size_t half = CONFORMANCE_HEAP_BYTES / 2;

	need_trusted("extensions are in the domain's memory, not in the heaps");
	CHECK_EQ(0, llext_heap_uninit());
	CHECK_EQ(0, heap_init_harvard(64, conformance_memory + half, half));
	refuse(FIXTURE(basic), NULL, -ENOMEM);
	CHECK_EQ(LLEXT_STAGE_PLACE, llext_last_diag()->stage);
	CHECK_STR("text", llext_last_diag()->section);
	CHECK(strstr(llext_last_diag()->what, "instruction heap") != NULL);
	CHECK(llext_last_diag()->has_values);
	CHECK(llext_last_diag()->expected > llext_last_diag()->found);
}

/* With one byte more each time, a load fails cleanly until there is enough. */
static void every_size(void)
{
	struct fixture basic = FIXTURE(basic);
	bool loaded = false;

	for (size_t bytes = 64; !loaded; bytes += 64) {
		struct llext_buf_loader loader =
			LLEXT_TEMPORARY_BUF_LOADER(basic.bytes, basic.size);
		struct llext *ext;
		int rc;

		CHECK(bytes <= CONFORMANCE_HEAP_BYTES);
		CHECK_EQ(0, llext_heap_uninit());
		CHECK_EQ(0, heap_init(bytes));
		rc = llext_load(&loader.loader, "basic", &ext, NULL);
		loaded = rc == 0;
		if (loaded) {
			CHECK_EQ(106, call(ext, "basic_imports"));
			unload(ext);
		} else {
			CHECK_EQ(-ENOMEM, rc);
			CHECK_EQ(-ENOMEM, llext_last_diag()->error);
			CHECK(ext == NULL);
		}
		CHECK_EQ(0, heaps_used());
	}
}

static void statistics(void)
{
	struct llext_heap_stats empty = heap_stats(), loaded;
	struct llext *ext;

	need_trusted("extensions are in the domain's memory, not in the heaps");
	CHECK_EQ(0, empty.used);
	CHECK(empty.bytes <= CONFORMANCE_HEAP_BYTES && empty.bytes + 64 > CONFORMANCE_HEAP_BYTES);
	CHECK(empty.largest_free < empty.bytes && empty.largest_free + 64 > empty.bytes);
	ext = load_fixture(FIXTURE(basic), "basic");
	loaded = heap_stats();
	CHECK(heaps_used() >= ext->alloc_size && loaded.blocks >= 4);
	CHECK(loaded.peak >= loaded.used && loaded.largest_free < empty.largest_free);
	unload(ext);
	CHECK_EQ(loaded.peak, heap_stats().peak);
	CHECK_EQ(empty.largest_free, heap_stats().largest_free);
}

static void arena(void)
{
	uint8_t *memory = conformance_memory;
	const size_t bytes = CONFORMANCE_HEAP_BYTES < 4096 ? CONFORMANCE_HEAP_BYTES : 4096;
	struct llext_heap_stats stats;
	struct llext_arena own;
	void *a, *b, *c;

	CHECK_EQ(0, llext_heap_uninit());
	CHECK_EQ(-EINVAL, llext_arena_init(&own, NULL, 100));
	CHECK_EQ(-EINVAL, llext_arena_init(&own, memory, 4));
	CHECK_EQ(0, llext_arena_init(&own, memory + 1, bytes - 1));
	CHECK(llext_arena_alloc(&own, 0, 0) == NULL);
	CHECK(llext_arena_alloc(&own, 8, 3) == NULL);
	CHECK(llext_arena_alloc(&own, 8, 24) == NULL);
	CHECK(llext_arena_alloc(&own, bytes, 0) == NULL);
	CHECK(llext_arena_alloc(&own, SIZE_MAX, 0) == NULL);
	a = llext_arena_alloc(&own, 10, 0);
	b = llext_arena_alloc(&own, 100, 1024);
	c = llext_arena_alloc(&own, 1, 1);
	CHECK(a != NULL && b != NULL && c != NULL);
	CHECK_EQ(0, (uintptr_t)a % sizeof(void *));
	CHECK_EQ(0, (uintptr_t)b % 1024);
	CHECK(inside(a, 10, memory + 1, bytes - 1));
	memset(a, 1, 10);
	memset(b, 2, 100);
	memset(c, 3, 1);
	llext_arena_stats(&own, &stats);
	CHECK_EQ(3, stats.blocks);
	CHECK_EQ(-EINVAL, llext_arena_free(&own, memory + 100));
	CHECK_EQ(-EINVAL, llext_arena_free(&own, (uint8_t *)a + 1));
	CHECK_EQ(0, llext_arena_free(&own, NULL));
	CHECK_EQ(0, llext_arena_free(&own, b));
	CHECK_EQ(-EINVAL, llext_arena_free(&own, b));
	CHECK_EQ(0, llext_arena_free(&own, a));
	CHECK_EQ(0, llext_arena_free(&own, c));
	llext_arena_stats(&own, &stats);
	CHECK_EQ(0, stats.used);
	CHECK_EQ(0, stats.blocks);
	a = llext_arena_alloc(&own, stats.largest_free, 0);
	CHECK(a != NULL);
	CHECK(llext_arena_alloc(&own, 1, 0) == NULL);
	CHECK_EQ(0, llext_arena_free(&own, a));
	CHECK_EQ(0, heap_init(CONFORMANCE_HEAP_BYTES));
}

const struct conformance_case heap_cases[] = {
	{"heap: errors", errors},
	{"heap: none", no_heap},
	{"heap: one for code and one for data", harvard},
	{"heap: too small for the code", harvard_too_small},
	{"heap: of every size", every_size},
	{"heap: statistics", statistics},
	{"heap: the allocator by itself", arena},
	{NULL, NULL},
};
