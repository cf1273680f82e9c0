/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that a firmware with sandboxed extensions does: two gates, one load, one call. Its
 * size, less that of the same without domains, is what they cost there.
 */
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/domain.h>
#include <llext/gate.h>
#include <llext/llext.h>
#include "board.h"

#define HEAP_BYTES ((size_t)32 * 1024)

extern const uint8_t fixture_least[], fixture_least_end[];

int least_next(int x);
int least_sum(const int *values, int count);

int least_next(int x)
{
	return x + 1;
}

int least_sum(const int *values, int count)
{
	int sum = 0;

	for (int i = 0; i < count; i++)
		sum += values[i];
	return sum;
}

EXPORT_GATE(least_next, VALUE(int, x));
EXPORT_GATE(least_sum, IN(const int *, values, count), VALUE(int, count));

#if LLEXT_ON(CONFIG_USERSPACE)
static char memory[4096] __attribute__((aligned(4096)));
static const struct llext_domain_config config = {
	.name = "least", .mem = memory, .bytes = sizeof(memory), .stack_bytes = 512};
static struct k_mem_domain domain;

static int prepare(struct llext_load_param *param)
{
	param->domain = &domain;
	return llext_domain_init(&domain, &config);
}

static int call(const struct llext *ext, int *value)
{
	const struct llext_domain_args args = {.word = {3}};
	struct llext_domain_result result;
	int rc = llext_domain_call(&domain, llext_find_sym(&ext->exp_tab, "least"), &args, &result,
				   10);

	*value = (int)result.word[0];
	return rc;
}
#else
static int prepare(struct llext_load_param *param)
{
	(void)param;
	return 0;
}

static int call(const struct llext *ext, int *value)
{
	*value = ((int (*)(int))(uintptr_t)llext_find_sym(&ext->exp_tab, "least"))(3);
	return 0;
}
#endif

int main(void)
{
	static char heap[HEAP_BYTES] __attribute__((aligned(HEAP_BYTES)));
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_least, (size_t)(fixture_least_end - fixture_least));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext;
	int value = 0;

	if (llext_heap_init(heap, sizeof(heap)) != 0 || prepare(&param) != 0 ||
	    llext_load(&loader.loader, "least", &ext, &param) != 0 || call(ext, &value) != 0 ||
	    value != 11) {
		puts("FAILED");
		return 1;
	}
	return 0;
}
