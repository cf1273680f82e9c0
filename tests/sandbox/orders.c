/* SPDX-License-Identifier: Apache-2.0 */
/* What a firmware may do in an order that nobody expects, and what of it an attacker waits for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <llext/plan.h>
#include <llext/tls.h>
#if LLEXT_ON(CONFIG_LLEXT_STEPS)
#include <llext/steps.h>
#endif
#include "suite.h"

#define PATTERN 0x5a
#define HEAP    512

static struct k_mem_domain domain;
static struct llext_domain_fault fault;
static uint32_t heap_map[LLEXT_DOMAIN_HEAP_WORDS(HEAP)];
static int faults;

static struct llext_loader *source(const char *name)
{
	static struct llext_buf_loader loader;
	static const struct {
		const char *name;
		const uint8_t *start, *end;
	} files[] = {{"probe", fixture_probe, fixture_probe_end},
		     {"second", fixture_second, fixture_second_end},
#ifdef SUITE_LINKED
		     {"gives", fixture_gives, fixture_gives_end},
		     {"bound", fixture_bound, fixture_bound_end},
#endif
		     {"odd", fixture_odd, fixture_odd_end},
		     {"weak", fixture_weak, fixture_weak_end},
		     {"helped", fixture_helped, fixture_helped_end},
		     {"local", fixture_local, fixture_local_end},
		     {"common", fixture_common, fixture_common_end},
		     {"borrowed", fixture_borrowed, fixture_borrowed_end},
		     {"named", fixture_named, fixture_named_end},
		     {"silent", fixture_silent, fixture_silent_end},
		     {"misplaced", fixture_misplaced, fixture_misplaced_end}};
	size_t i = 0;

	while (strcmp(files[i].name, name) != 0)
		i++;
	loader = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(
		files[i].start, (size_t)(files[i].end - files[i].start));
	return &loader.loader;
}

static const char *other_file; /* instead of the one that was loaded */

static struct llext_loader *source_of(const struct llext *ext, void *user_data)
{
	(void)user_data;
	return source(other_file != NULL ? other_file : ext->name);
}

static enum llext_domain_policy count(struct k_mem_domain *which,
				      const struct llext_domain_fault *record, void *user_data)
{
	(void)record;
	(void)user_data;
	faults++;
	return which->config->policy;
}

static struct llext_domain_more more;
static struct llext_domain_config config = {
	.more = &more,
	.name = "orders",
	.stack_bytes = 1024,
	.heap_bytes = HEAP,
	.heap_map = heap_map,
	.source = source_of,
	.on_fault = count,
	.fault = &fault,
};

static struct llext *load(const char *name, struct k_mem_domain *into)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext = NULL;

	param.domain = into;
	param.domain_later = true;
	CHECK(llext_load(source(name), name, &ext, &param) == 0);
	return ext;
}

static int call(const struct llext *ext, const char *name, uintptr_t a)
{
	const struct llext_domain_args args = {.word = {a}};
	struct llext_domain_result result = {0};
	int rc = llext_domain_call(&domain, llext_find_sym(&ext->exp_tab, name), &args, &result, 0);

	return rc != 0 ? rc : (int)result.word[0];
}

/* What faults in llext_bringup() is not brought up by itself: it may be tried again. */
static void test_bringup_faults(struct llext *ext)
{
	faults = 0;
	fw_bad_mood = 1;
	CHECK(llext_bringup(ext) == -EFAULT && faults == 1 && domain.stopped == 0);
	fw_bad_mood = 2;
	config.ticks = 5;
	suite_ticks(true);
	CHECK(llext_bringup(ext) == -ETIMEDOUT && faults == 2 && domain.stopped == 0);
	suite_ticks(false);
	config.ticks = 0;
	fw_bad_mood = 0;
	fw_moods = 0;
	CHECK(call(ext, "odd_fault", 0) == -EFAULT && fw_moods == 0);
	CHECK(llext_bringup(ext) == 0 && fw_moods == 1);
}

/* An initialiser that faults when it is called again stops the domain, and is called no more. */
static void test_restart_faults(struct llext *ext, int mood, int rc)
{
	fw_bad_mood = 0;
	CHECK(llext_domain_reset(&domain) == 0 && llext_bringup(ext) == 0);
	fw_bad_mood = mood;
	faults = 0;
	config.ticks = mood == 2 ? 5 : 0;
	suite_ticks(mood == 2);
	CHECK(call(ext, "odd_fault", 0) == -EFAULT && faults == 2);
	suite_ticks(false);
	config.ticks = 0;
	CHECK(call(ext, "odd_sum", 1) == rc && faults == 2);
}

static void test_restart(void)
{
	struct llext *ext;

	config.policy = LLEXT_DOMAIN_RESTART;
	ext = load("odd", &domain);
	test_bringup_faults(ext);
	/* Brought up twice, and its initialisers are called once. */
	CHECK(llext_bringup(ext) == 0 && fw_moods == 1);
	CHECK(call(ext, "odd_fault", 0) == -EFAULT && fw_moods == 2);
	CHECK(call(ext, "odd_sum", 1) == 4);
	test_restart_faults(ext, 1, -EFAULT);
	test_restart_faults(ext, 2, -ETIMEDOUT);
	fw_bad_mood = 0;
	CHECK(llext_domain_reset(&domain) == 0 && llext_bringup(ext) == 0);
	CHECK(call(ext, "odd_sum", 1) == 4);
	config.policy = LLEXT_DOMAIN_STOP;
	CHECK(llext_unload(&ext) == 0);
}

/* An exit function that registers itself again is called so often, and no more. */
static void test_exit(void)
{
	struct llext *ext = load("odd", &domain);

	CHECK(llext_bringup(ext) == 0);
	CHECK(call(ext, "end_without_end", 0) == 0 && llext_teardown(ext) == 0);
	/* Nor does it take more of the firmware's memory. */
	CHECK(llext_bringup(ext) == 0);
	CHECK(call(ext, "end_often", 100) == 32); /* CONFIG_LLEXT_DOMAIN_EXIT_FUNCTIONS */
	CHECK(llext_teardown(ext) == 0);
	CHECK(call(ext, "odd_sum", 1) == 4 && llext_unload(&ext) == 0);
}

/* Four bytes in a row that were there before. */
static int left_over(void)
{
	int found = 0, run = 0;

	for (unsigned int i = 0; i < domain.part_count; i++) {
		const uint8_t *start = (const uint8_t *)llext_domain_part(&domain, i)->start;

		for (size_t at = 0; at < llext_domain_part(&domain, i)->bytes; at++) {
			run = start[at] == PATTERN ? run + 1 : 0;
			found += run == 4;
		}
	}
	return found;
}

/* What was in the memory that an extension gets is gone, whatever the unit has rounded it to. */
static void test_left_over(void)
{
	struct llext *ext;

	memset(suite_domain_memory, PATTERN, suite_domain_bytes);
	CHECK(llext_domain_init(&domain, &config) == 0);
	ext = load("odd", &domain);
	CHECK(domain.part_count == 2 && left_over() == 0);
	/* Nor does a reset leave what was on the stack. */
	memset((void *)domain.way.stack, PATTERN, config.stack_bytes);
	CHECK(llext_domain_reset(&domain) == 0 && left_over() == 0);
	CHECK(llext_unload(&ext) == 0);
	CHECK(llext_heap_uninit() == 0);
	memset(suite_heap, PATTERN, suite_heap_bytes);
	CHECK(llext_heap_init(suite_heap, suite_heap_bytes) == 0);
	ext = load("odd", NULL);
	CHECK(llext_add_domain(ext, &domain) == 0);
	CHECK(domain.part_count == 3 && left_over() == 0);
	CHECK(llext_unload(&ext) == 0);
}

/* The pieces of what has joined are not the firmware's to share, or to take back. */
static void test_share(void)
{
	struct llext *ext = load("odd", NULL);
	unsigned int parts;

	CHECK(llext_add_domain(ext, &domain) == 0);
	parts = domain.part_count;
	for (unsigned int i = 0; i < parts; i++) {
		struct llext_domain_part part = *llext_domain_part(&domain, i);

		CHECK(llext_domain_share(&domain, (void *)part.start, 0, LLEXT_ACCESS_RO) ==
		      -EINVAL);
		CHECK(llext_domain_share(&domain, (void *)part.start, part.bytes,
					 LLEXT_ACCESS_RW) == -EINVAL);
		CHECK(domain.part_count == parts &&
		      llext_domain_part(&domain, i)->access == part.access);
	}
	CHECK(call(ext, "odd_sum", 1) == 4);
	CHECK(llext_unload(&ext) == 0 && domain.part_count == 0);
}

/* One that joins before those that it uses does, and one that joins with them. */
static void test_dependent(void)
{
	struct llext *probe = load("probe", NULL), *second = load("second", NULL);

	CHECK(llext_add_domain(second, &domain) == 0);
	CHECK(call(second, "second_sum", 10) == -EFAULT); /* probe's code is the firmware's */
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call(second, "second_reads", (uintptr_t)&suite_secret) == -EFAULT);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(llext_add_domain(probe, &domain) == 0);
	CHECK(call(second, "second_sum", 10) == 35);
	CHECK(call(second, "second_reads", (uintptr_t)&suite_secret) == -EFAULT);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call(second, "second_sum", 10) == 35);
	/* The stack came with the first one, and stays until the last one goes. */
	CHECK(llext_unload(&probe) == -EBUSY);
	CHECK(llext_unload(&second) == 0);
	CHECK(call(probe, "use_gates", 0) == 0 && llext_domain_reset(&domain) == 0);
#ifndef __arm__ /* there the unit has fewer regions */
	struct llext *odd = load("odd", &domain);

	CHECK(call(probe, "use_gates", 0) == 0 && call(odd, "odd_sum", 1) == 4);
	CHECK(llext_unload(&probe) == 0);
	CHECK(call(odd, "odd_sum", 1) == 4 && llext_domain_reset(&domain) == 0);
	CHECK(call(odd, "odd_sum", 1) == 4);
	probe = odd;
#endif
	CHECK(call(probe, "no_function", 0) == -EINVAL);
	CHECK(llext_unload(&probe) == 0);
	CHECK(domain.part_count == 0 && domain.arena.blocks == 0);
}

/* What a function left to be done at the end of a thread is done with the domain's rights. */
static void test_thread_exit(void)
{
	struct llext *ext = load("odd", NULL);
	int own = 7;

	llext_thread_start();
	CHECK(((int (*)(int *))(uintptr_t)llext_find_sym(&ext->exp_tab, "at_thread_exit"))(&own) ==
	      0);
	CHECK(llext_add_domain(ext, &domain) == 0);
	faults = 0;
	llext_thread_end();
	CHECK(own == 7 && faults == 1 && fault.address == (uintptr_t)&own);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(llext_unload(&ext) == 0);
}

/* Names lie in what stays as it is; a slot is written again. */
static void test_names(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext;

	param.domain_later = true;
	CHECK(llext_load(source("named"), "named", &ext, &param) == -ENOEXEC);
	param.domain = &domain;
	CHECK(llext_load(source("named"), "named", &ext, &param) == -ENOEXEC);
}

/* A function that all may call lies where all may execute, or is refused by name. */
static void test_misplaced(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext;

	param.domain = &domain;
	CHECK(llext_load(source("misplaced"), "misplaced", &ext, &param) == -ENOEXEC);
	CHECK(strcmp(llext_last_diag()->symbol, "fw_misplaced") == 0);
}

/* Nothing of the firmware's comes back where a result would be, or above one. */
static void test_results(void)
{
	struct llext *ext = load("silent", &domain);

	for (uintptr_t which = 0; which < 3; which++)
		CHECK(call(ext, "left_by_nothing", which) == 0);
	CHECK(call(ext, "left_above", 5) == 0);
	CHECK(call(ext, "look_at", domain.way.stack) == 0);
	CHECK(call(ext, "look_at", (uintptr_t)&suite_secret) == -EFAULT);
	CHECK(llext_unload(&ext) == 0);
	CHECK(llext_domain_fini(&domain) == 0 && llext_domain_init(&domain, &config) == 0);
}

static void count_missing(void *user_data, const struct llext_import *import)
{
	*(int *)user_data += !import->found && import->weak;
}

/*
 * What is weak and has no gate is 0: the extension asks. But nobody asks for what compilers call by
 * themselves: it is refused by name, and only for a domain.
 */
static void test_weak(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext = NULL;
	int missing = 0;

	param.domain = &domain;
	param.on_import = count_missing;
	param.user_data = &missing;
	CHECK(llext_load(source("weak"), "weak", &ext, &param) == 0 && missing == 1);
	CHECK(call(ext, "plain_or", 3) == -3);
	CHECK(llext_unload(&ext) == 0);
	CHECK(llext_load(source("helped"), "helped", &ext, &param) == -EACCES);
	CHECK(llext_last_diag()->missing_count == 1 &&
	      strcmp(llext_last_diag()->missing, "__fw_help") == 0);
	param.domain = NULL;
	CHECK(llext_load(source("helped"), "helped", &ext, &param) == 0);
	CHECK(((int (*)(int))(uintptr_t)llext_find_sym(&ext->exp_tab, "help"))(3) == 4);
	CHECK(llext_unload(&ext) == 0);
}

/* Thread-local variables are the domain's, whichever thread calls; or they are refused by name. */
static void test_local(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext, *second;

	param.domain = &domain;
	CHECK(llext_load(source("common"), "common", &ext, &param) < 0);
	CHECK(llext_load(source("borrowed"), "borrowed", &ext, &param) == -ENOTSUP);
	CHECK(strcmp(llext_last_diag()->symbol, "borrowed") == 0);
	if (!LLEXT_DOMAIN_HAS_TLS) {
		CHECK(llext_load(source("local"), "local", &ext, &param) == -ENOTSUP);
		CHECK(strstr(llext_last_diag()->what, "thread-local") != NULL);
		return;
	}
	ext = load("local", &domain);
	CHECK(call(ext, "next", 0) == 105 && call(ext, "next", 0) == 206);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call(ext, "next", 0) == 105);
	/* Each has its own. */
	CHECK(llext_load(source("local"), "another", &second, &param) == 0);
	CHECK(call(second, "next", 0) == 105 && call(ext, "next", 0) == 206);
	CHECK(call(ext, "next_by_callback", 1000) == 1301);
	CHECK(call(second, "next_by_callback", 2000) == 2201);
	CHECK(call(second, "next", 0) == 2207 && call(ext, "next", 0) == 1308);
	CHECK(llext_unload(&second) == 0);
	CHECK(call(ext, "next", 0) == 1410);
	CHECK(llext_unload(&ext) == 0);
}

/* What joined is read anew from a file with such variables: there are none afterwards, either. */
static void test_local_later(void)
{
	struct llext_heap_stats before, after;
	struct llext *ext;

	CHECK(llext_heap_stats(LLEXT_HEAP_DATA, &before) == 0);
	ext = load("odd", NULL);
	CHECK(llext_add_domain(ext, &domain) == 0);
	other_file = "local";
	for (int i = 0; i < 2; i++)
		CHECK(llext_domain_reset(&domain) == -EBADMSG);
	other_file = NULL;
	CHECK(llext_domain_reset(&domain) == 0 && call(ext, "odd_sum", 1) == 4);
	CHECK(llext_unload(&ext) == 0);
	CHECK(llext_heap_stats(LLEXT_HEAP_DATA, &after) == 0);
	CHECK(before.used == after.used && before.blocks == after.blocks);
}

#ifndef __aarch64__
/* A larger file has larger pieces: nothing is written behind those that are there. */
static void test_larger_file(void)
{
	struct llext *ext = load("odd", &domain);

	other_file = "probe";
	CHECK(llext_domain_reset(&domain) == -EBADMSG);
	CHECK(strstr(llext_last_diag()->what, "not the file") != NULL);
	other_file = NULL;
	CHECK(llext_domain_reset(&domain) == 0 && call(ext, "odd_sum", 1) == 4);
	CHECK(llext_unload(&ext) == 0);
}
#endif

#ifdef SUITE_LINKED
/*
 * A packed file is bound to an export that has no gate; another extension of the domain has that
 * name, and stays as long as the file does.
 */
static void test_bound(void)
{
	static const struct llext_const_symbol plain[] = {{"fw_plain", &faults}};
	struct llext *gives, *bound;

	CHECK(llext_set_builtins(plain, 1) == 0);
	gives = load("gives", &domain);
	bound = load("bound", &domain);
	CHECK(call(bound, "ask", 2) == 42);
	CHECK(llext_unload(&gives) == -EBUSY);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call(bound, "ask", 2) == 42);
	CHECK(llext_unload(&bound) == 0);
	CHECK(llext_unload(&gives) == 0);
	CHECK(llext_set_builtins(NULL, 0) == 0);
}
#endif

static void test_plan(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_plan plan;
	struct llext *ext;

	param.domain_later = true;
	CHECK(llext_plan(source("odd"), &param, &plan) == 0);
	ext = load("odd", NULL);
	CHECK(ext->alloc_size ==
	      plan.instr_bytes + plan.data_bytes + plan.table_bytes + sizeof("odd"));
	CHECK(llext_unload(&ext) == 0);
}

#if LLEXT_ON(CONFIG_LLEXT_STEPS)
static struct llext_load_steps given_up;

static int cancelled;

static void give_up(void)
{
	cancelled = llext_load_cancel(&given_up);
}

/* It is loaded already, and its domain runs: it stays, and is not lost. */
static void give_up_too_late(const struct llext *probe)
{
	struct llext *odd = NULL;

	gate_hook = give_up;
	CHECK(call(probe, "call_nothing", 0) == 7 && cancelled == -EBUSY);
	CHECK(llext_load_finish(&given_up, &odd) == 0 && odd != NULL);
	CHECK(odd == llext_by_name("odd") && llext_unload(&odd) == 0);
}

/* A gate may give up a load for the domain that it was called from, which goes on. */
static void test_give_up(const struct llext *probe, struct llext_domain_more *room, int ends)
{
	static uint8_t stack[32768] __attribute__((aligned(16)));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;

	param.domain = &domain;
	config.more = room;
	for (int most = 1;; most++) {
		int rc = -EAGAIN;

		CHECK(llext_load_begin(&given_up, source("odd"), "odd", &param, stack,
				       sizeof(stack), 4) == 0);
		for (int i = 0; rc == -EAGAIN && i < most; i++)
			rc = llext_load_step(&given_up);
		if (rc != -EAGAIN) {
			CHECK(rc == ends);
			break;
		}
		gate_hook = give_up;
		CHECK(call(probe, "call_nothing", 0) == 7 && cancelled == 0);
		CHECK(call(probe, "call_nothing", 0) == 7);
	}
	if (ends == 0)
		give_up_too_late(probe);
	CHECK(llext_load_cancel(&given_up) == (ends == 0 ? -EINVAL : 0));
	config.more = &more;
	CHECK(domain.extensions == 1);
}

#define MANY 12

/*
 * Between the last two steps of a load a name is looked for among all extensions: it may be given
 * up there, too, while the domain runs.
 */
static void test_give_up_among_many(void)
{
	static char names[MANY][4] = {{0}};
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *many[MANY], *probe = load("probe", &domain);

	for (int i = 0; i < MANY; i++) {
		names[i][0] = 'x';
		names[i][1] = (char)('a' + i);
		CHECK(llext_load(source("weak"), names[i], &many[i], &param) == 0);
	}
	test_give_up(probe, &more, 0);
	for (int i = 0; i < MANY; i++)
		CHECK(llext_unload(&many[i]) == 0);
	CHECK(llext_unload(&probe) == 0);
}

/*
 * Two loads find the domain without a stack, and the one that began later gets it. The other one is
 * read anew to where it was all the same.
 */
static void test_stack_of_another(void)
{
	static uint8_t stack[32768] __attribute__((aligned(16)));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_load_steps steps;
	struct llext *probe, *odd = NULL;
	bool late = false;

	param.domain = &domain;
	for (int most = 1; !late; most += 3) {
		struct llext_buf_loader own = LLEXT_TEMPORARY_BUF_LOADER(
			fixture_odd, (size_t)(fixture_odd_end - fixture_odd));

		CHECK(llext_load_begin(&steps, &own.loader, "odd", &param, stack, sizeof(stack),
				       4) == 0);
		for (int i = 0; !late && i < most; i++)
			late = llext_load_step(&steps) != -EAGAIN;
		probe = load("probe", &domain);
		CHECK(llext_load_finish(&steps, &odd) == 0 && odd != NULL);
		if (odd == NULL)
			return;
		((int *)odd->mem[LLEXT_MEM_DATA])[5] += 3;
		CHECK(call(odd, "odd_sum", 1) == 10);
		CHECK(llext_domain_reset(&domain) == 0);
		CHECK(call(odd, "odd_sum", 1) == 4 && call(probe, "call_nothing", 0) == 7);
		if (domain.stack_owner == odd) {
			CHECK(llext_unload(&probe) == 0 && llext_unload(&odd) == 0);
		} else {
			CHECK(llext_unload(&odd) == 0 && llext_unload(&probe) == 0);
		}
	}
}

/* Between the steps of a load for it, a domain neither ends nor loses its stack. */
static void test_steps(void)
{
	static uint8_t stack[32768] __attribute__((aligned(16)));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_load_steps steps;
	struct llext *probe, *odd;

	test_give_up_among_many();
	test_stack_of_another();
	probe = load("probe", &domain);
	test_give_up(probe, &more, 0);
	test_give_up(probe, NULL, -ENOSPC);
	CHECK(llext_unload(&probe) == 0);
	param.domain = &domain;
	for (int most = 1;; most *= 2) {
		int rc = -EAGAIN;

		probe = load("probe", &domain);
		CHECK(llext_load_begin(&steps, source("odd"), "odd", &param, stack, sizeof(stack),
				       4) == 0);
		for (int i = 0; rc == -EAGAIN && i < most; i++)
			rc = llext_load_step(&steps);
		if (rc == -EAGAIN) {
			CHECK(llext_unload(&probe) == -EBUSY);
			CHECK(llext_domain_init(&domain, &config) == -EBUSY);
			llext_load_cancel(&steps);
			CHECK(llext_unload(&probe) == 0);
			CHECK(llext_load_begin(&steps, source("odd"), "odd", &param, stack,
					       sizeof(stack), 4) == 0);
			rc = llext_load_step(&steps);
			CHECK(rc == -EAGAIN && llext_domain_fini(&domain) == -EBUSY);
			llext_load_cancel(&steps);
			continue;
		}
		CHECK(llext_load_finish(&steps, &odd) == 0);
		CHECK(call(odd, "odd_sum", 1) == 4);
		CHECK(llext_unload(&odd) == 0 && llext_unload(&probe) == 0);
		return;
	}
}
#else
static void test_steps(void)
{
}
#endif

void suite_orders(void)
{
	config.mem = suite_domain_memory;
	config.bytes = suite_domain_bytes;
	CHECK(llext_domain_init(&domain, &config) == 0);
	test_restart();
	test_exit();
	test_left_over();
	test_share();
	test_names();
	test_misplaced();
	test_results();
	test_weak();
	test_local();
	test_local_later();
#ifndef __aarch64__ /* there both fill their pages */
	test_larger_file();
#endif
#ifdef SUITE_LINKED
	test_bound();
#endif
	test_plan();
	test_thread_exit();
	test_steps();
	test_dependent();
	CHECK(llext_domain_fini(&domain) == 0);
}
