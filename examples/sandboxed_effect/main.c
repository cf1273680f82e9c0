/* SPDX-License-Identifier: Apache-2.0 */
/* A stereo stream with a third party's effect in it, which crashes in three ways. It goes on. */
#include <stdio.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/domain.h>
#include "effect.h"
#include "llext_posix.h"

#define FRAMES 4
#define BLOCKS 8
#define TICKS  1500 /* of one millisecond */
#define MEMORY ((size_t)64 * 1024)
#define PAGE   ((size_t)4096)

static uint8_t effect_file[] = {
#include "effect.inc"
};

/* The same for trusted and sandboxed effects; a gate checks what a sandboxed one passes. */
int effect_log(const char *text)
{
	printf("  %s\n", text);
	return 0;
}
EXPORT_GATE(effect_log, STRING(const char *, text, 80));

static struct llext_buf_loader loader;

static struct llext_loader *source(const struct llext *ext, void *user_data)
{
	(void)ext;
	(void)user_data;
	loader = (struct llext_buf_loader)LLEXT_TEMPORARY_BUF_LOADER(effect_file,
								     sizeof(effect_file));
	return &loader.loader;
}

static enum llext_domain_policy on_fault(struct k_mem_domain *domain,
					 const struct llext_domain_fault *fault, void *user_data)
{
	static const char *const causes[] = {
		[LLEXT_DOMAIN_WRITE] = "writes where it must not",
		[LLEXT_DOMAIN_BUDGET] = "has used up its ticks",
		[LLEXT_DOMAIN_ARGUMENT] = "passes a pointer that it must not",
	};

	(void)domain;
	(void)user_data;
	printf("  the effect %s, in %s(): restarted\n",
	       fault->cause < sizeof(causes) / sizeof(causes[0]) && causes[fault->cause] != NULL
		       ? causes[fault->cause]
		       : "fails",
	       fault->symbol != NULL ? fault->symbol : "?");
	return LLEXT_DOMAIN_RESTART;
}

static void fill(int16_t *samples, int block)
{
	for (int i = 0; i < FRAMES; i++) {
		samples[2 * i] = (int16_t)(100 * (block + 1) + i); /* left */
		samples[2 * i + 1] = (int16_t)(-samples[2 * i]);   /* right */
	}
}

static int stream(struct k_mem_domain *domain, const void *process, int16_t *shared)
{
	int effected = 0;

	for (int block = 0; block < BLOCKS; block++) {
		const struct llext_domain_args args = {
			.word = {(uintptr_t)shared, FRAMES, (uintptr_t)block}};
		int rc;

		fill(shared, block);
		rc = llext_domain_call(domain, process, &args, NULL, TICKS);
		if (rc != 0)
			fill(shared, block); /* dry */
		effected += rc == 0;
		printf("block %d: %d %d%s\n", block, shared[0], shared[1], rc == 0 ? "" : " (dry)");
	}
	return effected;
}

static int sandboxed(int16_t *shared)
{
	static struct k_mem_domain domain;
	static struct llext_domain_fault fault;
	static struct llext_domain_config config = {.name = "effect",
						    .bytes = MEMORY,
						    .stack_bytes = 4096,
						    .on_fault = on_fault,
						    .source = source,
						    .fault = &fault};
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext;
	int effected = -1;

	config.mem = llext_posix_map_domain(MEMORY);
	param.domain = &domain;
	if (config.mem == NULL || llext_domain_init(&domain, &config) != 0 ||
	    llext_load(source(NULL, NULL), "effect", &ext, &param) != 0)
		return -1;
	/* No copies: the effect works where the stream has its samples. */
	if (llext_domain_share(&domain, shared, PAGE, LLEXT_ACCESS_RW) == 0)
		effected = stream(&domain, llext_find_sym(&ext->exp_tab, "effect_process"), shared);
	if (llext_unload(&ext) != 0 || llext_domain_fini(&domain) != 0)
		return -1;
	return effected;
}

static int trusted(int16_t *samples)
{
	int (*process)(int16_t *, size_t, int);
	struct llext *ext;

	if (llext_load(source(NULL, NULL), "effect", &ext, NULL) != 0)
		return -1;
	process = (int (*)(int16_t *, size_t, int))(uintptr_t)llext_find_sym(&ext->exp_tab,
									     "effect_process");
	fill(samples, 0);
	(void)process(samples, FRAMES, 0);
	printf("block 0: %d %d\n", samples[0], samples[1]);
	return llext_unload(&ext);
}

int main(void)
{
	size_t bytes = (size_t)1 << 20;
	void *heap = llext_posix_map(bytes);
	int16_t *shared = llext_posix_map_domain(PAGE);
	int effected;

	(void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (heap == NULL || shared == NULL || llext_heap_init(heap, bytes) != 0)
		return 1;
	printf("trusted:\n");
	if (trusted(shared) != 0)
		return 1;
	printf("sandboxed:\n");
	effected = sandboxed(shared);
	printf("%d of %d blocks have the effect\n", effected, BLOCKS);
	return effected > 0 ? 0 : 1;
}
