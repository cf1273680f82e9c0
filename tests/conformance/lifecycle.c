/* SPDX-License-Identifier: Apache-2.0 */
/* Initialisers, finalisers, functions by name. */
#include <llext/domain.h>
#include "cases.h"

/* What the extension `order` notes; where a compiler has .ctors for itself, without these. */
static const int order_of_init[] = {1, 2, 21, 12, 22, 13, 14, 23, 24};
static const int order_of_fini[] = {72, 71, 81, 91, 92, 82, 93, 83};
static const int init_without_ctors[] = {1, 2, 21, 22, 23, 24};
static const int fini_without_dtors[] = {72, 71, 81, 82, 83};
#define REGISTERED 2 /* the first of the finalisers are those that were registered */

static const int *init, *fini;
static size_t init_count, fini_count;

static struct llext *load_order(void)
{
	struct llext *ext = load_fixture(FIXTURE(order), "order");
	const int *legacy = symbol(ext, "order_legacy");

	init = *legacy != 0 ? order_of_init : init_without_ctors;
	init_count = 6 + (size_t)*legacy;
	fini = *legacy != 0 ? order_of_fini : fini_without_dtors;
	fini_count = 5 + (size_t)*legacy;
	return ext;
}

static void check_notes(size_t from, const int *expected, size_t count)
{
	CHECK_EQ(from + count, note_count);
	for (size_t i = 0; i < count; i++)
		CHECK_EQ(expected[i], notes[from + i]);
}

static void order(void)
{
	struct llext *ext = load_order();

	CHECK_EQ(0, note_count); /* a load runs nothing */
	CHECK_EQ(0, llext_bringup(ext));
	check_notes(0, init, init_count);
	note_count = 0;
	CHECK_EQ(0, llext_teardown(ext));
	check_notes(0, fini, fini_count);
	/* Registered functions are run once; arrays each time. */
	note_count = 0;
	CHECK_EQ(0, llext_teardown(ext));
	check_notes(0, fini + REGISTERED, fini_count - REGISTERED);
	unload(ext);
}

static void unload_drops_registered_functions(void)
{
	struct llext *ext = load_order();

	CHECK_EQ(0, llext_bringup(ext));
	note_count = 0;
	unload(ext); /* runs nothing, frees all */
	CHECK_EQ(0, note_count);
}

static void bootstrap(void)
{
	struct llext *ext = load_order();
	void (*entry)(void *) = (void (*)(void *))(uintptr_t)symbol(ext, "order_entry");
	int *value = &firmware_words[1];

	*value = 50;
	llext_bootstrap(ext, entry, value);
	CHECK_EQ(init_count + 1 + fini_count, note_count);
	for (size_t i = 0; i < init_count; i++)
		CHECK_EQ(init[i], notes[i]);
	CHECK_EQ(50, notes[init_count]);
	check_notes(init_count + 1, fini, fini_count);
	unload(ext);
}

static void note_value(void *value)
{
	note(*(int *)value);
}

static void bootstrap_of_bad_extension(void)
{
	struct llext *ext = load_fixture(FIXTURE(bad_init), "bad");
	int value = 50;

	llext_bootstrap(ext, note_value, &value);
	CHECK_EQ(0, note_count); /* neither initialisers nor the entry */
	unload(ext);
}

static void bad_functions(void)
{
	struct llext *ext = load_fixture(FIXTURE(bad_init), "bad");
	uintptr_t table[8];

	void *function = NULL;

	CHECK_EQ(-EFAULT, llext_bringup(ext));
	CHECK_EQ(0, note_count); /* not even the good one before it */
	CHECK_EQ(-EFAULT, llext_last_diag()->error);
	CHECK_EQ(LLEXT_STAGE_LIFECYCLE, llext_last_diag()->stage);
	/* An address: no negative number, even above 2 GiB. */
	CHECK_EQ((uintptr_t)ext->mem[LLEXT_MEM_DATA], llext_last_diag()->found);
	CHECK_EQ(-EFAULT, llext_teardown(ext));
	CHECK_EQ(-EFAULT, llext_get_fn_table(ext, true, NULL, 0));
	CHECK_EQ(-EFAULT, llext_get_fn_table(ext, true, table, sizeof(table)));
	CHECK_EQ(-EFAULT, llext_get_fn_table(ext, false, table, sizeof(table)));
	CHECK_EQ(-EFAULT, llext_get_fn_table_entry(ext, true, NULL, 0));
	CHECK_EQ(-EFAULT, llext_get_fn_table_entry(ext, true, &function, 0));
	CHECK(function == NULL);
	unload(ext);
}

static void function_table(void)
{
	struct llext *ext = load_order();
	uintptr_t table[9];
	const size_t bytes = init_count * sizeof(uintptr_t);

	CHECK_EQ(-EINVAL, llext_get_fn_table(NULL, true, table, sizeof(table)));
	CHECK_EQ(bytes, llext_get_fn_table(ext, true, NULL, 0));
	CHECK_EQ(-ENOMEM, llext_get_fn_table(ext, true, table, bytes - 1));
	CHECK_EQ(-ENOMEM, llext_get_fn_table(ext, true, table, 0));
	CHECK_EQ(bytes, llext_get_fn_table(ext, true, table, sizeof(table)));
	for (size_t i = 0; i < init_count; i++)
		(void)conformance_call((const void *)table[i], 0, 0);
	check_notes(0, init, init_count);
	/* What the first functions registered is not part of the finalisers' table. */
	CHECK_EQ((fini_count - REGISTERED) * sizeof(uintptr_t),
		 llext_get_fn_table(ext, false, table, sizeof(table)));
	note_count = 0;
	for (size_t i = 0; i < fini_count - REGISTERED; i++)
		(void)conformance_call((const void *)table[i], 0, 0);
	check_notes(0, fini + REGISTERED, fini_count - REGISTERED);
	unload(ext);
}

/* The same functions, one by one. */
static void function_table_entries(void)
{
	struct llext *ext = load_order();
	uintptr_t table[9];
	void *function = NULL;

	for (int is_init = 0; is_init <= 1; is_init++) {
		ssize_t bytes = llext_get_fn_table(ext, is_init != 0, table, sizeof(table));
		size_t count = (size_t)bytes / sizeof(uintptr_t);

		CHECK_EQ(count, llext_get_fn_table_entry(ext, is_init != 0, NULL, 7));
		for (size_t i = 0; i < count; i++) {
			CHECK_EQ(0, llext_get_fn_table_entry(ext, is_init != 0, &function, i));
			CHECK_EQ(table[i], (uintptr_t)function);
		}
		CHECK_EQ(-EINVAL, llext_get_fn_table_entry(ext, is_init != 0, &function, count));
		CHECK_EQ(-EINVAL, llext_get_fn_table_entry(ext, is_init != 0, &function, SIZE_MAX));
	}
	CHECK_EQ(-EINVAL, llext_get_fn_table_entry(NULL, true, &function, 0));
	unload(ext);
}

static void nothing_to_run(void)
{
	struct llext *ext = load_fixture(FIXTURE(constant), "constant");

	CHECK_EQ(0, llext_get_fn_table(ext, true, NULL, 0));
	CHECK_EQ(0, llext_get_fn_table(ext, false, NULL, 0));
	CHECK_EQ(0, llext_bringup(ext));
	CHECK_EQ(0, llext_teardown(ext));
	unload(ext);
}

static void constructors_only(void)
{
	struct llext *ext = load_fixture(FIXTURE(empty), "empty");

	CHECK_EQ(0, ext->exp_tab.sym_cnt);
	CHECK_EQ(0, llext_bringup(ext));
	CHECK_EQ(1, note_count);
	CHECK_EQ(99, notes[0]);
	unload(ext);
}

static void call_by_name(void)
{
	struct llext *ext = load_fixture(FIXTURE(basic), "basic");

	CHECK_EQ(0, llext_call_fn(ext, "basic_nothing"));
	CHECK_EQ(-ENOENT, llext_call_fn(ext, "basic_nothin"));
	CHECK_EQ(-ENOENT, llext_call_fn(ext, "basic_nothing_more"));
	CHECK_EQ(-ENOENT, llext_call_fn(ext, ""));
	CHECK_EQ(-EINVAL, llext_call_fn(ext, NULL));
	CHECK_EQ(-EINVAL, llext_call_fn(NULL, "basic_nothing"));
	unload(ext);
}

static void domains(void)
{
	struct llext *ext = load_fixture(FIXTURE(constant), "constant");

#if LLEXT_ON(CONFIG_USERSPACE)
	CHECK_EQ(-EINVAL, llext_add_domain(ext, NULL));
	CHECK_EQ(0, llext_add_domain(ext, llext_domain_of(ext)));
#else
	CHECK_EQ(-ENOSYS, llext_add_domain(ext, NULL));
#endif
	unload(ext);
}

/* Two who have loaded one name: initialisers run for the first, finalisers for the last. */
static void two_users(void)
{
	struct llext *ext = load_order();

	CHECK_EQ(0, llext_bringup(ext));
	check_notes(0, init, init_count);
	CHECK_EQ(0, llext_bringup(ext));
	CHECK_EQ(init_count, note_count);
	CHECK_EQ(0, llext_teardown(ext));
	CHECK_EQ(init_count, note_count);
	CHECK_EQ(0, llext_teardown(ext));
	check_notes(init_count, fini, fini_count);
	/* And the same once more. */
	note_count = 0;
	CHECK_EQ(0, llext_bringup(ext));
	check_notes(0, init, init_count);
	CHECK_EQ(0, llext_teardown(ext));
	unload(ext);
}

static struct llext *changing;

static void call_from_within(void)
{
	struct llext *ext = changing;

	CHECK_EQ(-EBUSY, llext_unload(&ext));
	CHECK(ext == changing && llext_by_name("order") == ext);
	CHECK_EQ(-EBUSY, llext_bringup(ext));
	CHECK_EQ(-EBUSY, llext_teardown(ext));
}

/* Initialisers and finalisers are running: the extension stays, and as it is. */
static void calls_from_within(void)
{
	changing = load_order();
	note_hook = call_from_within;
	CHECK_EQ(0, llext_bringup(changing));
	check_notes(0, init, init_count);
	note_count = 0;
	CHECK_EQ(0, llext_teardown(changing));
	check_notes(0, fini, fini_count);
	note_hook = NULL;
	unload(changing);
}

/* ---- what lies at an address ---- */

static const char *at(const struct llext *ext, const char *name)
{
	return (const char *)symbol(ext, name);
}

static void check_place(const struct llext *ext, const char *place, enum llext_mem region,
			const char *name, size_t offset)
{
	struct llext_address info;

	CHECK_EQ(0, llext_by_address(place, &info));
	CHECK(info.ext == ext && info.name == ext->name);
	CHECK_EQ(region, info.region);
	CHECK_EQ((size_t)((uintptr_t)place - (uintptr_t)ext->mem[region]), info.region_offset);
	CHECK(info.symbol != NULL);
	CHECK_STR(name, info.symbol);
	CHECK_EQ(offset, info.symbol_offset);
	if (info.section != NULL)
		CHECK(info.section[0] == '.' && info.offset <= info.region_offset);
}

static void by_address(void)
{
	struct llext *other = load_fixture(FIXTURE(constant), "constant");
	struct llext *ext = load_fixture(FIXTURE(basic), "basic");
	struct llext_address info;
	uintptr_t text = (uintptr_t)ext->mem[LLEXT_MEM_TEXT];
	const char *counter = at(ext, "basic_counter");

	CHECK_EQ(0, llext_by_address(at(ext, "basic_sum"), &info));
	CHECK(info.ext == ext);
	CHECK_STR("basic_sum", info.symbol);
	CHECK_EQ(0, info.symbol_offset);
	check_place(ext, counter, LLEXT_MEM_DATA, "basic_counter", 0);
	check_place(ext, counter + 3, LLEXT_MEM_DATA, "basic_counter", 3);
	check_place(ext, at(ext, "basic_table") + 3, LLEXT_MEM_RODATA, "basic_table", 3);
	CHECK_EQ(0, llext_by_address(other->exp_tab.syms[0].addr, &info));
	CHECK(info.ext == other);
	CHECK_EQ(-ENOENT, llext_by_address(&info, &info));
	CHECK_EQ(-ENOENT, llext_by_address(NULL, &info));
	CHECK_EQ(-EINVAL, llext_by_address(counter, NULL));
	unload(ext);
	CHECK_EQ(-ENOENT, llext_by_address((const void *)text, &info));
	unload(other);
}

static void no_extension(void)
{
	CHECK_EQ(-EINVAL, llext_bringup(NULL));
	CHECK_EQ(-EINVAL, llext_teardown(NULL));
}

const struct conformance_case lifecycle_cases[] = {
	{"lifecycle: order", order},
	{"lifecycle: unload drops registered functions", unload_drops_registered_functions},
	{"lifecycle: bootstrap", bootstrap},
	{"lifecycle: bootstrap of a bad extension", bootstrap_of_bad_extension},
	{"lifecycle: functions outside the text", bad_functions},
	{"lifecycle: function table", function_table},
	{"lifecycle: function table, one by one", function_table_entries},
	{"lifecycle: nothing to run", nothing_to_run},
	{"lifecycle: constructors only", constructors_only},
	{"lifecycle: call by name", call_by_name},
	{"lifecycle: memory domains", domains},
	{"lifecycle: two users", two_users},
	{"lifecycle: calls from within", calls_from_within},
	{"lifecycle: by address", by_address},
	{"lifecycle: no extension", no_extension},
	{NULL, NULL},
};
