/* SPDX-License-Identifier: Apache-2.0 */
/* A load in steps into a domain: as one at once, with trusted loads in between, and given up. */
#include <errno.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/domain.h>
#include <llext/steps.h>
#include <llext_posix.h>

#define HEAP_BYTES   ((size_t)1 << 20)
#define DOMAIN_BYTES ((size_t)256 * 1024)
#define QUANTUM      16

extern const uint8_t fixture_alone[], fixture_alone_end[];
extern const uint8_t fixture_provider[], fixture_provider_end[];

static unsigned int failures, checks;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		checks++;                                                                          \
		if (!(condition)) {                                                                \
			failures++;                                                                \
			printf("%s:%d: FAILED: %s\n", __FILE__, __LINE__, #condition);             \
		}                                                                                  \
	} while (0)

static struct k_mem_domain domain;
static struct llext_domain_config config = {
	.name = "D", .bytes = DOMAIN_BYTES, .stack_bytes = 8192};
static struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
static uint64_t stack[2048];
static struct llext_load_steps steps;
static struct llext_buf_loader loader;

static size_t heap_used(void)
{
	struct llext_heap_stats stats;

	return llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0 ? stats.used : 0;
}

static int begin(void)
{
	loader = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(
		fixture_alone, (size_t)(fixture_alone_end - fixture_alone));
	return llext_load_begin(&steps, &loader.loader, "alone", &param, stack, sizeof(stack),
				QUANTUM);
}

/* Trusted: loaded after one step, unloaded after the next. */
static void another_load(struct llext **other)
{
	struct llext_buf_loader source = LLEXT_TEMPORARY_BUF_LOADER(
		fixture_provider, (size_t)(fixture_provider_end - fixture_provider));

	if (*other != NULL)
		CHECK(llext_unload(other) == 0);
	else
		CHECK(llext_load(&source.loader, "other", other, NULL) == 0);
}

static bool works(const struct llext *ext)
{
	struct llext_domain_result result = {{1, 0}, {0}};
	const void *check = llext_find_sym(&ext->exp_tab, "check");

	return check != NULL && llext_domain_call(&domain, check, NULL, &result, 0) == 0 &&
	       (int)result.word[0] == 0;
}

static unsigned int whole(void)
{
	size_t used = heap_used();
	struct llext *ext, *other = NULL;
	unsigned int count = 1;

	CHECK(begin() == 0);
	while (llext_load_step(&steps) == -EAGAIN) {
		another_load(&other);
		count++;
	}
	CHECK(llext_load_finish(&steps, &ext) == 0 && ext != NULL);
	if (ext != NULL) {
		CHECK(works(ext) && llext_unload(&ext) == 0);
	}
	if (other != NULL)
		another_load(&other);
	CHECK(heap_used() == used);
	return count;
}

/* After each step. What the domain had is free again: the next one fits and works. */
static void given_up(unsigned int count)
{
	size_t used = heap_used(), domain_used = domain.arena.used;

	for (unsigned int at = 0; at < count; at++) {
		CHECK(begin() == 0);
		for (unsigned int i = 0; i < at; i++)
			CHECK(llext_load_step(&steps) == -EAGAIN);
		llext_load_cancel(&steps);
		CHECK(heap_used() == used && llext_by_name("alone") == NULL);
		CHECK(domain.arena.used == domain_used);
	}
	(void)whole();
}

int main(void)
{
	void *heap = llext_posix_map(HEAP_BYTES);
	unsigned int count;

	llext_posix_log_level = LLEXT_LOG_NONE;
	config.mem = llext_posix_map_domain(DOMAIN_BYTES);
	if (heap == NULL || config.mem == NULL || llext_heap_init(heap, HEAP_BYTES) != 0 ||
	    llext_domain_init(&domain, &config) != 0)
		return 2;
	param.domain = &domain;
	count = whole();
	CHECK(count > 10);
	given_up(count);
	printf("%u steps; %u checks, %u failed\n", count, checks, failures);
	return failures != 0;
}
