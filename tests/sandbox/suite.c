/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same extension, trusted and sandboxed: what works in both, what is refused, what is
 * contained.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/plan.h>
#include "suite.h"

static struct k_mem_domain domain;
static struct llext_domain_fault fault;
static struct llext *ext;
static struct llext_buf_loader loader;
static int failures, checks;

void suite_check(bool ok, const char *file, int line, const char *what)
{
	checks++;
	if (ok)
		return;
	failures++;
	printf("%s:%d: FAILED: %s\n", file, line, what);
}

static struct llext_loader *source(const struct llext *which, void *user_data)
{
	(void)which;
	(void)user_data;
	loader = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(
		fixture_probe, (size_t)(fixture_probe_end - fixture_probe));
	return &loader.loader;
}

int suite_failures(void)
{
	return failures;
}

#define HEAP 512
static uint32_t heap_map[LLEXT_DOMAIN_HEAP_WORDS(HEAP)];
static struct llext_domain_more more;
static struct llext_domain_config config = {
	.name = "test",
	.more = &more,
	.heap_bytes = HEAP,
	.heap_map = heap_map,
	.stack_bytes = 2048,
	.source = source,
	.fault = &fault,
};

static int load(struct k_mem_domain *into, bool later)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	char line[200];
	int rc;

	param.domain = into;
	param.domain_later = later;
	rc = llext_load(source(NULL, NULL), "probe", &ext, &param);
	if (rc != 0) {
		(void)llext_diag_format(llext_last_diag(), line, sizeof(line));
		printf("%s\n", line);
	}
	return rc;
}

static const void *symbol(const char *name)
{
	const void *address = llext_find_sym(&ext->exp_tab, name);

	if (address == NULL)
		printf("no symbol %s\n", name);
	return address;
}

static int call_ticks(const char *name, uintptr_t a, uintptr_t b, uintptr_t c, uint32_t ticks,
		      int *value)
{
	const struct llext_domain_args args = {.word = {a, b, c}};
	struct llext_domain_result result = {0};
	int rc = llext_domain_call(&domain, symbol(name), &args, &result, ticks);

	*value = (int)result.word[0];
	return rc;
}

static int call3(const char *name, uintptr_t a, uintptr_t b, uintptr_t c)
{
	int value;
	int rc = call_ticks(name, a, b, c, 0, &value);

	return rc != 0 ? rc : value;
}

/* An address of the extension's own. */
static uintptr_t own(int what)
{
	const struct llext_domain_args args = {.word = {(uintptr_t)what}};
	struct llext_domain_result result = {0};

	CHECK(llext_domain_call(&domain, symbol("own_address"), &args, &result, 0) == 0);
	return result.word[0];
}

static int call1(const char *name, uintptr_t a)
{
	return call3(name, a, 0, 0);
}

/* Of an address that is jumped to, where it says something else than where that is. */
#ifdef __arm__
#define CODE_STATE 1u
#else
#define CODE_STATE 0u
#endif

/* Cortex-M does not tell loads from stores, and where the stack ends, it is either. */
static bool is_cause(enum llext_domain_cause found, enum llext_domain_cause expected)
{
#ifdef __arm__
	if (expected == LLEXT_DOMAIN_READ || expected == LLEXT_DOMAIN_STACK)
		return found == expected || found == LLEXT_DOMAIN_WRITE;
#else
	if (expected == LLEXT_DOMAIN_STACK)
		return found == LLEXT_DOMAIN_WRITE;
#endif
	return found == expected;
}

/* A call that has to end with a fault of this cause, and leaves the domain stopped. */
static bool faults(enum llext_domain_cause cause, const char *name, uintptr_t a, uintptr_t b,
		   uintptr_t c)
{
	int value, calls = gate_calls, rc = call_ticks(name, a, b, c, 0, &value);
	const struct llext_domain_fault *record = llext_domain_fault(&domain);
	int now = gate_calls;
	bool ok = rc == -EFAULT && record != NULL && is_cause(record->cause, cause) &&
		  (cause != LLEXT_DOMAIN_ARGUMENT || gate_calls == calls) &&
		  call1("call_nothing", 0) == -EFAULT;
	char line[256];

	ok = ok && gate_calls == now; /* nothing runs in a stopped domain */
	if (!ok && record != NULL) {
		(void)llext_domain_fault_format(record, line, sizeof(line));
		printf("%s(%lx, %lx, %lx): %d, %s\n", name, (unsigned long)a, (unsigned long)b,
		       (unsigned long)c, rc, line);
	}
	if (llext_domain_reset(&domain) != 0) {
		printf("no reset\n");
		return false;
	}
	return ok;
}

/* ---- what works ---- */

static void test_trusted(void)
{
	CHECK(load(NULL, false) == 0);
	if (ext == NULL)
		return;
	CHECK(llext_domain_of(ext) == NULL);
	CHECK(llext_bringup(ext) == 0);
	CHECK(((int (*)(void))(uintptr_t)symbol("is_initialised"))() == 42);
	CHECK(((int (*)(void))(uintptr_t)symbol("use_gates"))() == 0);
	CHECK(((int (*)(int))(uintptr_t)symbol("use_callback"))(5) == 16);
	CHECK(llext_teardown(ext) == 0);
	CHECK(llext_unload(&ext) == 0);
}

/* What llext_plan() says is what a load then takes. */
static void test_plan(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_plan plan;

	param.domain = &domain;
	CHECK(llext_plan(source(NULL, NULL), &param, &plan) == 0);
	CHECK(plan.slots == 2 && plan.slots_left >= 2);
	CHECK(domain.part_count == 0);
	CHECK(load(&domain, false) == 0);
	CHECK(domain.part_count == plan.slots);
	CHECK(domain.parts[0].bytes == plan.instr_bytes);
	CHECK(domain.parts[1].bytes == plan.data_bytes);
	CHECK(plan.data_bytes > config.stack_bytes);
	/* The next one has no stack. */
	CHECK(llext_plan(source(NULL, NULL), &param, &plan) == 0);
	CHECK(plan.data_bytes <= domain.parts[1].bytes);
}

static void test_sandboxed(void)
{
	CHECK(llext_domain_init(&domain, &config) == 0);
	test_plan();
	if (ext == NULL)
		return;
	CHECK(llext_domain_of(ext) == &domain);
	CHECK(call3("add", 40, 2, 0) == 42);
	CHECK(llext_bringup(ext) == 0);
	CHECK(call1("is_initialised", 0) == 42);
	CHECK(call1("count", 0) == 46 && call1("count", 0) == 48);
	CHECK(call1("call_nothing", 0) == 7);
	CHECK(call1("use_gates", 0) == 0);
	CHECK(call1("twice_by_pointer", 9) == 18);
	CHECK(call1("use_callback", 5) == 16);
	CHECK(call1("nest", 3) == 2);
	CHECK(llext_call_fn(ext, "count") == 0 && call1("count", 0) == 52);
	CHECK(llext_call_fn(ext, "nothing") == -ENOENT);
	CHECK(llext_domain_fault(&domain) == NULL);
	CHECK(llext_domain_current() == NULL);
}

static void test_registers(void)
{
	CHECK(call1("use_gates", 0) == 0);
	CHECK(last_narrow[0] == 200 && last_narrow[1] == -3 && last_narrow[2] == 60000 &&
	      last_narrow[3] == -5 && last_narrow[4] == 1);
	CHECK(call1("wide_numbers", 0) == 0xc8 + 0x7d + 0xea60 + 0x7ffb + 0);
	CHECK(last_narrow[0] == 0xc8 && last_narrow[1] == 0x7d && last_narrow[2] == 0xea60 &&
	      last_narrow[3] == 0x7ffb && last_narrow[4] == 0);
}

static void test_refused(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *other;
	struct llext_buf_loader lacking = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_lacking, (size_t)(fixture_lacking_end - fixture_lacking));

	param.domain = &domain;
	CHECK(llext_load(&lacking.loader, "lacking", &other, &param) == -EACCES);
	CHECK(llext_last_diag()->missing_count == 1 &&
	      strcmp(llext_last_diag()->missing, "fw_plain") == 0);
#ifdef SUITE_LINKED
	struct llext_buf_loader linked = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_linked, (size_t)(fixture_linked_end - fixture_linked));

	CHECK(llext_load(&linked.loader, "linked", &other, &param) == -ENOTSUP);
	CHECK(strstr(llext_last_diag()->what, "a linker") != NULL);
#endif
	/* Not as trusted by its name. */
	CHECK(llext_load(source(NULL, NULL), "probe", &other, NULL) == -EEXIST && other == NULL);
	param.domain = NULL;
	CHECK(llext_load(&lacking.loader, "lacking", &other, &param) == 0);
	CHECK(llext_unload(&other) == 0);
	CHECK(llext_domain_call(&domain, (const void *)(uintptr_t)&fw_nothing, NULL, NULL, 0) ==
	      -EINVAL);
	CHECK(llext_domain_init(&domain, &config) == -EBUSY);
	CHECK(llext_domain_fini(&domain) == -EBUSY);
	CHECK(llext_domain_share(&domain, suite_domain_memory, 32, LLEXT_ACCESS_RW) == -EINVAL);
}

/* ---- what is contained ---- */

static void test_memory(void)
{
	uintptr_t text = own(0) & ~(uintptr_t)1;

	for (const uintptr_t *address = suite_forbidden; *address != 0; address++) {
		uintptr_t at = *address == 1 ? 0 : *address;

		CHECK(faults(LLEXT_DOMAIN_READ, "read_at", at, 0, 0));
		CHECK(faults(LLEXT_DOMAIN_WRITE, "write_at", at, 0, 0));
		CHECK(faults(LLEXT_DOMAIN_EXECUTE, "jump_to", at | CODE_STATE, 0, 0));
	}
	/* The first byte behind each part, and the last one before it. */
	for (unsigned int i = 0; i < domain.part_count; i++) {
		uintptr_t start = llext_domain_part(&domain, i)->start,
			  end = start + llext_domain_part(&domain, i)->bytes;

		CHECK(call1("read_at", start) >= 0 && call1("read_at", end - 1) >= 0);
		CHECK(faults(LLEXT_DOMAIN_READ, "read_at", end, 0, 0));
		CHECK(faults(LLEXT_DOMAIN_WRITE, "write_at", end, 0, 0));
		CHECK(faults(LLEXT_DOMAIN_READ, "read_at", start - 1, 0, 0));
		CHECK(faults(LLEXT_DOMAIN_WRITE, "write_at", start - 1, 0, 0));
	}
	CHECK(call1("read_at", text) >= 0);
	CHECK(faults(LLEXT_DOMAIN_WRITE, "write_at", text, 0, 0));
	CHECK(faults(LLEXT_DOMAIN_WRITE, "write_at", own(1), 0, 0));
	for (int i = 2; i <= 5; i++) {
		uintptr_t mine = own(i);

		CHECK(faults(LLEXT_DOMAIN_EXECUTE, "jump_to", mine | CODE_STATE, 0, 0));
		CHECK(call1("read_at", mine) >= 0);
	}
	CHECK(faults(LLEXT_DOMAIN_STACK, "overflow", 0, 0, 0));
	CHECK(suite_secret == 0x5ec2e7);
}

static void test_arguments(void)
{
	uintptr_t data = own(4), secret = (uintptr_t)&suite_secret;
	uintptr_t text = own(0) & ~(uintptr_t)1;
	uintptr_t low = domain.way.stack, high = low + llext_domain_stack_bytes(&domain);
	const uintptr_t bad[] = {secret, FORGED(low, high)};

	CHECK(call3("sum_of", high - 8, 2, 0) != -EFAULT);
	CHECK(call3("fill_at", data, 4, 0) == 0);
	CHECK(call3("sum_of", data, 0, 0) == 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "sum_of", bad[i], 1, 0));
		CHECK(fault.argument == 1 && strcmp(fault.gate, "fw_sum") == 0 &&
		      fault.address == bad[i]);
		CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "fill_at", bad[i], 4, 0));
		CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "swap_at", bad[i], 0, 0));
		if (bad[i] - low >= high - low) /* one byte of it may be a string */
			CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "length_of", bad[i], 0, 0));
		CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "copy_to_from", data, bad[i], 4));
		CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "copy_to_from", bad[i], data, 4));
		CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "call_back_to", bad[i], 0, 0));
	}
	/* No end in what a string may have. */
	CHECK(call1("length_of", data) == 6);
	CHECK(call3("fill_at", data, 64, 0) == 0);
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "length_of", data, 0, 0));
	/* Nothing at the end is something that the domain has; behind it, not even that. */
	CHECK(call3("sum_of", high, 0, 0) == 0);
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "sum_of", high + 4, 0, 0));
	/* A string whose NUL is the last byte, and one without. */
	*(char *)(high - 2) = 'x';
	*(char *)(high - 1) = '\0';
	CHECK(call1("length_of", high - 2) == 1);
	*(char *)(high - 1) = 'x';
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "length_of", high - 2, 0, 0));
	/* Too many, wrapping; and what is written must not be constants. */
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "sum_of", data, UINTPTR_MAX / 4 + 2, 0));
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "sum_of", data, UINTPTR_MAX, 0));
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "fill_at", data, UINTPTR_MAX, 0));
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "fill_at", data, high - data + 1, 0));
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "fill_at", text, 4, 0));
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "copy_to_from", text, data, 4));
	CHECK(call3("copy_to_from", data, text, 4) == 4);
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "call_back_to", (uintptr_t)&fw_plain, 0, 0));
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "call_back_to", data, 0, 0));
	CHECK(suite_secret == 0x5ec2e7);
}

static void test_callbacks(void)
{
	CHECK(call1("nest", 2) == 1);
	/* Deeper than LLEXT_DOMAIN_DEPTH: the innermost gate is told so. */
	CHECK(call1("nest", LLEXT_DOMAIN_DEPTH) == LLEXT_DOMAIN_DEPTH - 2 + -ELOOP + 1);
	gate_calls = 0;
	CHECK(call1("crash_in_callback", 0) == -EFAULT && gate_calls == 1);
	CHECK(llext_domain_reset(&domain) == 0);
}

/* An interrupt at each moment of a call, its gates and a call back. */
static void test_phases(void)
{
	static const union llext_domain_fp fp = {.d = {2.5, 3}};
	const struct llext_domain_args args = {
		.fp = LLEXT_GATE_FP_BYTES_ != 0 ? &fp : NULL,
		.word = {[0] = 0, 0x40040000, 0, 0x40080000}, /* the same, where there are none */
	};
	const void *function = symbol("a_bit_of_all");
	struct llext_domain_result result;
	int wrong = 0;

	for (unsigned int phase = 0; phase < 6000; phase++) {
		suite_phase(phase / 2);
		wrong += llext_domain_call(&domain, function, &args, &result, 0) != 0 ||
			 result.word[0] != 0;
	}
	CHECK(wrong == 0);
}

/* Registers for floating point have arguments, or 0: nothing of the call before. */
static void test_fp_arguments(void)
{
	static const union llext_domain_fp fp = {.d = {2.5}};
	struct llext_domain_args args = {.fp = &fp};
	struct llext_domain_result result;
	const void *function = symbol("as_it_came");

	if (LLEXT_GATE_FP_BYTES_ == 0)
		return;
	CHECK(llext_domain_call(&domain, function, &args, &result, 0) == 0 && result.fp.d == 2.5);
	args.fp = NULL;
	CHECK(llext_domain_call(&domain, function, &args, &result, 0) == 0 && result.fp.d == 0);
}

static void test_budget(void)
{
	static const char *const names[] = {"spin", "spin_in_gates", "spin_in_callback"};
	int value;

	suite_ticks(true);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CHECK(call_ticks(names[i], 0, 0, 0, 3, &value) == -ETIMEDOUT);
		CHECK(fault.cause == LLEXT_DOMAIN_BUDGET || fault.cause == LLEXT_DOMAIN_OTHER);
#ifdef __linux__
		/* It was ended from here: that is no signal of its own. */
		CHECK(fault.status == 0 && !fault.has_address);
#else
		/* It says where that was; but in a gate, or on the way there. */
		if (i == 0)
			CHECK(fault.extension == ext && strcmp(fault.symbol, "spin") == 0);
#endif
		CHECK(call1("add", 1) == -ETIMEDOUT);
		CHECK(llext_domain_reset(&domain) == 0);
		CHECK(call_ticks("add", 1, 2, 0, 1000000, &value) == 0 && value == 3);
	}
	suite_ticks(false);
}

static int times_asked;

static enum llext_domain_policy ask(struct k_mem_domain *of,
				    const struct llext_domain_fault *record, void *user_data)
{
	(void)of;
	(void)record;
	(void)user_data;
	times_asked++;
	return LLEXT_DOMAIN_STOP;
}

/* The only tick comes at any moment of a call, the first and the last ones, too: the firmware is
 * asked once about each that ends with it. */
static void test_last_tick(void)
{
	int value, expired = 0, wrong = 0;

	config.on_fault = ask;
	times_asked = 0;
	for (unsigned int phase = 0; phase < 600; phase++) {
		int rc;

		suite_phase(phase / 2);
		rc = call_ticks("add", 1, 2, 0, 1, &value);
		expired += rc == -ETIMEDOUT;
		wrong += rc == -ETIMEDOUT ? llext_domain_reset(&domain) != 0 : rc != 0;
		wrong += times_asked != expired;
	}
	CHECK(wrong == 0);
	config.on_fault = NULL;
}

static void test_handles(void)
{
	static struct llext_handle handles[4];
	static struct llext_handle_table table = {handles, 4};
	int first, second;

	opened = released_count = 0;
	llext_handle_use(&table);
	first = call1("open_one", 3);
	second = call1("open_one", 4);
	CHECK(first > 0 && second > 0 && first != second);
	CHECK(call1("use_one", (uintptr_t)first) == 3 && call1("use_one", (uintptr_t)second) == 4);
	CHECK(call1("close_one", (uintptr_t)first) == 0 && opened == 1);
	/* Closed; its place with another generation; none; of a trusted owner. */
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "use_one", (uintptr_t)first, 0, 0));
	CHECK(opened == 0 && released_count == 1 && released[0] == 4);
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "use_one", (uintptr_t)second, 0, 0));
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "use_one", 0, 0, 0));
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "use_one", (uintptr_t)-1, 0, 0));
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "use_one", 5, 0, 0));
	/* Another one in its place. */
	first = call1("open_one", 3);
	CHECK(call1("close_one", (uintptr_t)first) == 0);
	second = call1("open_one", 4);
	CHECK(second > 0 && (second & 0xffff) == (first & 0xffff) && first != second);
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "use_one", (uintptr_t)first, 0, 0));
	first = fw_open(1);
	CHECK(fw_use(first) == 1);
	CHECK(llext_handle_get(first, 6) == NULL); /* of another kind */
	CHECK(faults(LLEXT_DOMAIN_ARGUMENT, "use_one", (uintptr_t)first, 0, 0));
	CHECK(fw_close(first) == 0);
	/* In reverse, at a fault. */
	released_count = 0;
	for (int i = 1; i <= 4; i++)
		CHECK(call1("open_one", (uintptr_t)i) > 0);
	CHECK(call1("open_one", 5) == -ENOSPC);
	opened--;
	CHECK(call1("read_at", 4) == -EFAULT);
	CHECK(opened == 0 && released_count == 4 && released[0] == 4 && released[3] == 1);
	CHECK(llext_domain_reset(&domain) == 0);
}

/* The domain gets so much of its own memory, and no more, whatever it gives back. */
static void test_heap(void)
{
	struct llext_domain_config wrong = config;
	struct k_mem_domain other = {0};
	uintptr_t first;

	CHECK(call3("heap_take", 64, 16, 0) == HEAP / 16);
	CHECK(call3("heap_take", 1, 1, 0) == 0);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call3("heap_take", 1, HEAP + 1, 0) == 0 && call3("heap_take", 1, SIZE_MAX, 0) == 0);
	CHECK(call3("heap_take", 9, 64, 0) == 8);
	/* Inside an allocation, what is not one, and twice: nothing happens. */
	call3("heap_free", 2, 16, 0);
	call3("heap_free", 2, 1, 0);
	call3("heap_free", 7, 64, 0);
	call1("heap_free_at", 0);
	call1("heap_free_at", (uintptr_t)&suite_secret);
	call1("heap_free_at", domain.way.stack);
	call1("heap_free_at", UINTPTR_MAX);
	CHECK(call3("heap_take", 1, 0, 0) == 0);
	CHECK(llext_domain_reset(&domain) == 0 && call3("heap_take", 3, 48, 0) == 3);
	first = (uintptr_t)call1("heap_at", 0);
	call3("heap_free", 1, 0, 0);
	call3("heap_free", 1, 0, 0);
	CHECK(call3("heap_take", 64, 48, 0) == 8);
	CHECK((uint32_t)call1("heap_at", 0) == (uint32_t)(first + 48));
	CHECK(llext_domain_reset(&domain) == 0 && call3("heap_take", 1, HEAP, 0) == 1);
	CHECK(llext_domain_alloc(1) == NULL && llext_domain_free(heap_map) == -EINVAL);
	CHECK(suite_secret == 0x5ec2e7);
	CHECK(llext_domain_reset(&domain) == 0);
	wrong.heap_map = NULL;
	CHECK(llext_domain_init(&other, &wrong) == -EINVAL);
	wrong.heap_map = heap_map;
	wrong.heap_bytes = HEAP - 1;
	CHECK(llext_domain_init(&other, &wrong) == -EINVAL);
	/* Rounded up, a stack of so many bytes would have none. */
	wrong.heap_bytes = HEAP;
	wrong.stack_bytes = SIZE_MAX;
	CHECK(llext_domain_init(&other, &wrong) == -EINVAL);
}

static void test_reset(void)
{
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call1("is_initialised", 0) == 0);
	CHECK(llext_bringup(ext) == 0 && call1("is_initialised", 0) == 42);
	CHECK(call1("count", 0) == 46 && call1("count", 0) == 48);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call1("count", 0) == 46);
	config.policy = LLEXT_DOMAIN_RESTART;
	/* Only what had been brought up is brought up again. */
	CHECK(call1("read_at", 4) == -EFAULT);
	CHECK(call1("is_initialised", 0) == 0 && call1("count", 0) == 46);
	CHECK(llext_bringup(ext) == 0);
	CHECK(call1("read_at", 4) == -EFAULT);
	CHECK(call1("is_initialised", 0) == 42 && call1("count", 0) == 46);
	config.policy = LLEXT_DOMAIN_STOP;
}

/* 1,000 faults later nothing is lost. */
static void test_leaks(void)
{
	struct llext_heap_stats before, after;
	int wrong = 0;

	CHECK(llext_heap_stats(LLEXT_HEAP_DATA, &before) == 0);
	for (int i = 0; i < 1000; i++) {
		static const char *const names[] = {"read_at", "write_at", "sum_of",
						    "crash_in_callback"};

		wrong += call1(names[i % 4], 4) != -EFAULT;
		wrong += llext_domain_reset(&domain) != 0;
	}
	CHECK(wrong == 0);
	CHECK(llext_heap_stats(LLEXT_HEAP_DATA, &after) == 0);
	CHECK(memcmp(&before.used, &after.used, sizeof(before.used)) == 0 &&
	      before.blocks == after.blocks);
	CHECK(call3("add", 1, 2, 0) == 3);
}

static void test_end(void)
{
	struct llext_heap_stats stats;

	CHECK(llext_teardown(ext) == 0);
	CHECK(llext_unload(&ext) == 0);
	CHECK(domain.part_count == 0 && domain.stack_owner == NULL);
	llext_arena_stats(&domain.arena, &stats);
	CHECK(stats.blocks == 0);
	CHECK(llext_domain_fini(&domain) == 0);
	CHECK(domain.config == NULL);
}

/* ---- several extensions ---- */

static int load_second(struct k_mem_domain *into, struct llext **second)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_buf_loader file = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_second, (size_t)(fixture_second_end - fixture_second));

	param.domain = into;
	param.domain_later = true;
	return llext_load(&file.loader, "second", second, &param);
}

static int call_second(const struct llext *second, const char *name, uintptr_t a)
{
	const struct llext_domain_args args = {.word = {a}};
	struct llext_domain_result result = {0};
	int rc = llext_domain_call(&domain, llext_find_sym(&second->exp_tab, name), &args, &result,
				   0);

	return rc != 0 ? rc : (int)result.word[0];
}

/* In one domain imports bind directly; across domains, and across trust, not at all. */
static void test_several(void)
{
	static struct k_mem_domain other;
	static uint32_t other_map[LLEXT_DOMAIN_HEAP_WORDS(HEAP)];
	struct llext_domain_config half = config;
	struct llext *second = NULL, *first = ext;

	CHECK(load_second(NULL, &second) == -ENODATA);
	CHECK(load_second(&domain, &second) == 0);
	if (second == NULL)
		return;
	CHECK(domain.extensions == 2);
	CHECK(call_second(second, "second_sum", 10) == 35);
	CHECK(call_second(second, "second_writes", 0) == 'b');
	CHECK(call1("length_of", own(4)) == 6);
	/* It is fenced in as the first one is, and known by its name. */
	CHECK(call_second(second, "second_reads", (uintptr_t)&suite_secret) == -EFAULT);
	CHECK(fault.extension == second && strcmp(fault.symbol, "second_reads") == 0);
	CHECK(llext_unload(&first) == -EBUSY);
	CHECK(call_second(second, "second_sum", 10) == -EFAULT);
	CHECK(llext_unload(&second) == 0 && fault.extension == NULL && fault.symbol == NULL);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call3("add", 1, 2, 0) == 3);
	/* The upper half of the memory as another domain's. */
	half.heap_map = other_map;
	half.mem = suite_domain_memory + suite_domain_bytes / 2;
	half.bytes = suite_domain_bytes / 2;
	half.more = NULL;
	CHECK(llext_domain_init(&other, &half) == 0);
	CHECK(load_second(&other, &second) == -ENODATA && second == NULL);
	CHECK(other.extensions == 0 && other.part_count == 0);
	/* It has room for so many pieces of memory and no more. */
	for (unsigned int i = 0; i <= LLEXT_DOMAIN_OWN_PARTS; i++)
		CHECK(llext_domain_share(&other, suite_shared + i * suite_shared_bytes,
					 suite_shared_bytes, LLEXT_ACCESS_RW) ==
		      (i < LLEXT_DOMAIN_OWN_PARTS ? 0 : -ENOSPC));
	CHECK(llext_domain_fini(&other) == 0);
}

/* ---- a domain called by another one's gate ---- */

static struct k_mem_domain inner;
static const void *inner_function;
static int inner_rc;

/* The outer one gets memory while the inner one's gate runs, which must not notice. */
static void share_with_outer(void)
{
	int rc = llext_domain_share(&domain, suite_shared, suite_shared_bytes, LLEXT_ACCESS_RW);

	CHECK(rc == 0 || rc == -EBUSY);
}

static void call_inner(void)
{
	struct llext_domain_result result = {0};

	gate_hook = share_with_outer;
	inner_rc = llext_domain_call(&inner, inner_function, NULL, &result, 0);
	CHECK(result.word[0] == 7);
}

static void restart_inner(void)
{
	inner_rc = llext_domain_call(&inner, inner_function, NULL, NULL, 0);
}

static void test_inner(void)
{
	static uint32_t inner_map[LLEXT_DOMAIN_HEAP_WORDS(HEAP)];
	struct llext_domain_config half = config;
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *other;

	half.heap_map = inner_map;
	half.mem = suite_domain_memory + suite_domain_bytes / 2;
	half.bytes = suite_domain_bytes / 2;
	half.more = NULL;
	param.domain = &inner;
	CHECK(llext_domain_init(&inner, &half) == 0);
	CHECK(llext_load(source(NULL, NULL), "inner", &other, &param) == 0);
	if (other == NULL)
		return;
	inner_function = llext_find_sym(&other->exp_tab, "call_nothing");
	gate_hook = call_inner;
	CHECK(call1("call_nothing", 0) == 7 && inner_rc == 0);
	CHECK(call3("add", 1, 2, 0) == 3);
	(void)llext_domain_share(&domain, suite_shared, 0, LLEXT_ACCESS_RW);
	/* It faults and is brought up again there: the outer one goes on with its own memory. */
	half.policy = LLEXT_DOMAIN_RESTART;
	inner_function = llext_find_sym(&other->exp_tab, "overflow");
	gate_hook = restart_inner;
	CHECK(call1("call_nothing", 0) == 7 && inner_rc == -EFAULT && inner.stopped == 0);
	CHECK(call3("add", 1, 2, 0) == 3);
	CHECK(llext_unload(&other) == 0);
	CHECK(llext_domain_fini(&inner) == 0);
}

/* ---- a trusted extension that joins the domain ---- */

static int trusted_call(const char *name, int a)
{
	return ((int (*)(int))(uintptr_t)symbol(name))(a);
}

/* What does not join stays as it was. */
static void test_not_added(void)
{
	static struct k_mem_domain other;
	static struct llext_domain_more other_more;
	struct llext_domain_config narrow = config;
	struct llext_buf_loader local = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_local, (size_t)(fixture_local_end - fixture_local));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *second = NULL;
	void *data = (void *)((uintptr_t)ext->mem[LLEXT_MEM_DATA] & ~(suite_shared_bytes - 1));

	CHECK(llext_add_domain(ext, NULL) == -EINVAL && llext_add_domain(NULL, &domain) == -EINVAL);
	CHECK(llext_add_domain(ext, &other) == -EINVAL);
	/* Others call it directly. */
	CHECK(load_second(NULL, &second) == 0);
	CHECK(llext_add_domain(ext, &domain) == -EBUSY);
	CHECK(strstr(llext_last_diag()->what, "use its symbols") != NULL);
	CHECK(llext_unload(&second) == 0);
	/* Some of it is shared already, which would outlast it. */
	CHECK(llext_domain_share(&domain, data, suite_shared_bytes, LLEXT_ACCESS_RW) == 0);
	CHECK(llext_add_domain(ext, &domain) == -EINVAL && domain.part_count == 1);
	CHECK(llext_domain_share(&domain, data, 0, LLEXT_ACCESS_RW) == 0);
	/* No room for a stack; no part for the last piece. */
	narrow.stack_bytes = suite_domain_bytes;
	CHECK(llext_domain_init(&other, &narrow) == 0);
	CHECK(llext_add_domain(ext, &other) == -ENOMEM);
	narrow.stack_bytes = config.stack_bytes;
	narrow.more = &other_more;
#ifndef __arm__ /* there the unit has fewer: attacks.c */
	for (unsigned int i = 2; i < CONFIG_LLEXT_DOMAIN_PARTS; i++)
		CHECK(llext_domain_share(&other, suite_shared + (i - 2) * suite_shared_bytes,
					 suite_shared_bytes, LLEXT_ACCESS_RW) == 0);
	CHECK(llext_add_domain(ext, &other) == -ENOSPC);
	CHECK(strcmp(llext_last_diag()->section, "data") == 0);
	CHECK(other.extensions == 0 && other.part_count == CONFIG_LLEXT_DOMAIN_PARTS - 2);
#endif
	CHECK(llext_domain_fini(&other) == 0);
	CHECK(llext_domain_of(ext) == NULL && trusted_call("use_gates", 0) == 0);
	param.domain_later = true;
	CHECK(llext_load(&local.loader, "local", &second, &param) == 0);
	CHECK(llext_add_domain(second, &domain) == -ENOTSUP);
	CHECK(llext_unload(&second) == 0);
}

/* It joins with an import that has no gate, and uses it. */
static void test_import_named(void)
{
	struct llext_buf_loader lacking = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_lacking, (size_t)(fixture_lacking_end - fixture_lacking));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *other = NULL;
	char line[200];

	param.domain_later = true;
	CHECK(llext_load(&lacking.loader, "lacking", &other, &param) == 0);
	CHECK(llext_add_domain(other, &domain) == 0);
	CHECK(llext_domain_call(&domain, llext_find_sym(&other->exp_tab, "lacking"), NULL, NULL,
				0) == -EFAULT);
	CHECK(fault.cause == LLEXT_DOMAIN_EXECUTE && fault.import != NULL &&
	      strcmp(fault.import, "fw_plain") == 0);
	(void)llext_domain_fault_format(&fault, line, sizeof(line));
	CHECK(strstr(line, ": fw_plain has no gate") != NULL);
	CHECK(llext_unload(&other) == 0 && llext_domain_reset(&domain) == 0);
	/* Of the domain's own there is none. */
	CHECK(faults(LLEXT_DOMAIN_READ, "read_at", 16, 0, 0) && fault.import == NULL);
}

static void test_added(void)
{
	struct llext_heap_stats before, after;
	size_t trusted_bytes;

	CHECK(llext_heap_stats(LLEXT_HEAP_DATA, &before) == 0);
	CHECK(load(NULL, false) == 0);
	CHECK(llext_domain_init(&domain, &config) == 0);
	CHECK(llext_add_domain(ext, &domain) == -ENOTSUP);
	CHECK(llext_unload(&ext) == 0);
	CHECK(load(NULL, true) == 0);
	if (ext == NULL)
		return;
	CHECK(llext_bringup(ext) == 0);
	CHECK(trusted_call("is_initialised", 0) == 42 && trusted_call("use_gates", 0) == 0);
	CHECK(trusted_call("use_callback", 5) == 16 && trusted_call("count", 0) == 46);
	test_not_added();
	trusted_bytes = ext->alloc_size;
	CHECK(llext_add_domain(ext, &domain) == 0 && llext_add_domain(ext, &domain) == 0);
	CHECK(llext_domain_of(ext) == &domain);
	CHECK(ext->alloc_size <
	      trusted_bytes); /* the stack is not on the heap, and a table is gone */
	/* It goes on where it was. */
	CHECK(call1("is_initialised", 0) == 42 && call1("count", 0) == 48);
	CHECK(call1("use_callback", 5) == 16 && call1("nest", 3) == 2);
	test_registers();
	test_memory();
	test_callbacks();
	test_handles();
	test_heap();
	test_reset();
	test_budget();
	test_several();
	test_import_named();
	test_end();
	CHECK(llext_heap_stats(LLEXT_HEAP_DATA, &after) == 0);
	CHECK(before.used == after.used && before.blocks == after.blocks);
}

int suite_run(void)
{
	config.mem = suite_domain_memory;
	config.bytes = suite_domain_bytes;
	test_trusted();
	test_sandboxed();
	if (ext == NULL)
		return failures;
	test_registers();
	test_refused();
	test_arguments();
	test_memory();
	test_callbacks();
	test_phases();
	test_last_tick();
	test_fp_arguments();
	test_handles();
	test_heap();
	test_reset();
	test_budget();
	test_leaks();
	test_several();
	test_inner();
	test_end();
	test_added();
	suite_orders();
	suite_moments();
	suite_attacks();
	printf("sandbox: %d checks, %d failed\n", checks, failures);
	return failures;
}
