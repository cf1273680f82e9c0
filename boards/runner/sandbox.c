/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox.h"
#include "job.h"
#include "report.h"

#define STACK_BYTES 4096
#define SMALL_STACK 1024

static struct k_mem_domain domain;
static struct llext_domain_fault fault;
static struct llext_domain_more more;
static struct llext_domain_config config = {.name = "run", .more = &more, .fault = &fault};
static bool is_open;

bool sandbox_open(void *mem, size_t bytes, uint32_t ticks)
{
	config.mem = mem;
	config.bytes = bytes;
	config.stack_bytes = bytes >= 16 * STACK_BYTES ? STACK_BYTES : SMALL_STACK;
	config.ticks = ticks;
	sandbox_vectors();
	if (llext_domain_init(&domain, &config) != 0)
		return false;
	if (ticks != 0)
		sandbox_ticks();
	is_open = true;
	return true;
}

struct k_mem_domain *sandbox_domain(void)
{
	return is_open ? &domain : NULL;
}

bool sandbox_stopped(void)
{
	return is_open && llext_domain_fault(&domain) != NULL;
}

bool sandbox_report(void)
{
	const struct llext_domain_fault *last = is_open ? llext_domain_fault(&domain) : NULL;

	if (last == NULL)
		return false;
	report(REPORT_CONTAINED);
	report_number(last->cause);
	report_number(last->pc);
	report_number(last->lr);
	if (last->has_address)
		report_number(last->address);
	else
		report_text("");
	report_text(last->gate);
	report_number(last->argument);
	return true;
}

int sandbox_call(const void *function, const int *numbers, int *result)
{
	struct llext_domain_args args = {.word = {0}};
	struct llext_domain_result back = {.word = {0}};
	int rc;

	for (int i = 0; i < JOB_ARGUMENTS; i++)
		args.word[i] = (uintptr_t)(intptr_t)numbers[i];
	rc = llext_domain_call(&domain, function, &args, &back, config.ticks);
	*result = (int)back.word[0];
	return rc;
}
