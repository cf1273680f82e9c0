/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a firmware does to a domain at the worst moment: from its gates, from hooks that run while
 * it ends, and in the middle of a call, as another thread would.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "suite.h"

static struct k_mem_domain domain, other;
static struct llext_domain_fault fault;
static struct llext *probe, *inner;

static struct llext_loader *source(const struct llext *ext, void *user_data)
{
	static struct llext_buf_loader loader;
	const uint8_t *start = fixture_probe, *end = fixture_probe_end;

	(void)user_data;
	if (strcmp(ext->name, "lacking") == 0) {
		start = fixture_lacking;
		end = fixture_lacking_end;
	} else if (strcmp(ext->name, "odd") == 0) {
		start = fixture_odd;
		end = fixture_odd_end;
	}
	loader = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(start, (size_t)(end - start));
	return &loader.loader;
}

static struct llext_domain_more more;
static struct llext_domain_config config = {
	.name = "moments", .more = &more, .stack_bytes = 1024, .source = source, .fault = &fault};
static struct llext_domain_config other_config = {
	.name = "other", .stack_bytes = 1024, .source = source};

static struct llext *load(const char *name, struct k_mem_domain *into)
{
	const struct llext named = {.name = name};
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext = NULL;

	param.domain = into;
	param.domain_later = true;
	CHECK(llext_load(source(&named, NULL), name, &ext, &param) == 0);
	return ext;
}

static int call(struct k_mem_domain *into, const struct llext *ext, const char *name, uintptr_t a,
		uint32_t ticks)
{
	const struct llext_domain_args args = {.word = {a}};
	struct llext_domain_result result = {0};
	int rc =
		llext_domain_call(into, llext_find_sym(&ext->exp_tab, name), &args, &result, ticks);

	return rc != 0 ? rc : (int)result.word[0];
}

/* ---- in a gate of the domain's ---- */

static int refused;

/* Whatever would take something from a domain that runs. Nothing of it is done. */
static void take_away(void)
{
	struct llext *ext = probe, *again;
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	const struct llext named = {.name = "again"};

	param.domain = &domain;
	refused += llext_unload(&ext) == -EBUSY;
	ext = probe;
	refused += llext_remove(&ext) == -EBUSY;
	refused += llext_domain_reset(&domain) == -EBUSY;
	refused += llext_domain_fini(&domain) == -EBUSY;
	refused += llext_domain_init(&domain, &config) == -EBUSY;
	refused += llext_load(source(&named, NULL), "again", &again, &param) == -EBUSY;
}

static void test_in_gate(void)
{
	refused = 0;
	gate_hook = take_away;
	CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7 && refused == 6);
	CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7);
	/* And in one that a call back has led to. */
	gate_hook = NULL;
	CHECK(call(&domain, probe, "use_callback", 5, 0) == 16);
}

/* From the outer domain into the other one, from there into the outer one again, which faults. */
static const char *back_to;
static int back_rc, other_rc;

static void call_back(void)
{
	back_rc = call(&domain, probe, back_to, 16, 0);
}

static void call_other(void)
{
	gate_hook = call_back;
	other_rc = call(&other, inner, "call_nothing", 0, 0);
}

static void test_around(void)
{
	gate_hook = call_other;
	back_to = "is_initialised";
	CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7 && other_rc == 7 && back_rc == 0);
	gate_hook = call_other;
	back_to = "read_at";
	CHECK(call(&domain, probe, "call_nothing", 0, 0) == -EFAULT);
	CHECK(other_rc == 7 && back_rc == -EFAULT);
	CHECK(llext_domain_reset(&domain) == 0);
	/* Its ticks are used up while the other one's gate runs. */
	gate_hook = call_other;
	back_to = "is_initialised";
	CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7 && other_rc == 7 && back_rc == 0);
}

static void call_and_restart(void)
{
	back_rc = call(&domain, probe, "read_at", 16, 0);
}

/* It starts again while the other one's gate runs, which goes on with its own memory. */
static void test_restart_in_gate(void)
{
	struct llext *ext = probe;

	CHECK(llext_bringup(ext) == 0);
	config.policy = LLEXT_DOMAIN_RESTART;
	gate_hook = call_and_restart;
	CHECK(call(&other, inner, "call_nothing", 0, 0) == 7 && back_rc == -EFAULT);
	CHECK(call(&domain, probe, "is_initialised", 0, 0) == 42);
	config.policy = LLEXT_DOMAIN_STOP;
	CHECK(llext_teardown(ext) == 0 && llext_domain_reset(&domain) == 0);
}

static void take_long(void)
{
	suite_wait(&domain.stopped);
}

/* The ticks are used up while a gate runs: the record says so, and not what was before. */
static void test_budget_in_gate(void)
{
	CHECK(call(&domain, probe, "read_at", 16, 0) == -EFAULT);
	CHECK(fault.cause == LLEXT_DOMAIN_READ || fault.cause == LLEXT_DOMAIN_WRITE);
	CHECK(llext_domain_reset(&domain) == 0);
	suite_ticks(true);
	gate_hook = take_long;
	CHECK(call(&domain, probe, "call_nothing", 0, 10) == -ETIMEDOUT);
	suite_ticks(false);
	CHECK(fault.cause == LLEXT_DOMAIN_BUDGET);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7);
}

static int asked;

static enum llext_domain_policy count(struct k_mem_domain *of,
				      const struct llext_domain_fault *record, void *user_data)
{
	(void)record;
	(void)user_data;
	asked++;
	return of->config->policy;
}

static struct llext *odd;

static void fault_and_restart(void)
{
	back_rc = call(&domain, odd, "odd_fault", 0, 0);
}

static void load_odd(void)
{
	config.policy = LLEXT_DOMAIN_RESTART;
	config.on_fault = count;
	fw_bad_mood = 0;
	odd = load("odd", &domain);
	CHECK(llext_bringup(odd) == 0);
}

static void unload_odd(void)
{
	CHECK(llext_unload(&odd) == 0);
	config.policy = LLEXT_DOMAIN_STOP;
	config.on_fault = NULL;
}

#ifdef __linux__
#define TICKS_OF_A_RESTART 300 /* milliseconds */
#else
#define TICKS_OF_A_RESTART 3
#endif

/* What starts again in another one's gate does not come to an end: that one's ticks do. */
static void test_restart_out_of_time(void)
{
	load_odd();
	asked = 0;
	fw_bad_mood = 2;
	gate_hook = fault_and_restart;
	suite_ticks(true);
	CHECK(call(&other, inner, "call_nothing", 0, TICKS_OF_A_RESTART) == -ETIMEDOUT);
	suite_ticks(false);
	CHECK(back_rc == -EFAULT && asked == 2);
	CHECK(domain.stopped == -ETIMEDOUT && fault.cause == LLEXT_DOMAIN_BUDGET);
	CHECK(call(&domain, odd, "odd_sum", 1, 0) == -ETIMEDOUT && asked == 2);
	fw_bad_mood = 0;
	CHECK(llext_domain_reset(&domain) == 0 && llext_domain_reset(&other) == 0);
	CHECK(call(&domain, odd, "odd_sum", 1, 0) == 4);
	CHECK(call(&other, inner, "call_nothing", 0, 0) == 7);
	unload_odd();
}

/* ---- in hooks ---- */

static int order[4], ordered, results[6];

/* The domain is being stopped, reset, or emptied: nobody goes in, or ends it. */
static void meddle(struct llext_resource *resource)
{
	(void)resource;
	results[0] = call(&domain, probe, "call_nothing", 0, 0);
	results[1] = llext_domain_fini(&domain);
	order[ordered++ & 3] = 1;
}

/* What it calls faults itself. */
static void fault_elsewhere(struct llext_resource *resource)
{
	(void)resource;
	results[2] = call(&other, inner, "read_at", 16, 0);
	order[ordered++ & 3] = 2;
}

static void fault_later(struct llext_resource *resource)
{
	(void)resource;
	order[ordered++ & 3] = 3;
}

static struct llext_resource meddling = {.release = meddle},
			     faulting = {.release = fault_elsewhere},
			     inside = {.release = fault_later};

static void add_inside(void)
{
	llext_resource_add(&inside);
}

/* Some of it more than once, as an extension may have a gate do. */
static void add_all(void)
{
	llext_resource_add(&meddling);
	llext_resource_add(&faulting);
	llext_resource_add(&meddling);
	llext_resource_add(&faulting);
	llext_resource_add(&faulting);
}

static void test_hooks(void)
{
	gate_hook = add_inside;
	CHECK(call(&other, inner, "call_nothing", 0, 0) == 7);
	gate_hook = add_all;
	CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7);
	ordered = 0;
	CHECK(call(&domain, probe, "read_at", 16, 0) == -EFAULT);
	CHECK(ordered == 3 && order[0] == 3 && order[1] == 2 && order[2] == 1);
	CHECK(results[0] == -EFAULT && results[1] == -EBUSY && results[2] == -EFAULT);
	CHECK(llext_domain_reset(&domain) == 0 && llext_domain_reset(&other) == 0);
	/* At a reset; and the last unload, which frees what the domain has. */
	gate_hook = add_all;
	CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7);
	llext_resource_remove(&faulting);
	llext_resource_remove(&faulting);
	CHECK(llext_domain_reset(&domain) == 0 && ordered == 4 && results[0] == -EBUSY);
	gate_hook = add_all;
	CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7);
	results[0] = results[1] = 0;
	{
		struct llext *ext = probe;

		CHECK(llext_unload(&ext) == 0 && results[1] == -EBUSY);
	}
	probe = load("probe", &domain);
	CHECK(llext_domain_reset(&other) == 0);
	CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7);
}

static int resets;

/* As another thread that finds the domain stopped: it works again, and a gate gives something out.
 */
static void revive(struct llext_resource *resource)
{
	(void)resource;
	resets++;
	if (llext_domain_reset(&domain) != 0)
		return;
	gate_hook = add_inside;
	(void)call(&domain, probe, "call_nothing", 0, 0);
}

static enum llext_domain_policy
revive_in_hook(struct k_mem_domain *of, const struct llext_domain_fault *record, void *user_data)
{
	(void)record;
	(void)user_data;
	results[0] = of->stopped;
	results[1] = ordered;
	revive(NULL);
	results[2] = of->stopped;
	return of->config->policy;
}

static struct llext_resource reviving = {.release = revive};

static void add_reviving(void)
{
	llext_resource_add(&meddling);
	llext_resource_add(&reviving);
}

/* What is taken back is what the call had that has faulted, and nothing that a later one has. */
static void test_revive(void)
{
	config.on_fault = revive_in_hook;
	for (int i = 0; i < 2; i++) {
		config.policy = i == 0 ? LLEXT_DOMAIN_STOP : LLEXT_DOMAIN_RESTART;
		gate_hook = add_reviving;
		CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7);
		ordered = resets = 0;
		CHECK(call(&domain, probe, "read_at", 16, 0) == -EFAULT);
		CHECK(resets == 2 && ordered == 1 && order[0] == 1);
		CHECK(results[0] == -EFAULT && results[1] == 1 && results[2] == -EFAULT);
		CHECK(domain.stopped == (i == 0 ? -EFAULT : 0));
		CHECK(i == 1 || llext_domain_reset(&domain) == 0);
		CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7);
	}
	config.policy = LLEXT_DOMAIN_STOP;
	config.on_fault = NULL;
}

/* Who asks about the fault unloads what has faulted. The call is not over: the domain stays. */
static enum llext_domain_policy end_all(struct k_mem_domain *of,
					const struct llext_domain_fault *record, void *user_data)
{
	struct llext *ext = probe;

	(void)record;
	(void)user_data;
	results[0] = llext_unload(&ext);
	results[1] = llext_domain_fini(of);
	results[2] = llext_domain_init(of, of->config);
	return LLEXT_DOMAIN_STOP;
}

static void test_end_in_hook(void)
{
	config.on_fault = end_all;
	CHECK(call(&domain, probe, "read_at", 16, 0) == -EFAULT);
	CHECK(results[0] == 0 && results[1] == -EBUSY && results[2] == -EBUSY);
	config.on_fault = NULL;
	CHECK(domain.config == &config && llext_domain_fini(&domain) == 0);
	CHECK(llext_domain_init(&domain, &config) == 0);
	probe = load("probe", &domain);
	CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7);
}

/* ---- in a load ---- */

static int imports;

/* What would take the domain away from it, or be another load beside it. */
static void meddle_in_load(void *user_data, const struct llext_import *import)
{
	(void)user_data;
	(void)import;
	if (imports++ > 0)
		return;
	refused += llext_domain_fini(&other) == -EBUSY;
	refused += llext_domain_init(&other, &other_config) == -EBUSY;
	refused += llext_domain_reset(&other) == -EBUSY;
	refused += llext_domain_reset(&domain) == -EBUSY;
	/* It cannot be started again now: it stays stopped. */
	config.policy = LLEXT_DOMAIN_RESTART;
	refused += call(&domain, probe, "read_at", 16, 0) == -EFAULT && domain.stopped == -EFAULT;
	config.policy = LLEXT_DOMAIN_STOP;
}

static void test_in_load(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	const struct llext named = {.name = "inner"};

	CHECK(llext_unload(&inner) == 0);
	param.domain = &other;
	param.on_import = meddle_in_load;
	refused = imports = 0;
	CHECK(llext_load(source(&named, NULL), "inner", &inner, &param) == 0);
	CHECK(imports > 0 && refused == 5);
	CHECK(call(&other, inner, "call_nothing", 0, 0) == 7);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7);
}

/* ---- memory that is shared ---- */

static int unshared;

/* While the domain is reset: it stays out of reach. */
static void unshare(struct llext_resource *resource)
{
	(void)resource;
	unshared =
		llext_domain_share(&domain, suite_shared + suite_shared_bytes, 0, LLEXT_ACCESS_RO);
	if (call(&domain, probe, "call_nothing", 0, 0) != -EBUSY)
		unshared = 1;
}

static void add_shared(void)
{
	static struct llext_resource shared = {.release = unshare};

#if !defined(__arm__) || __ARM_ARCH < 8
	suite_shared[suite_shared_bytes] = 'x';
#endif
	llext_resource_add(&shared);
}

static void test_ranges(void)
{
	char *mem = suite_shared;
	size_t unit = suite_shared_bytes;
	const uintptr_t last = ~(uintptr_t)(unit - 1);

	CHECK(llext_domain_share(&domain, mem + unit, unit, LLEXT_ACCESS_RW) == 0);
	/* Over it, into it, and around the end of the address space. */
	CHECK(llext_domain_share(&domain, mem, 2 * unit, LLEXT_ACCESS_RW) == -EINVAL);
	CHECK(llext_domain_share(&domain, mem + unit + unit / 2, unit / 2, LLEXT_ACCESS_RW) ==
	      -EINVAL);
	CHECK(llext_domain_share(&domain, mem + unit + unit / 2, 0, LLEXT_ACCESS_RW) == -EINVAL);
	CHECK(llext_domain_share(&domain, (void *)last, 2 * unit, LLEXT_ACCESS_RW) == -EINVAL);
	CHECK(llext_domain_share(&domain, mem, SIZE_MAX & last, LLEXT_ACCESS_RW) == -EINVAL);
	CHECK(llext_domain_share(&domain, suite_domain_memory + suite_domain_bytes / 2 - unit, unit,
				 LLEXT_ACCESS_RW) == -EINVAL);
	CHECK(call(&domain, probe, "read_at", (uintptr_t)mem + unit, 0) >= 0);
	/* Of another kind: what may be read cannot be written, nor by a gate. */
	CHECK(llext_domain_share(&domain, mem + unit, unit, LLEXT_ACCESS_RO) == 0);
	CHECK(call(&domain, probe, "read_at", (uintptr_t)mem + unit, 0) >= 0);
	CHECK(call(&domain, probe, "write_at", (uintptr_t)mem + unit, 0) == -EFAULT);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call(&domain, probe, "swap_at", (uintptr_t)mem + unit, 0) == -EFAULT);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(llext_domain_share(&domain, mem + unit, 0, LLEXT_ACCESS_RO) == 0);
	CHECK(call(&domain, probe, "length_of", (uintptr_t)mem + unit, 0) == -EFAULT);
	CHECK(llext_domain_reset(&domain) == 0);
	/* It goes with what a gate has given out. */
	CHECK(llext_domain_share(&domain, mem + unit, unit, LLEXT_ACCESS_RO) == 0);
	gate_hook = add_shared;
	CHECK(call(&domain, probe, "call_nothing", 0, 0) == 7);
#if !defined(__arm__) || __ARM_ARCH < 8
	CHECK(mem[unit] == 'x'); /* the firmware may write what the domain may only read */
#endif
	CHECK(llext_domain_reset(&domain) == 0 && unshared == 0);
	CHECK(call(&domain, probe, "read_at", (uintptr_t)mem + unit, 0) == -EFAULT);
	CHECK(llext_domain_reset(&domain) == 0);
}

/* ---- in the middle of a call ---- */

static int moments, wrong;

/* As another thread. Where the call has begun, nothing is done; else all of it is over before. */
static void change_all(void)
{
	struct llext_domain_level *running = llext_domain_running;
	struct llext *ext = probe;
	bool runs = domain.level != NULL;

	moments += runs;
	if (!runs)
		return;
	llext_domain_running = NULL;
	wrong += llext_domain_share(&domain, suite_shared, suite_shared_bytes, LLEXT_ACCESS_RW) !=
		 -EBUSY;
	llext_domain_running = running;
	wrong += llext_unload(&ext) != -EBUSY;
	wrong += llext_domain_reset(&domain) != -EBUSY;
	wrong += llext_domain_fini(&domain) != -EBUSY;
}

static const void *function_there;
static bool was_in_gate;
static int given_back[2];

static void give_back(struct llext_resource *resource);
static struct llext_resource given[2] = {{.release = give_back}, {.release = give_back}};

static void give_back(struct llext_resource *resource)
{
	given_back[resource - given]++;
}

/* In the gate: its ticks are used up. */
static void expire(void)
{
	was_in_gate = true;
	llext_resource_add(&given[0]);
	llext_domain_tick();
}

/* As another thread, which finds the domain stopped: it works again, and a gate gives something. */
static void call_among(void)
{
	struct llext_domain_level *running = llext_domain_running;
	struct llext_domain_level level = {.domain = &domain, .pc = (uintptr_t)function_there};

	if (!was_in_gate)
		return;
	moments++;
	llext_domain_running = NULL;
	(void)llext_domain_reset(&domain);
	if (llext_domain_begin(&level) == 0) {
		llext_resource_add(&given[1]);
		(void)llext_domain_end(&level, 0);
	}
	llext_domain_running = running;
}

/* A call that ends badly is dealt with once, and what is released is what it had. */
static void test_end_among_calls(enum llext_domain_policy policy, unsigned int step)
{
	config.on_fault = count;
	config.policy = policy;
	function_there = llext_find_sym(&probe->exp_tab, "call_nothing");
	wrong = moments = 0;
	for (unsigned int phase = 0; phase < 1500; phase++) {
		was_in_gate = false;
		asked = given_back[0] = given_back[1] = 0;
		gate_hook = expire;
		suite_interrupt = call_among;
		suite_phase(phase * step);
		wrong += llext_domain_call(&domain, function_there, NULL, NULL, 1) != -ETIMEDOUT;
		suite_interrupt = NULL;
		wrong += asked != 1 || given_back[0] != was_in_gate || given_back[1] != 0;
		(void)llext_domain_reset(&domain);
		gate_hook = NULL;
		/* The unit has it again. */
		wrong += llext_domain_call(&domain, function_there, NULL, NULL, 0) != 0;
	}
	CHECK(wrong == 0 && moments > 100);
	config.on_fault = NULL;
	config.policy = LLEXT_DOMAIN_STOP;
}

static volatile bool has_looked;

/* As another thread, which might unload what the record is about. */
static void look_at_record(void)
{
	has_looked = true;
	if (domain.stopped == 0 || domain.level != NULL)
		return;
	moments++;
	wrong += fault.extension != probe;
}

static enum llext_domain_policy
wait_for_look(struct k_mem_domain *of, const struct llext_domain_fault *record, void *user_data)
{
	(void)record;
	(void)user_data;
	while (!has_looked)
		;
	return of->config->policy;
}

/* A record is whole when others can take the domain. */
static void test_records(void)
{
	config.on_fault = wait_for_look;
	function_there = llext_find_sym(&probe->exp_tab, "write_at");
	moments = 0;
	for (unsigned int phase = 0; moments < 100 && phase < 20000; phase++) {
		has_looked = false;
		suite_interrupt = look_at_record;
		suite_phase(phase * 2);
		wrong += llext_domain_call(&domain, function_there, NULL, NULL, 0) != -EFAULT;
		suite_interrupt = NULL;
		wrong += llext_domain_reset(&domain) != 0;
	}
	CHECK(wrong == 0 && moments == 100);
	config.on_fault = NULL;
}

static unsigned int tick_after;

static void tick_later(void)
{
	suite_phase(tick_after);
}

static void restart_and_tick(void)
{
	gate_hook = tick_later; /* in the initialiser */
	fault_and_restart();
}

/*
 * The only tick comes at the end of a restart in another one's gate: the domain works, or it has
 * been stopped, and the firmware has been asked about that, too.
 */
static void test_tick_in_restart(void)
{
	int stopped = 0;

	load_odd();
	for (unsigned int phase = 0; phase < 400; phase++) {
		int rc;

		asked = 0;
		tick_after = phase * 2;
		gate_hook = restart_and_tick;
		rc = call(&other, inner, "call_nothing", 0, 1);
		wrong += back_rc != -EFAULT || asked != (domain.stopped != 0 ? 2 : 1);
		if (domain.stopped != 0) {
			stopped++;
			wrong += fault.cause != LLEXT_DOMAIN_BUDGET;
			wrong += llext_domain_reset(&domain) != 0 || llext_bringup(odd) != 0;
		}
		wrong += call(&domain, odd, "odd_sum", 1, 0) != 4;
		wrong += rc != 7 && (rc != -ETIMEDOUT || llext_domain_reset(&other) != 0);
	}
	CHECK(wrong == 0 && stopped > 20 && stopped < 400);
	unload_odd();
}

#define EARLY 20

static struct llext *owner;
static int owners_gone;

static void unload_owner(void)
{
	owners_gone += owner != NULL && llext_unload(&owner) == 0;
}

/* The extension that the stack came with goes; a function of another one is called. */
static void test_owner_goes(void)
{
	for (unsigned int phase = 0; phase < EARLY + 400; phase++) {
		struct llext_domain_result result;
		const void *function;
		struct llext *stays;

		owner = load("lacking", NULL);
		stays = load("probe2", NULL);
		function = llext_find_sym(&stays->exp_tab, "call_nothing");
		wrong += llext_add_domain(owner, &domain) != 0;
		wrong += llext_add_domain(stays, &domain) != 0;
		suite_interrupt = unload_owner;
		/* At first while this waits; then from the beginning of the call on. */
		suite_phase(phase < EARLY ? phase : phase - EARLY);
		for (volatile unsigned int wait = phase < EARLY ? 12 : 0; wait > 0; wait--)
			;
		wrong += llext_domain_call(&domain, function, NULL, &result, 0) != 0 ||
			 result.word[0] != 7;
		suite_interrupt = NULL;
		if (owner != NULL)
			wrong += llext_unload(&owner) != 0;
		wrong += llext_unload(&stays) != 0;
	}
	CHECK(wrong == 0 && owners_gone >= EARLY);
}

static void test_moments(void)
{
	struct llext *ext = probe;
	/* Looked up beforehand: that takes longer than the phases are apart. */
	const void *function = llext_find_sym(&probe->exp_tab, "call_nothing");

	wrong = moments = 0;
	for (unsigned int phase = 0; phase < 1000; phase++) {
		struct llext_domain_result result;

		suite_interrupt = change_all;
		suite_phase(phase / 2);
		wrong += llext_domain_call(&domain, function, NULL, &result, 0) != 0 ||
			 result.word[0] != 7;
		suite_interrupt = NULL;
	}
	CHECK(wrong == 0 && moments > 100);
	test_end_among_calls(LLEXT_DOMAIN_STOP, 2);
	test_end_among_calls(LLEXT_DOMAIN_RESTART, 16);
	test_records();
	test_tick_in_restart();
	CHECK(llext_unload(&ext) == 0);
	test_owner_goes();
}

void suite_moments(void)
{
	config.mem = suite_domain_memory;
	config.bytes = suite_domain_bytes / 2;
	other_config.mem = suite_domain_memory + suite_domain_bytes / 2;
	other_config.bytes = suite_domain_bytes / 2;
	CHECK(llext_domain_init(&domain, &config) == 0);
	CHECK(llext_domain_init(&other, &other_config) == 0);
	probe = load("probe", &domain);
	inner = load("inner", &other);
	if (probe == NULL || inner == NULL)
		return;
	test_in_gate();
	test_around();
	test_restart_in_gate();
	test_restart_out_of_time();
	test_budget_in_gate();
	test_hooks();
	test_revive();
	test_end_in_hook();
	test_in_load();
	test_ranges();
	if (suite_interrupts)
		test_moments();
	else
		CHECK(llext_unload(&probe) == 0);
	CHECK(llext_unload(&inner) == 0);
	CHECK(llext_domain_fini(&other) == 0 && llext_domain_fini(&domain) == 0);
}
