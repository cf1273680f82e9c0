/* SPDX-License-Identifier: Apache-2.0 */
/* Executables: loaded where they were linked for, or not at all. */
#include "cases.h"

#ifdef CONFORMANCE_NO_FIXED
static void none(void)
{
	conformance_skip("there is no memory at a known address");
}

const struct conformance_case fixed_cases[] = {
	{"fixed: none", none},
	{NULL, NULL},
};
#else

static const elf_phdr_t *segments(struct fixture fixture, unsigned int *count)
{
	const elf_ehdr_t *ehdr = (const elf_ehdr_t *)(const void *)fixture.bytes;

	*count = ehdr->e_phnum;
	return (const elf_phdr_t *)(const void *)(fixture.bytes + ehdr->e_phoff);
}

/* Where the code was linked for: it is in the first segment. */
static uintptr_t linked_for(struct fixture fixture)
{
	unsigned int count;
	const elf_phdr_t *phdrs = segments(fixture, &count);

	for (unsigned int i = 0; i < count; i++) {
		if (phdrs[i].p_type == PT_LOAD && (phdrs[i].p_flags & PF_X))
			return (uintptr_t)phdrs[i].p_vaddr;
	}
	CHECK(!"the fixture has code");
	return 0;
}

/* What is claimed first. */
static uintptr_t lowest(struct fixture fixture)
{
	unsigned int count;
	const elf_phdr_t *phdrs = segments(fixture, &count);
	uintptr_t low = UINTPTR_MAX;

	for (unsigned int i = 0; i < count; i++) {
		if (phdrs[i].p_type == PT_LOAD && phdrs[i].p_memsz != 0 && phdrs[i].p_vaddr < low)
			low = (uintptr_t)phdrs[i].p_vaddr;
	}
	return low;
}

static void check_works(const struct llext *ext)
{
	int *counter = symbol(ext, "fixed_counter");

	CHECK_EQ(3, ((const int *)symbol(ext, "fixed_table"))[2]);
	CHECK_EQ(40, *counter);
	CHECK_EQ(42, call(ext, "fixed_run"));
	CHECK_EQ(43, call(ext, "fixed_run"));
	*counter = 50;
	CHECK_EQ(54, call(ext, "fixed_run"));
}

static void at_its_address(void)
{
	struct fixture fixture = FIXTURE(fixed);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	struct llext_plan plan;

	CHECK_EQ(0, llext_plan(&loader.loader, NULL, &plan));
	CHECK_EQ(ET_EXEC, plan.elf_type);
	CHECK_EQ(0, plan.instr_bytes + plan.data_bytes + plan.relocations + plan.imports);
	CHECK(plan.mem[LLEXT_MEM_TEXT].bytes != 0 && plan.mem[LLEXT_MEM_BSS].bytes >= 32);
	/* Twice: what a load before has left there does not show. */
	for (int i = 0; i < 2; i++) {
		struct llext *ext = load_fixture(fixture, "fixed");

		CHECK_EQ(linked_for(fixture), (uintptr_t)ext->mem[LLEXT_MEM_TEXT]);
		CHECK_EQ(plan.mem[LLEXT_MEM_TEXT].bytes, ext->mem_size[LLEXT_MEM_TEXT]);
		CHECK(!ext->mem_on_heap[LLEXT_MEM_TEXT] && !ext->mem_on_heap[LLEXT_MEM_DATA]);
		CHECK_EQ(3, ext->exp_tab.sym_cnt);
		CHECK(heaps_used() < 2048); /* tables only */
		check_works(ext);
		unload(ext);
	}
}

static void initialisers(void)
{
	struct llext *ext = load_fixture(FIXTURE(fixed), "fixed");
	int *counter = symbol(ext, "fixed_counter");

	CHECK_EQ(0, llext_bringup(ext));
	CHECK_EQ(41, *counter);
	CHECK_EQ(0, llext_teardown(ext));
	CHECK_EQ(-1, *counter);
	unload(ext);
}

/* Without .exported_sym, its global symbols; not those that are no addresses in it. */
static void exports_by_symbols(void)
{
	struct llext *ext = load_fixture(FIXTURE(fixed_plain), "plain");

	CHECK_EQ(4, call(ext, "plain_run"));
	CHECK_EQ(3, *(int *)symbol(ext, "plain_value"));
	CHECK(llext_find_sym(&ext->exp_tab, "plain_hidden") == NULL);
	CHECK(llext_find_sym(&ext->exp_tab, "fixed_code") == NULL);
	unload(ext);
}

/* The linker was told to go on without them. Even what the firmware has would not be found. */
static void imports_are_missing(void)
{
	refuse(FIXTURE(fixed_missing), NULL, -ENODATA);
	CHECK_EQ(2, llext_last_diag()->missing_count);
}

/* ---- the addresses are not free ---- */

static void taken_by(const char *occupant)
{
	const struct llext_diag *diag = llext_last_diag();

	CHECK(diag->section[0] != '\0' && diag->has_offset && diag->has_values);
	if (occupant != NULL)
		CHECK_STR(occupant, diag->symbol);
	else
		CHECK(diag->symbol[0] != '\0');
}

static void taken_by_an_extension(void)
{
	struct fixture fixture = FIXTURE(fixed);
	struct llext *ext;

	need_loaded(2);
	ext = load_fixture(fixture, "first");
	refuse(fixture, NULL, -EBUSY);
	taken_by("first");
	CHECK_EQ(lowest(fixture), llext_last_diag()->offset);
	refuse(FIXTURE(fixed_plain), NULL, -EBUSY);
	taken_by("first");
	check_works(ext); /* and is as it was */
	unload(ext);
	unload(load_fixture(fixture, "second"));
}

static void taken_by_a_heap(const struct llext_heap_area *instr, const struct llext_heap_area *data)
{
	struct fixture fixture = FIXTURE(fixed);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	struct llext *ext;

	CHECK_EQ(0, llext_heap_uninit());
	CHECK_EQ(0, llext_heap_init_areas(instr, data));
	CHECK_EQ(-EBUSY, llext_load(&loader.loader, "refused", &ext, NULL));
	CHECK(ext == NULL);
	taken_by("LLEXT heap");
	CHECK_EQ((int64_t)linked_for(fixture), llext_last_diag()->found);
}

/* It has its load addresses there; where it is written does not matter. */
static void taken_by_the_heap(void)
{
	const size_t half = CONFORMANCE_HEAP_BYTES / 2;
	const struct llext_heap_area there = {conformance_memory, linked_for(FIXTURE(fixed)), half};
	uint8_t *rest = conformance_memory + half;
	const struct llext_heap_area elsewhere = {rest, (uintptr_t)rest, half};

	taken_by_a_heap(NULL, &there);
	taken_by_a_heap(&there, &elsewhere);
	taken_by_a_heap(&elsewhere, &there);
}

/* The same file for other addresses: what is in it does not matter, it is never run. */
static struct fixture moved(struct fixture from, elf_addr distance)
{
	uint8_t *bytes;
	struct fixture fixture = changeable(from, &bytes);
	elf_ehdr_t *ehdr = (elf_ehdr_t *)(void *)bytes;
	elf_phdr_t *phdrs = (elf_phdr_t *)(void *)(bytes + ehdr->e_phoff);
	elf_shdr_t *shdrs = (elf_shdr_t *)(void *)(bytes + ehdr->e_shoff);
	elf_shdr_t *symtab = find_header(bytes, ".symtab");
	elf_sym_t *syms = (elf_sym_t *)(void *)(bytes + symtab->sh_offset);

	for (unsigned int i = 0; i < ehdr->e_phnum; i++) {
		if (phdrs[i].p_type == PT_LOAD)
			phdrs[i].p_vaddr += distance;
	}
	for (unsigned int i = 1; i < ehdr->e_shnum; i++) {
		if (shdrs[i].sh_flags & SHF_ALLOC)
			shdrs[i].sh_addr += distance;
	}
	for (size_t i = 1; i < symtab->sh_size / sizeof(*syms); i++) {
		if (syms[i].st_shndx != SHN_ABS)
			syms[i].st_value += distance;
	}
	return fixture;
}

/* Of what else there is only the port knows; the firmware's own memory is such. */
static void not_given_by_the_port(void)
{
	const uintptr_t page = 4096, ours = (uintptr_t)&firmware_variable & ~(page - 1);
	struct fixture fixture = FIXTURE(fixed);
	uintptr_t start = linked_for(fixture) & ~(page - 1);

	refuse(moved(fixture, (elf_addr)(ours - start)), NULL, -EBUSY);
	taken_by(NULL);
	CHECK_EQ(100, firmware_variable);
}

/* ---- placed by the caller ---- */

static struct llext_extent extent_of(const elf_phdr_t *phdr)
{
	uintptr_t mask = llext_port.granule != 0 ? llext_port.granule - 1 : 0;
	uintptr_t start = (uintptr_t)phdr->p_vaddr & ~mask;
	uintptr_t end = ((uintptr_t)(phdr->p_vaddr + phdr->p_memsz) + mask) & ~mask;

	return (struct llext_extent){(void *)start, start, end - start};
}

static enum llext_access access_of(const elf_phdr_t *phdr)
{
	return phdr->p_flags & PF_X   ? LLEXT_ACCESS_RX
	       : phdr->p_flags & PF_W ? LLEXT_ACCESS_RW
				      : LLEXT_ACCESS_RO;
}

static void place(struct fixture fixture, const elf_phdr_t *phdr)
{
	struct llext_extent extent = extent_of(phdr);
	const uint8_t *from = fixture.bytes + phdr->p_offset;
	void *to = (void *)(uintptr_t)phdr->p_vaddr;
	const char *occupant;

	CHECK_EQ(0, llext_port.claim(&extent, access_of(phdr), &occupant));
	if (access_of(phdr) == LLEXT_ACCESS_RX && llext_port.write_code != NULL) {
		llext_port.write_code(to, (const uint32_t *)(const void *)from,
				      (size_t)(phdr->p_filesz + 3) / 4);
	} else {
		memset(to, 0, (size_t)phdr->p_memsz);
		memcpy(to, from, (size_t)phdr->p_filesz);
	}
	if (access_of(phdr) == LLEXT_ACCESS_RX && llext_port.sync != NULL)
		llext_port.sync(&extent);
	if (access_of(phdr) != LLEXT_ACCESS_RW && llext_port.protect != NULL)
		CHECK_EQ(0, llext_port.protect(&extent, access_of(phdr)));
}

static void take_away(const elf_phdr_t *phdr)
{
	struct llext_extent extent = extent_of(phdr);

	if (access_of(phdr) != LLEXT_ACCESS_RW && llext_port.protect != NULL)
		CHECK_EQ(0, llext_port.protect(&extent, LLEXT_ACCESS_RW));
	if (llext_port.release != NULL)
		llext_port.release(&extent);
}

static void pre_located(void)
{
	struct fixture fixture = FIXTURE(fixed);
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	unsigned int count;
	const elf_phdr_t *phdrs = segments(fixture, &count);
	struct llext *ext;

	need_trusted("what a linker has laid out cannot be sandboxed");
	for (unsigned int i = 0; i < count; i++) {
		if (phdrs[i].p_type == PT_LOAD)
			place(fixture, &phdrs[i]);
	}
	param.pre_located = true;
	ext = load_with(fixture, "placed", &param);
	check_works(ext);
	unload(ext);
	for (unsigned int i = 0; i < count; i++) {
		if (phdrs[i].p_type == PT_LOAD)
			take_away(&phdrs[i]);
	}
}

#ifdef CONFORMANCE_FIXED_APART
/* Constants cannot be read from memory that takes whole words only. */
static void constants_in_code_memory(void)
{
	refuse(FIXTURE(fixed_mixed), NULL, -ENOTSUP);
	CHECK_STR(".rodata", llext_last_diag()->section);
}
#endif

const struct conformance_case fixed_cases[] = {
	{"fixed: at its address", at_its_address},
	{"fixed: initialisers", initialisers},
	{"fixed: exports by symbols", exports_by_symbols},
	{"fixed: imports are missing", imports_are_missing},
	{"fixed: taken by an extension", taken_by_an_extension},
	{"fixed: taken by the heap", taken_by_the_heap},
	{"fixed: not given by the port", not_given_by_the_port},
	{"fixed: placed by the caller", pre_located},
#ifdef CONFORMANCE_FIXED_APART
	{"fixed: constants in code memory", constants_in_code_memory},
#endif
	{NULL, NULL},
};
#endif /* CONFORMANCE_NO_FIXED */
