/* SPDX-License-Identifier: Apache-2.0 */
/* What only a domain that is a process can be attacked with: words on the socket that are lies. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "attack.h"

static long milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Outside a call, nothing of a domain runs: what has been looked at stays as it was. */
static void test_end_early(void)
{
	const volatile unsigned int *counter;
	unsigned int then;
	uintptr_t value;

	CHECK(call("counter_address", 0, 0, &value) == 0);
	counter = (const volatile unsigned int *)value;
	CHECK(call("end_early", 0, 1000, &value) == 0);
	then = *counter;
	(void)usleep(50000);
	CHECK(*counter == then);
	/* What it does in the time of the next call is that call's, and so is the time. */
	CHECK(call("add_one", 1, 20, &value) == -ETIMEDOUT);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call("add_one", 1, 0, &value) == 0 && value == 2);
}

/* A domain's own word about a call is its own affair; the firmware goes on. */
static void test_end_twice(void)
{
	uintptr_t value;

	CHECK(call("end_twice", 0, 0, &value) == 0);
	(void)call("add_one", 1, 20, &value);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call("add_one", 1, 0, &value) == 0 && value == 2);
}

/* A budget is time, whatever the domain does with it. */
static void test_gates(const char *name)
{
	long start = milliseconds();
	uintptr_t value;
	int rc;

	(void)alarm(60); /* it might hang */
	rc = call(name, 0, 20, &value);
	(void)alarm(0);
	if (rc != -ETIMEDOUT && rc != -EFAULT)
		printf("%s: %d\n", name, rc);
	CHECK(rc == -ETIMEDOUT || rc == -EFAULT);
	printf("%s: ended after %ld ms\n", name, milliseconds() - start);
	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call("add_one", 1, 0, &value) == 0 && value == 2);
}

/* The record of a fault is made from what the domain has left in its registers. */
static void test_stack_pointers(void)
{
	uintptr_t low = domain.way.stack, high = low + llext_domain_stack_bytes(&domain), value;
	const uintptr_t bad[] = {FORGED(low, high), high - 8};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(call("fault_with_sp", bad[i], 0, &value) == -EFAULT);
		CHECK(llext_domain_reset(&domain) == 0);
	}
}

/* Nothing of what the firmware has in registers: at the first call of a process, and later. */
static void test_registers(void)
{
	uintptr_t value;

	CHECK(llext_domain_reset(&domain) == 0);
	CHECK(call("entry_registers", 0, 0, &value) == 0 && value == 0);
	CHECK(call("entry_registers", 0, 0, &value) == 0 && value == 0);
}

static volatile bool over;
static int too_early;

/* What goes in finds that initialisers have run. Now and then others get a turn. */
static void *call_always(void *function)
{
	for (unsigned int i = 0; !over; i++) {
		struct llext_domain_result result;

		if (i % 16 == 0)
			(void)usleep(200);

		too_early += llext_domain_call(&domain, function, NULL, &result, 0) == 0 &&
			     (int)result.word[0] != 42;
	}
	return NULL;
}

/*
 * Another thread's calls, most of which are refused, neither keep a domain from starting again nor
 * get between its data and its initialisers.
 */
static void test_restart_among_calls(void)
{
	uintptr_t value;
	pthread_t thread;
	int faults = 0, stopped = 0;

	CHECK(llext_bringup(ext) == 0);
	config.policy = LLEXT_DOMAIN_RESTART;
	over = false;
	CHECK(pthread_create(&thread, NULL, call_always, (void *)(uintptr_t)symbol("is_started")) ==
	      0);
	while (faults < 100) {
		int rc = call("fault_with_sp", 16, 0, &value);

		if (rc == -EBUSY)
			continue;
		faults++;
		stopped += rc != -EFAULT || domain.stopped != 0;
	}
	over = true;
	(void)pthread_join(thread, NULL);
	config.policy = LLEXT_DOMAIN_STOP;
	CHECK(stopped == 0 && too_early == 0);
	CHECK(call("add_one", 1, 0, &value) == 0 && value == 2);
}

/* ---- another thread, while this one loads ---- */

static struct k_mem_domain empty;
static pthread_t helper;
static volatile bool came_back;
static bool too_soon;
static int helper_rc;

static void *share(void *unused)
{
	(void)unused;
	helper_rc = llext_domain_share(&empty, suite_shared, suite_shared_bytes, LLEXT_ACCESS_RW);
	came_back = true;
	return NULL;
}

static void *finish(void *unused)
{
	(void)unused;
	helper_rc = llext_domain_fini(&empty);
	came_back = true;
	return NULL;
}

static void *(*helps)(void *);

/* Nothing of the domain changes until the load is over, for which the other thread waits. */
static void let_help(void *user_data, const struct llext_import *import)
{
	(void)import;
	if (*(int *)user_data != 0)
		return;
	*(int *)user_data = pthread_create(&helper, NULL, helps, NULL) == 0;
	for (int i = 0; i < 100 && !came_back; i++)
		(void)usleep(1000);
	too_soon = came_back;
}

static void test_change_in_load(void *(*what)(void *), int rc)
{
	struct llext_domain_config other_config = config;
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *other;
	int started = 0;

	other_config.mem = suite_domain_memory + suite_domain_bytes / 2;
	other_config.bytes = suite_domain_bytes / 2;
	CHECK(llext_domain_init(&empty, &other_config) == 0);
	param.domain = &empty;
	param.on_import = let_help;
	param.user_data = &started;
	helps = what;
	came_back = false;
	CHECK(llext_load(source(NULL, NULL), "other", &other, &param) == 0 && started != 0);
	(void)pthread_join(helper, NULL);
	CHECK(!too_soon && helper_rc == rc);
	CHECK(llext_domain_call(&empty, llext_find_sym(&other->exp_tab, "add_one"), NULL, NULL,
				0) == 0);
	CHECK(llext_unload(&other) == 0);
	CHECK(llext_domain_fini(&empty) == 0);
}

void suite_attacks(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;

	config.mem = suite_domain_memory;
	config.bytes = suite_domain_bytes / 2;
	config.stack_bytes = 4096;
	param.domain = &domain;
	CHECK(llext_domain_init(&domain, &config) == 0);
	CHECK(llext_load(source(NULL, NULL), "attack", &ext, &param) == 0);
	if (ext == NULL)
		return;
	test_registers();
	test_end_early();
	test_end_twice();
	test_stack_pointers();
	test_restart_among_calls();
	test_change_in_load(share, 0);
	test_change_in_load(finish, -EBUSY);
	test_gates("gate_after_gate");
	test_gates("gates_without_end");
	CHECK(llext_unload(&ext) == 0);
	CHECK(llext_domain_fini(&domain) == 0);
}
