/* SPDX-License-Identifier: Apache-2.0 */
/* What only a domain that is a process can be attacked with: words on the socket that are lies. */
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "suite.h"

extern const uint8_t fixture_attack[], fixture_attack_end[];

static struct k_mem_domain domain;
static struct llext_domain_fault fault;
static struct llext *ext;

static struct llext_loader *source(const struct llext *which, void *user_data)
{
	static struct llext_buf_loader loader;

	(void)which;
	(void)user_data;
	loader = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(
		fixture_attack, (size_t)(fixture_attack_end - fixture_attack));
	return &loader.loader;
}

static struct llext_domain_config config = {
	.name = "attack", .stack_bytes = 4096, .source = source, .fault = &fault};

static int call(const char *name, uintptr_t a, uint32_t ticks, uintptr_t *value)
{
	const struct llext_domain_args args = {.word = {a}};
	struct llext_domain_result result = {0};
	int rc = llext_domain_call(&domain, llext_find_sym(&ext->exp_tab, name), &args, &result,
				   ticks);

	*value = result.word[0];
	return rc;
}

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

void suite_attacks(void)
{
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;

	config.mem = suite_domain_memory;
	config.bytes = suite_domain_bytes;
	param.domain = &domain;
	CHECK(llext_domain_init(&domain, &config) == 0);
	CHECK(llext_load(source(NULL, NULL), "attack", &ext, &param) == 0);
	if (ext == NULL)
		return;
	test_end_early();
	test_end_twice();
	test_gates("gate_after_gate");
	test_gates("gates_without_end");
	CHECK(llext_unload(&ext) == 0);
	CHECK(llext_domain_fini(&domain) == 0);
}
