/* SPDX-License-Identifier: Apache-2.0 */
/* Shared objects, where the toolchain can link them. */
#include "cases.h"

#ifdef CONFORMANCE_NO_SHARED
static void none(void)
{
	conformance_skip("the toolchain links no shared objects");
}

const struct conformance_case shared_cases[] = {
	{"shared: none", none},
	{NULL, NULL},
};
#else

/* A shared object is one image, code and data in one heap. */
static void need_one_heap(void)
{
	if (conformance_code_memory != NULL)
		conformance_skip("instructions and data have a heap each");
}

static void check_works(struct llext *ext)
{
	CHECK_EQ(2, call(ext, "basic_bump"));
	CHECK_EQ(106, call(ext, "basic_imports"));
	CHECK_EQ(10, call(ext, "basic_sum"));
	CHECK_EQ(110, call(ext, "basic_sum"));
	CHECK_EQ(2, call(ext, "basic_through_pointer"));
}

static void runs(void)
{
	struct fixture fixture = FIXTURE(basic_shared);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	struct llext_plan plan;
	struct llext *ext;

	need_one_heap();
	CHECK_EQ(0, llext_plan(&loader.loader, NULL, &plan));
	CHECK_EQ(ET_DYN, plan.elf_type);
	ext = load_fixture(fixture, "shared");
	check_works(ext);
	CHECK(ext->mem[LLEXT_MEM_TEXT] != NULL && ext->mem_on_heap[LLEXT_MEM_TEXT]);
	CHECK(ext->alloc_size >= plan.data_bytes);
	unload(ext);
}

/* Data begins right behind code, where no granule of protection begins by itself. */
static void small_pages(void)
{
	struct llext *ext;

	need_one_heap();
	need_trusted("what a linker has laid out cannot be sandboxed");
	if (LLEXT_TARGET_AARCH64) { /* ADRP counts from pages of 4 KiB, so they stay as they are */
		refuse(FIXTURE(crowded_shared), NULL, -ENOTSUP);
		return;
	}
	ext = load_fixture(FIXTURE(crowded_shared), "small_pages");
	check_works(ext);
	unload(ext);
}

static void initialisers(void)
{
	struct llext *ext;

	need_one_heap();
	ext = load_fixture(FIXTURE(order_shared), "order");
	CHECK_EQ(0, llext_bringup(ext));
	/* A linker does not take .preinit_array into a shared object. */
	CHECK_EQ(4 + *(const int *)symbol(ext, "order_legacy"), note_count);
	CHECK_EQ(0, llext_teardown(ext));
	unload(ext);
}

static void needs_one_heap(void)
{
	heap_halves();
	refuse(FIXTURE(basic_shared), NULL, -ENOTSUP);
}

const struct conformance_case shared_cases[] = {
	{"shared: runs", runs},
	{"shared: small pages", small_pages},
	{"shared: initialisers", initialisers},
	{"shared: needs one heap", needs_one_heap},
	{NULL, NULL},
};
#endif
