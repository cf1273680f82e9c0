/* SPDX-License-Identifier: Apache-2.0 */
/* Loading, unloading, names and use counts. */
#include "cases.h"

static void arguments(void)
{
	struct fixture basic = FIXTURE(basic);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(basic.bytes, basic.size);
	struct llext *ext = NULL;

	CHECK_EQ(-EINVAL, llext_load(NULL, "x", &ext, NULL));
	CHECK_EQ(-EINVAL, llext_load(&loader.loader, NULL, &ext, NULL));
	CHECK_EQ(-EINVAL, llext_load(&loader.loader, "", &ext, NULL));
	CHECK_EQ(-EINVAL, llext_load(&loader.loader, "x", NULL, NULL));
	CHECK_EQ(-EINVAL, llext_unload(NULL));
	CHECK_EQ(-EINVAL, llext_unload(&ext));
	CHECK(llext_by_name(NULL) == NULL);
	CHECK(llext_by_name("nothing") == NULL);
}

static void runs(void)
{
	struct llext *ext = load_fixture(FIXTURE(basic), "basic");

	CHECK_EQ(2, call(ext, "basic_bump"));
	CHECK_EQ(3, call(ext, "basic_bump_by_another_name"));
	CHECK_EQ(3, *(int *)symbol(ext, "basic_counter"));
	CHECK_EQ(3, call(ext, "basic_through_pointer"));
	CHECK_EQ(10, call(ext, "basic_sum"));
	CHECK_EQ(110, call(ext, "basic_sum"));
	CHECK_EQ(106, call(ext, "basic_imports"));
	CHECK_EQ(101, firmware_variable);
	CHECK_EQ(0, llext_call_fn(ext, "basic_nothing"));
	CHECK_EQ(-1, *(int *)symbol(ext, "basic_counter"));
	unload(ext);
}

/* GOT entries and, where branches reach less far, PLT relocations. */
static void position_independent(void)
{
	struct llext *ext = load_fixture(FIXTURE(basic_pic), "basic");

	CHECK_EQ(2, call(ext, "basic_bump"));
	CHECK_EQ(10, call(ext, "basic_sum"));
	CHECK_EQ(106, call(ext, "basic_imports"));
	CHECK_EQ(2, call(ext, "basic_through_pointer"));
	unload(ext);
}

static void public_fields(void)
{
	struct llext *ext = load_fixture(FIXTURE(basic), "basic");
	size_t regions = 0;

	CHECK_STR("basic", ext->name);
	CHECK_EQ(1, ext->use_count);
	CHECK(ext->mem[LLEXT_MEM_TEXT] != NULL && ext->mem_size[LLEXT_MEM_TEXT] > 0);
	CHECK(ext->mem[LLEXT_MEM_DATA] != NULL && ext->mem_size[LLEXT_MEM_DATA] > 0);
	CHECK(ext->mem[LLEXT_MEM_RODATA] != NULL && ext->mem_size[LLEXT_MEM_RODATA] > 0);
	CHECK(ext->mem_size[LLEXT_MEM_BSS] >= 100 * sizeof(int));
	CHECK_EQ(9 * sizeof(struct llext_const_symbol), ext->mem_size[LLEXT_MEM_EXPORT]);
	CHECK(ext->mem[LLEXT_MEM_INIT] == NULL && ext->mem_size[LLEXT_MEM_INIT] == 0);
	CHECK(ext->mem[LLEXT_MEM_SYMTAB] == NULL && ext->mem[LLEXT_MEM_STRTAB] == NULL);
	CHECK(ext->mem[LLEXT_MEM_SHSTRTAB] == NULL);
	CHECK_EQ(0, ext->sym_tab.sym_cnt);
	CHECK_EQ(9, ext->exp_tab.sym_cnt);
	for (size_t i = 1; i < ext->exp_tab.sym_cnt; i++)
		CHECK(strcmp(ext->exp_tab.syms[i - 1].name, ext->exp_tab.syms[i].name) < 0);
	for (int i = 0; i < LLEXT_MEM_COUNT; i++) {
		regions += ext->mem_size[i];
		CHECK_EQ(ext->mem[i] != NULL, ext->mem_on_heap[i]);
	}
	CHECK(ext->alloc_size >= regions && ext->alloc_size <= heaps_used());
	for (int i = 0; i <= LLEXT_MAX_DEPENDENCIES; i++)
		CHECK(ext->dependency[i] == NULL);
	unload(ext);
}

static void use_counts(void)
{
	struct fixture basic = FIXTURE(basic);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(basic.bytes, basic.size);
	/* A name that is loaded is found without a look at the loader. */
	struct llext_loader broken = {0};
	struct llext *first, *second, *third;

	CHECK_EQ(0, llext_load(&loader.loader, "basic", &first, NULL));
	CHECK_EQ(1, llext_load(&loader.loader, "basic", &second, NULL));
	CHECK_EQ(2, llext_load(&broken, "basic", &third, NULL));
	CHECK(first == second && second == third && first->use_count == 3);
	CHECK(llext_by_name("basic") == first);
	CHECK_EQ(2, llext_unload(&third));
	CHECK(third == first);
	CHECK_EQ(1, llext_unload(&second));
	CHECK_EQ(2, call(first, "basic_bump"));
	CHECK_EQ(0, llext_unload(&first));
	CHECK(first == NULL);
	CHECK(llext_by_name("basic") == NULL);
	CHECK_EQ(-EINVAL, llext_unload(&second)); /* it is gone */
}

static void two_names_two_copies(void)
{
	struct llext *one = load_fixture(FIXTURE(basic), "one");
	struct llext *two = load_fixture(FIXTURE(basic), "two");

	CHECK(one != two);
	CHECK_EQ(2, call(one, "basic_bump"));
	CHECK_EQ(3, call(one, "basic_bump"));
	CHECK_EQ(2, call(two, "basic_bump"));
	unload(one);
	CHECK_EQ(3, call(two, "basic_bump"));
	unload(two);
}

static void names_of_any_length(void)
{
	static char names[2][400];
	struct llext *ext[2];

	for (int i = 0; i < 2; i++) {
		memset(names[i], 'n', sizeof(names[i]) - 1);
		names[i][sizeof(names[i]) - 2] = (char)('a' + i);
	}
	ext[0] = load_fixture(FIXTURE(constant), "sixteen_is_one_more_a");
	ext[1] = load_fixture(FIXTURE(constant), "sixteen_is_one_more_b");
	CHECK(llext_by_name("sixteen_is_one_") == NULL);
	CHECK(llext_by_name("sixteen_is_one_more_b") == ext[1]);
	unload(ext[0]);
	unload(ext[1]);
	ext[0] = load_fixture(FIXTURE(constant), names[0]);
	ext[1] = load_fixture(FIXTURE(constant), names[1]);
	names[0][0] = 'm'; /* the name was copied */
	CHECK(llext_by_name(names[0]) == NULL);
	names[0][0] = 'n';
	CHECK(llext_by_name(names[0]) == ext[0]);
	CHECK(llext_by_name(names[1]) == ext[1]);
	unload(ext[0]);
	unload(ext[1]);
}

/* Names of one length and with one end stand in one list of llext.c. */
static void names_alike(void)
{
	static const char *const names[] = {"1_alike", "2_alike", "3_alike"};
	struct llext *ext[3];

	need_loaded(3);
	for (int i = 0; i < 3; i++)
		ext[i] = load_fixture(FIXTURE(constant), names[i]);
	for (int i = 0; i < 3; i++)
		CHECK(llext_by_name(names[i]) == ext[i]);
	CHECK(llext_by_name("4_alike") == NULL);
	unload(ext[1]); /* the one between, the oldest, the newest, the only one */
	CHECK(llext_by_name(names[1]) == NULL);
	CHECK(llext_by_name(names[0]) == ext[0] && llext_by_name(names[2]) == ext[2]);
	ext[1] = load_fixture(FIXTURE(constant), names[1]);
	unload(ext[0]);
	CHECK(llext_by_name(names[0]) == NULL);
	CHECK(llext_by_name(names[1]) == ext[1] && llext_by_name(names[2]) == ext[2]);
	unload(ext[1]);
	CHECK(llext_by_name(names[1]) == NULL && llext_by_name(names[2]) == ext[2]);
	unload(ext[2]);
	CHECK(llext_by_name(names[2]) == NULL);
}

struct visits {
	struct llext *seen[4];
	int count, stop_at;
};

static int visit(struct llext *ext, void *arg)
{
	struct visits *visits = arg;

	visits->seen[visits->count++] = ext;
	return visits->count == visits->stop_at ? 77 : 0;
}

static void iterates(void)
{
	struct llext *one, *two, *three;
	struct visits all = {.stop_at = 0}, some = {.stop_at = 2};

	need_loaded(3);
	one = load_fixture(FIXTURE(constant), "one");
	two = load_fixture(FIXTURE(constant), "two");
	three = load_fixture(FIXTURE(constant), "three");
	CHECK_EQ(0, llext_iterate(visit, &all));
	CHECK_EQ(3, all.count);
	CHECK(all.seen[0] == one && all.seen[1] == two && all.seen[2] == three);
	CHECK_EQ(77, llext_iterate(visit, &some));
	CHECK_EQ(2, some.count);
	unload(two);
	all.count = 0;
	CHECK_EQ(0, llext_iterate(visit, &all));
	CHECK(all.count == 2 && all.seen[0] == one && all.seen[1] == three);
	unload(three);
	unload(one);
}

/* A failing load changes nothing for what is loaded, nor for the next load. */
static void failure_leaves_no_trace(void)
{
	struct llext *ext = load_fixture(FIXTURE(basic), "basic");
	struct llext_load_param keep = LLEXT_LOAD_PARAM_DEFAULT;
	struct fixture basic = FIXTURE(basic);

	keep.keep_section_info = true;
	CHECK_EQ(2, call(ext, "basic_bump"));
	refuse(FIXTURE(missing), NULL, -ENODATA);
	refuse(FIXTURE(twice), &keep, -ENOEXEC);
	refuse((struct fixture){basic.bytes, basic.size / 2}, NULL, -ENOEXEC);
	CHECK_EQ(1, ext->use_count);
	CHECK_EQ(3, call(ext, "basic_bump"));
	unload(ext);
	ext = load_fixture(FIXTURE(basic), "refused");
	CHECK_EQ(2, call(ext, "basic_bump"));
	unload(ext);
}

static void sections_of_any_name(void)
{
	struct llext *ext = load_fixture(FIXTURE(sections), "sections");

	CHECK_EQ(3 + 4 + 5 + 6, call(ext, "mine_function"));
	CHECK_EQ(0, (uintptr_t)symbol(ext, "aligned_data") % 4096);
	CHECK_EQ(0, (uintptr_t)symbol(ext, "aligned_rodata") % 512);
	((int *)symbol(ext, "bss_first"))[2] = 10;
	((char *)symbol(ext, "bss_second"))[4] = 20;
	((int *)symbol(ext, "bss_third"))[6] = 30;
	CHECK_EQ(18 + 60, call(ext, "mine_function"));
	unload(ext);
}

static void common_symbols(void)
{
	struct llext *ext = load_fixture(FIXTURE(common), "common");

	CHECK_EQ(0, (uintptr_t)symbol(ext, "common_large") % 128);
	CHECK_EQ(12, call(ext, "common_sum"));
	CHECK_EQ(24, call(ext, "common_sum"));
	CHECK(ext->mem_size[LLEXT_MEM_BSS] >= 128 + sizeof(int) + 1);
	unload(ext);
}

static void memory_is_zeroed(void)
{
	struct llext *ext = load_fixture(FIXTURE(common), "common");

	CHECK_EQ(12, call(ext, "common_sum"));
	unload(ext);
	ext = load_fixture(FIXTURE(common), "common"); /* in the same memory */
	CHECK_EQ(12, call(ext, "common_sum"));
	unload(ext);
}

static void weak_imports_are_zero(void)
{
	struct llext *ext = load_fixture(FIXTURE(weak), "weak");

	CHECK_EQ(40, call(ext, "weak_answer"));
	unload(ext);
}

#ifdef CONFORMANCE_OTHER_FLOAT
/* Only its build attributes tell such an object from the others. */
static void other_float_abi(void)
{
	uint8_t *bytes, *at;
	struct fixture fixture = changeable(FIXTURE(other_float), &bytes);
	elf_shdr_t *header = find_header(bytes, ".ARM.attributes");
	const size_t size = (size_t)header->sh_size;
	struct llext *ext;

	refuse(fixture, NULL, -ENOEXEC);
	CHECK(strstr(llext_last_diag()->what, "floating-point") != NULL);
	/* Cut anywhere: whatever is left of it is read, and no more. */
	for (header->sh_size = 0; header->sh_size < size; header->sh_size++) {
		struct llext_buf_loader loader =
			LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);

		if (llext_load(&loader.loader, "cut", &ext, NULL) == 0)
			unload(ext);
		else
			CHECK_EQ(-ENOEXEC, llext_last_diag()->error);
	}
	/* Code without floating point (Tag_ABI_FP_number_model 0) goes with either. */
	at = memchr(bytes + header->sh_offset + 16, 23, size - 16);
	CHECK(at != NULL && at[1] == 3);
	at[1] = 0;
#if defined(__ARM_FP)
	unload(load_fixture(fixture, "no floating point"));
#else /* its attributes still say that it has instructions of the FPU */
	refuse(fixture, NULL, -ENOEXEC);
#endif
}
#endif

#ifdef CONFORMANCE_LATER_FPU
/* Instructions of FPv5, where the FPU is of that version and where it is not. */
static void later_fpu(void)
{
#if LLEXT_ON(CONFIG_LLEXT_ARM_FPV4)
	refuse(FIXTURE(later_fpu), NULL, -ENOEXEC);
	CHECK_STR("instructions of a later floating-point unit than the firmware's",
		  llext_last_diag()->what);
#else
	struct llext *ext = load_fixture(FIXTURE(later_fpu), "later");

	CHECK_EQ(-3, call_with(ext, "later_floor", -9));
	unload(ext);
#endif
}
#endif

#ifdef CONFORMANCE_RWPI
/* Each copy has its own data, and r9 is what it was when the call returns. */
static void data_by_register(void)
{
	struct llext *ext[2];
	uintptr_t before, after;

	need_loaded(2);
	ext[0] = load_fixture(FIXTURE(rwpi), "one");
	ext[1] = load_fixture(FIXTURE(rwpi), "two");
	__asm__ volatile("mov %0, r9" : "=r"(before));
	CHECK_EQ(100 + 13, call_with(ext[0], "rwpi_entry", 2));
	CHECK_EQ(100 + 15, call_with(ext[0], "rwpi_entry", 1));
	CHECK_EQ(100 + 11, call_with(ext[1], "rwpi_entry", 0));
	__asm__ volatile("mov %0, r9" : "=r"(after));
	CHECK_EQ(before, after);
	unload(ext[1]);
	unload(ext[0]);
}
#endif

const struct conformance_case load_cases[] = {
	{"load: bad arguments", arguments},
	{"load: runs", runs},
#ifdef CONFORMANCE_OTHER_FLOAT
	{"load: another floating-point convention", other_float_abi},
#endif
#ifdef CONFORMANCE_LATER_FPU
	{"load: instructions of a later floating-point unit", later_fpu},
#endif
	{"load: position-independent code", position_independent},
#ifdef CONFORMANCE_RWPI
	{"load: data by a register", data_by_register},
#endif
	{"load: public fields", public_fields},
	{"load: use counts", use_counts},
	{"load: two names, two copies", two_names_two_copies},
	{"load: names of any length", names_of_any_length},
	{"load: names alike", names_alike},
	{"load: iterate", iterates},
	{"load: a failure leaves no trace", failure_leaves_no_trace},
	{"load: sections of any name", sections_of_any_name},
	{"load: common symbols", common_symbols},
	{"load: zeroed memory", memory_is_zeroed},
	{"load: weak imports", weak_imports_are_zero},
	{NULL, NULL},
};
