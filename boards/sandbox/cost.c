/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What domains cost, a name and a number in a line, in instructions where the name does not say
 * bytes. Also built without domains: there a trusted load is measured alone.
 */
#include <stdio.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/domain_port.h>
#include "board.h"
#include "sandbox.h"

#define DOMAIN_BYTES SANDBOX_DOMAIN_BYTES
#define HEAP_BYTES   ((size_t)64 * 1024)
#define CALLS        1000

extern const uint8_t fixture_probe[], fixture_probe_end[];
extern const uint8_t fixture_silent[], fixture_silent_end[];

static struct llext *ext;

static int load(struct k_mem_domain *domain)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_probe, (size_t)(fixture_probe_end - fixture_probe));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	uint64_t start = board_instructions();
	int rc;

	param.domain = domain;
	rc = llext_load(&loader.loader, "probe", &ext, &param);
	printf("%s %u\n", domain == NULL ? "trusted_load" : "sandboxed_load",
	       (unsigned int)(board_instructions() - start));
	return rc;
}

static const void *symbol(const char *name)
{
	return llext_find_sym(&ext->exp_tab, name);
}

#if LLEXT_ON(CONFIG_USERSPACE)
static char memory[DOMAIN_BYTES] __attribute__((aligned(16384)));
static struct k_mem_domain domain;

static const char *const loops[] = {"many_plain", "many_one", "many_two"};
enum { LOOPS = sizeof(loops) / sizeof(loops[0]) };
static bool failed;
/* Where it is not NULL the domain has floating point in use from the start. */
static const union llext_domain_fp *fp;

static void check(const char *name, bool ok)
{
	if (!ok) {
		printf("FAILED: %s\n", name);
		failed = true;
	}
}

/* Each in its turn of a loop, with whom it calls. */
static uint64_t run(const char *name, uintptr_t count)
{
	const struct llext_domain_args args = {.word = {count}, .fp = fp};
	struct llext_domain_result result;
	const void *function = symbol(name);
	uint64_t start = board_instructions();

	if (llext_domain_of(ext) == NULL)
		((int (*)(int))(uintptr_t)function)((int)count);
	else
		check(name, llext_domain_call(&domain, function, &args, &result, 0) == 0);
	return board_instructions() - start;
}

static unsigned int each(const char *name)
{
	return (unsigned int)((run(name, CALLS + 1) - run(name, 1) + CALLS / 2) / CALLS);
}

static unsigned int domain_call(void)
{
	const struct llext_domain_args args = {.word = {1, 2}};
	const void *add = symbol("add");
	struct llext_domain_result result;
	uint64_t start;

	check("add",
	      llext_domain_call(&domain, add, &args, &result, 0) == 0 && result.word[0] == 3);
	start = board_instructions();
	for (int i = 0; i < CALLS; i++)
		(void)llext_domain_call(&domain, add, &args, &result, 0);
	return (unsigned int)((board_instructions() - start) / CALLS);
}

/* A line for each loop. */
static void gates(const char *what)
{
	for (size_t i = 0; i < LOOPS; i++)
		printf("%s_%s %u\n", what, loops[i] + 5, each(loops[i]));
}

#ifdef SANDBOX_TASKS
static unsigned int counted[LOOPS + 1];

static void count(void)
{
	for (size_t i = 0; i < LOOPS; i++)
		counted[i] = each(loops[i]);
	counted[LOOPS] = domain_call();
}

/* A task of an RTOS calls as quickly as main() does. */
static void compare_tasks(void)
{
	unsigned int alone[LOOPS + 1];

	count();
	memcpy(alone, counted, sizeof(alone));
	sandbox_on_task_stack(count);
	check("calls and gates of a task", memcmp(alone, counted, sizeof(alone)) == 0);
}
#else
static void compare_tasks(void)
{
}
#endif

/* Gates that return nothing. */
static void silent(void)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_silent, (size_t)(fixture_silent_end - fixture_silent));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;

	param.domain = &domain;
	check("silent",
	      llext_unload(&ext) == 0 && llext_load(&loader.loader, "silent", &ext, &param) == 0);
	(void)run("many_nothing", 1); /* which gives the unit the domain */
	printf("gate_nothing %u\n", each("many_nothing"));
	printf("gate_nothing_one %u\n", each("many_looks"));
}

static int measure(void)
{
	static struct llext_domain_config config = {
		.name = "cost", .mem = memory, .bytes = DOMAIN_BYTES, .stack_bytes = 1024};
	int rc;
#ifdef SANDBOX_TASKS
	static const union llext_domain_fp zeros;
#endif

	sandbox_start();
	printf("direct_call %u\n", each("many_plain"));
	if (llext_unload(&ext) != 0)
		return -1;
	rc = llext_domain_init(&domain, &config);
	if (rc != 0 || load(&domain) != 0)
		return -1;
	printf("domain_call %u\n", domain_call());
	gates("gate");
	compare_tasks();
#ifdef SANDBOX_TASKS
	fp = &zeros;
	gates("fp_gate");
	compare_tasks();
	fp = NULL;
#endif
	silent();
	printf("domain_bytes %u\n", (unsigned int)sizeof(domain));
	printf("import_bytes %u\n", llext_domain_port.slot_bytes);
	return failed;
}
#else
static int measure(void)
{
	return symbol("add") == NULL;
}
#endif

int main(void)
{
	static char heap[HEAP_BYTES] __attribute__((aligned(HEAP_BYTES)));

	if (llext_heap_init(heap, sizeof(heap)) != 0 || load(NULL) != 0 || measure() != 0) {
		puts("FAILED");
		return 1;
	}
	return 0;
}
