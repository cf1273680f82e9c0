/* SPDX-License-Identifier: Apache-2.0 */
/* tenon run --sandbox, on this machine: the domain, a child process. */
#include <sys/mman.h>
#include "contained.h"
#include "llext_posix.h"
#include "run.h"
#include "run_sandbox.h"

#define STACK_BYTES ((size_t)256 * 1024)

static struct k_mem_domain domain;
static struct llext_domain_fault fault;
static struct llext_domain_more more;
static struct llext_domain_config config = {
	.name = "run", .more = &more, .stack_bytes = STACK_BYTES, .fault = &fault};

struct k_mem_domain *sandbox_open(const struct run *run, size_t bytes)
{
	config.bytes = bytes;
	config.ticks = (uint32_t)run->ticks;
	config.mem = llext_posix_map_domain(bytes);
	return config.mem != NULL && llext_domain_init(&domain, &config) == 0 ? &domain : NULL;
}

void sandbox_close(void)
{
	(void)llext_domain_fini(&domain);
	if (config.mem != NULL)
		(void)munmap(config.mem, config.bytes);
}

bool sandbox_contained(struct run *run)
{
	const struct llext_domain_fault *last = run->sandbox ? llext_domain_fault(&domain) : NULL;

	if (last == NULL)
		return false;
	if (run->contained == 0) {
		const struct contained what = {
			.cause = last->cause,
			.pc = last->pc,
			.lr = last->lr,
			.address = last->address,
			.has_address = last->has_address,
			.gate = last->gate,
			.argument = last->argument,
		};

		run->contained = contained_report(&what, run->ticks);
	}
	return true;
}

int sandbox_call(const void *function, const int *numbers, int *result)
{
	struct llext_domain_args args = {.word = {0}};
	struct llext_domain_result back = {.word = {0}};
	int rc;

	for (int i = 0; i < MOST_ARGUMENTS; i++)
		args.word[i] = (uintptr_t)(intptr_t)numbers[i];
	rc = llext_domain_call(&domain, function, &args, &back, config.ticks);
	*result = (int)back.word[0];
	return rc;
}
