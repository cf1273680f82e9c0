/* SPDX-License-Identifier: Apache-2.0 */
/* All extensions of a case in one domain. */
#include <llext/domain_port.h>
#include "conformance.h"

#define DOMAIN_BYTES ((size_t)128 * 1024)

static char memory[DOMAIN_BYTES] __attribute__((aligned(65536)));
static struct llext_domain_fault fault;
static struct llext_domain_more more;
static const struct llext_domain_config config = {
	.name = "conformance",
	.mem = memory,
	.bytes = DOMAIN_BYTES,
	.stack_bytes = 2048,
	.more = &more,
	.fault = &fault,
};
static struct k_mem_domain domain;

/* What a domain refuses by its nature; a case that needs it has nothing to show. */
static const char *const refused[] = {
	"a load parameter that a domain cannot have",
	"what a linker has laid out cannot be sandboxed",
	"thread-local variables in a sandboxed extension",
	"thread-local variables have no place in a domain",
};

static struct llext_load_param sandboxed(const struct llext_load_param *param)
{
	struct llext_load_param own = LLEXT_LOAD_PARAM_DEFAULT;

	if (param != NULL)
		own = *param;
	own.domain = &domain;
	return own;
}

static int skip_where_refused(int rc)
{
	const char *what = rc == -ENOTSUP ? llext_last_diag()->what : NULL;

	for (size_t i = 0; what != NULL && i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strcmp(what, refused[i]) == 0)
			conformance_skip(refused[i]);
	}
	return rc;
}

int conformance_plan(struct llext_loader *ldr, const struct llext_load_param *param,
		     struct llext_plan *plan)
{
	const struct llext_load_param own = sandboxed(param);

	return skip_where_refused(llext_plan(ldr, &own, plan));
}

int conformance_load(struct llext_loader *ldr, const char *name, struct llext **ext,
		     const struct llext_load_param *param)
{
	const struct llext_load_param own = sandboxed(param);

	return skip_where_refused(llext_load(ldr, name, ext, &own));
}

/* The first one has the domain's stack, and has to go last. */
int conformance_unload(struct llext **ext)
{
	int rc = llext_unload(ext);

	if (rc == -EBUSY && domain.stack_owner == *ext && domain.extensions > 1)
		conformance_skip("the extension that has the domain's stack goes first");
	return rc;
}

void need_trusted(const char *why)
{
	conformance_skip(why);
}

size_t conformance_used(void)
{
	struct llext_heap_stats stats = {0};

	if (domain.config != NULL)
		llext_arena_stats(&domain.arena, &stats);
	return stats.used;
}

uintptr_t conformance_call(const void *function, uintptr_t first, uintptr_t second)
{
	const struct llext_domain_args args = {.word = {first, second}};
	struct llext_domain_result result = {0};

	CHECK_EQ(0, llext_domain_call(&domain, function, &args, &result, 0));
	return result.word[0];
}

void conformance_prepare(void)
{
	CHECK_EQ(0, llext_domain_init(&domain, &config));
	CHECK_EQ(0, llext_domain_share(&domain, firmware_words, sizeof(firmware_words),
				       LLEXT_ACCESS_RW));
}

/* A case that fails in a gate leaves calls that never end. */
bool conformance_finish(void)
{
	bool ended = llext_domain_running == NULL;
	int rc;

	llext_domain_running = NULL;
	domain.level = NULL;
	rc = domain.config != NULL ? llext_domain_fini(&domain) : 0;
	return ended && rc == 0;
}
