/* SPDX-License-Identifier: Apache-2.0 */
/* Section data, regions, and what the dry run says. */
#include "cases.h"

static struct llext_load_param keeping(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;

	param.keep_section_info = true;
	return param;
}

static void sections(void)
{
	struct fixture basic = FIXTURE(basic);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(basic.bytes, basic.size);
	struct llext_load_param param = keeping();
	struct llext *ext = load_with(basic, "basic", &param);
	const elf_shdr_t *header;
	enum llext_mem region;
	const void *address;
	elf_shdr_t copy;
	size_t size, offset;
	int index = llext_section_shndx(&loader.loader, ext, ".exported_sym");

	CHECK(index > 0);
	CHECK_EQ(-ENOENT, llext_section_shndx(&loader.loader, ext, ".exported"));
	CHECK_EQ(0, llext_get_section_header(&loader.loader, ext, ".exported_sym", &copy));
	CHECK_EQ(9 * sizeof(struct llext_const_symbol), copy.sh_size);
	CHECK_EQ(copy.sh_offset, llext_find_section(&loader.loader, ".exported_sym"));
	CHECK_EQ(-ENOENT, llext_get_section_header(&loader.loader, ext, ".none", &copy));
	CHECK_EQ(0, llext_get_section_info(&loader.loader, ext, (unsigned int)index, &header,
					   &region, &offset));
	CHECK_EQ(0, llext_get_section_address(ext, (unsigned int)index, &address, &size));
	CHECK(memcmp(header, &copy, sizeof(copy)) != 0 || header->sh_size == copy.sh_size);
	CHECK_EQ(LLEXT_MEM_EXPORT, region);
	CHECK_EQ(0, offset);
	CHECK(address == ext->mem[LLEXT_MEM_EXPORT]);
	CHECK_EQ(ext->mem_size[LLEXT_MEM_EXPORT], size);
	CHECK_EQ(0, llext_get_section_info(&loader.loader, ext, (unsigned int)index, NULL, NULL,
					   NULL));
	CHECK_EQ(0, llext_get_section_address(ext, (unsigned int)index, NULL, NULL));
	index = llext_section_shndx(&loader.loader, ext, ".symtab");
	CHECK(index > 0);
	CHECK_EQ(0, llext_get_section_info(&loader.loader, ext, (unsigned int)index, NULL, &region,
					   &offset));
	CHECK_EQ(0, llext_get_section_address(ext, (unsigned int)index, &address, &size));
	CHECK_EQ(LLEXT_MEM_COUNT, region);
	CHECK(address == NULL && size > 0 && offset == 0);
	CHECK_EQ(-EINVAL, llext_get_section_info(&loader.loader, ext, 10000, NULL, NULL, NULL));
	CHECK_EQ(-EINVAL, llext_get_section_address(ext, 10000, NULL, NULL));
	CHECK(llext_section_count(ext) > (unsigned int)index);
	CHECK(llext_section_headers(ext)[index].sh_type == SHT_SYMTAB);
	unload(ext);
}

static void regions(void)
{
	struct llext_load_param param = keeping();
	struct llext *ext = load_with(FIXTURE(basic), "basic", &param);
	const elf_shdr_t *header;
	const void *address;
	size_t size;

	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		CHECK_EQ(0, llext_get_region_info(NULL, ext, (enum llext_mem)i, &header, &address,
						  &size));
		CHECK(address == ext->mem[i] && size == ext->mem_size[i] && header != NULL);
		CHECK_EQ(size != 0 && i != LLEXT_MEM_SHSTRTAB, header->sh_size != 0 && size != 0);
		if (i == LLEXT_MEM_TEXT)
			CHECK(header->sh_flags & SHF_EXECINSTR);
		if (i == LLEXT_MEM_BSS)
			CHECK_EQ(SHT_NOBITS, header->sh_type);
	}
	CHECK(ext->mem[LLEXT_MEM_SHSTRTAB] != NULL);
	CHECK_EQ(-EINVAL, llext_get_region_info(NULL, ext, LLEXT_MEM_COUNT, NULL, NULL, NULL));
	CHECK_EQ(0, llext_get_region_info(NULL, ext, LLEXT_MEM_TEXT, NULL, NULL, NULL));
	unload(ext);
}

static size_t alloc_size_not_kept(void)
{
	struct llext *ext = load_fixture(FIXTURE(basic), "basic");
	size_t bytes = ext->alloc_size;

	unload(ext);
	return bytes;
}

static void freed(void)
{
	size_t plain = alloc_size_not_kept(), size;
	struct llext_load_param param = keeping();
	struct llext *ext = load_with(FIXTURE(basic), "basic", &param);
	struct llext_heap_stats kept = heap_stats();
	const elf_shdr_t *header;
	elf_shdr_t copy;

	CHECK(ext->alloc_size > plain);
	CHECK_EQ(0, llext_free_inspection_data(NULL, ext));
	CHECK(heap_stats().used < kept.used);
	CHECK_EQ(kept.blocks - 1, heap_stats().blocks);
	CHECK_EQ(plain, ext->alloc_size);
	CHECK_EQ(0, llext_free_inspection_data(NULL, ext));
	CHECK_EQ(plain, ext->alloc_size);
	CHECK_EQ(-ENOTSUP, llext_section_shndx(NULL, ext, ".text"));
	CHECK_EQ(-ENOTSUP, llext_get_section_header(NULL, ext, ".text", &copy));
	CHECK_EQ(-ENOTSUP, llext_get_section_info(NULL, ext, 1, &header, NULL, NULL));
	CHECK_EQ(-ENOTSUP, llext_get_section_address(ext, 1, NULL, &size));
	CHECK(llext_section_headers(ext) == NULL && llext_section_count(ext) == 0);
	CHECK_EQ(-ENOTSUP, llext_get_region_info(NULL, ext, LLEXT_MEM_TEXT, &header, NULL, NULL));
	CHECK_EQ(0, llext_get_region_info(NULL, ext, LLEXT_MEM_TEXT, NULL, NULL, &size));
	CHECK_EQ(ext->mem_size[LLEXT_MEM_TEXT], size);
	CHECK(ext->mem[LLEXT_MEM_SHSTRTAB] == NULL);
	unload(ext);
}

static void not_kept(void)
{
	struct llext *ext = load_fixture(FIXTURE(basic), "basic");

	CHECK_EQ(-ENOTSUP, llext_section_shndx(NULL, ext, ".text"));
	CHECK_EQ(0, llext_free_inspection_data(NULL, ext));
	unload(ext);
}

static void find_section(void)
{
	struct fixture basic = FIXTURE(basic);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(basic.bytes, basic.size);
	struct llext_buf_loader cut = LLEXT_TEMPORARY_BUF_LOADER(basic.bytes, 40);
	uint8_t *bytes;
	struct fixture copy = changeable(basic, &bytes);

	CHECK_EQ(find_header(bytes, ".exported_sym")->sh_offset,
		 llext_find_section(&loader.loader, ".exported_sym"));
	CHECK_EQ(copy.size, basic.size);
	CHECK_EQ(-ENOENT, llext_find_section(&loader.loader, ".exported_symbols"));
	CHECK_EQ(-ENOEXEC, llext_find_section(&cut.loader, ".exported_sym"));
	CHECK_EQ(-EINVAL, llext_find_section(NULL, ".text"));
	CHECK_EQ(-EINVAL, llext_find_section(&loader.loader, NULL));
}

/* ---- the dry run ---- */

static size_t planned_bytes(const struct llext_plan *plan)
{
	return plan->instr_bytes + plan->data_bytes;
}

/* What the plan says is what the load then takes, region by region. */
static void plan_of(struct fixture fixture)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	struct llext_heap_stats before = heap_stats();
	struct llext_plan plan;
	struct llext *ext;
	size_t tables;

	CHECK_EQ(0, llext_plan(&loader.loader, NULL, &plan));
	CHECK_EQ(before.used, heap_stats().used);
	CHECK_EQ(0, plan.imports_missing);
	ext = load_fixture(fixture, "planned");
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		CHECK_EQ(plan.mem[i].bytes, ext->mem_size[i]);
		CHECK_EQ(plan.mem[i].bytes != 0, plan.mem[i].align != 0);
		if (plan.mem[i].align != 0)
			CHECK_EQ(0, (uintptr_t)ext->mem[i] % plan.mem[i].align);
		CHECK_EQ(0, plan.mem[i].in_place_bytes);
	}
	/* alloc_size counts the blocks and the table of exports. */
	tables = ext->exp_tab.sym_cnt * sizeof(struct llext_symbol);
	CHECK(ext->alloc_size >= planned_bytes(&plan) + tables);
	unload(ext);
}

static void plan_equals_load(void)
{
	plan_of(FIXTURE(basic));
	plan_of(FIXTURE(order));
	plan_of(FIXTURE(constant));
	plan_of(FIXTURE(writable));
	plan_of(FIXTURE(sections));
	plan_of(FIXTURE(common));
	plan_of(FIXTURE(weak));
}

/* Whatever the port makes of a size, the plan has it already. */
static void check_fit(size_t bytes, size_t align)
{
	size_t fitted_bytes = bytes, fitted_align = align;

	if (llext_port.fit != NULL)
		llext_port.fit(&fitted_bytes, &fitted_align);
	CHECK_EQ(fitted_bytes, bytes);
	CHECK_EQ(fitted_align, align);
	if (llext_port.fit == NULL && llext_port.granule != 0)
		CHECK_EQ(0, (bytes | align) % llext_port.granule);
}

static void plan_counts(void)
{
	struct fixture basic = FIXTURE(basic), missing = FIXTURE(missing);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(basic.bytes, basic.size);
	struct llext_buf_loader bad = LLEXT_TEMPORARY_BUF_LOADER(missing.bytes, missing.size);
	struct llext_plan plan;

	CHECK_EQ(0, llext_plan(&loader.loader, NULL, &plan));
	CHECK_EQ(ET_REL, plan.elf_type);
	CHECK_EQ(2, plan.imports);
	CHECK(plan.relocations >= 9 * 2); /* each export has a name and an address */
	CHECK(plan.transient_bytes > 0 && plan.table_bytes >= sizeof(struct llext));
	CHECK(plan.instr_bytes >= plan.mem[LLEXT_MEM_TEXT].bytes);
	check_fit(plan.instr_bytes, plan.instr_align);
	CHECK_EQ(-ENODATA, llext_plan(&bad.loader, NULL, &plan));
	CHECK_EQ(4, plan.imports);
	CHECK_EQ(2, plan.imports_missing);
	CHECK_EQ(2, llext_last_diag()->missing_count);
	bad.len = 30;
	CHECK_EQ(-ENOEXEC, llext_plan(&bad.loader, NULL, &plan));
	CHECK_EQ(-EINVAL, llext_plan(NULL, NULL, &plan));
	CHECK_EQ(-EINVAL, llext_plan(&loader.loader, NULL, NULL));
}

/* What is left alone is not among the relocations to apply. */
static void plan_of_imports_only(void)
{
	struct fixture basic = FIXTURE(basic);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(basic.bytes, basic.size);
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_plan all, imports;

	CHECK_EQ(0, llext_plan(&loader.loader, &param, &all));
	param.relocate_local = false;
	CHECK_EQ(0, llext_plan(&loader.loader, &param, &imports));
	CHECK(imports.relocations > 0);
	CHECK(imports.relocations < all.relocations);
}

/* The data heap's peak during a dry run is what the plan says, and the allocator's own words. */
static void plan_transient(void)
{
	struct fixture basic = FIXTURE(basic);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(basic.bytes, basic.size);
	struct llext_plan plan;

	CHECK_EQ(0, llext_heap_uninit());
	CHECK_EQ(0, heap_init(CONFORMANCE_HEAP_BYTES));
	CHECK_EQ(0, llext_plan(&loader.loader, NULL, &plan));
	CHECK(heap_stats().peak >= plan.transient_bytes);
	CHECK(heap_stats().peak <= plan.transient_bytes + 16 * 48);
}

static void note_used(void *user_data, const struct llext_import *import)
{
	(void)import;
	*(size_t *)user_data = heap_stats().used;
}

static size_t used_by_symbols(struct llext_load_param *param)
{
	struct fixture basic = FIXTURE(basic);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(basic.bytes, basic.size);
	struct llext *ext = NULL;
	size_t used = 0;

	loader.loader.peek = NULL; /* else names are used where they lie */
	param->on_import = note_used;
	param->user_data = &used;
	CHECK_EQ(0, llext_load(&loader.loader, "basic", &ext, param));
	unload(ext);
	return used;
}

#ifdef __linux__ /* where the library is built with support for debuggers */
#define KEPT_FOR_DEBUGGERS true
#else
#define KEPT_FOR_DEBUGGERS false
#endif

/* Names of sections take no memory any more when symbols are looked at, unless they are kept. */
static void names_of_sections(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT, kept = keeping();
	const elf_ehdr_t *ehdr = (const void *)FIXTURE(basic).bytes;
	const elf_shdr_t *names = (const void *)(FIXTURE(basic).bytes + ehdr->e_shoff);

	names += ehdr->e_shstrndx;
	if (FIXTURE(basic).size > CONFIG_LLEXT_WHOLE_BYTES && !KEPT_FOR_DEBUGGERS)
		CHECK(used_by_symbols(&param) + names->sh_size <= used_by_symbols(&kept));
}

const struct conformance_case inspect_cases[] = {
	{"inspect: sections", sections},
	{"inspect: regions", regions},
	{"inspect: freed data", freed},
	{"inspect: data not kept", not_kept},
	{"inspect: find a section in a file", find_section},
	{"inspect: names of sections", names_of_sections},
	{"plan: equals the load", plan_equals_load},
	{"plan: counts", plan_counts},
	{"plan: imports only", plan_of_imports_only},
	{"plan: transient memory", plan_transient},
	{NULL, NULL},
};
