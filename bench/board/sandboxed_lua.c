/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a domain costs a real program: two Lua scripts, trusted and in a domain, in instructions.
 * One computes, the other calls the firmware in each turn of its loop.
 */
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/domain.h>
#include "board.h"
#include "sandboxed_lua.h"
#include "../common/cortex-m/domain_vectors.h"

#define BYTES ((size_t)512 * 1024)

extern const uint8_t fixture_lua[], fixture_lua_end[];

static char heap[BYTES], memory[BYTES] __attribute__((aligned(262144)));
static struct llext_domain_fault fault;
static const struct llext_domain_config config = {.name = "lua",
						  .mem = memory,
						  .bytes = sizeof(memory),
						  .stack_bytes = 8192,
						  .fault = &fault};
static struct k_mem_domain domain;

int bench_sample(int index)
{
	return index ^ 5;
}

void bench_say(const char *line)
{
	puts(line);
}

EXPORT_GATE(bench_sample, VALUE(int, index));
EXPORT_GATE(bench_say, STRING(const char *, line, 200));

/* @return what the script gives, and in *instructions what it took. */
static int run(const struct llext *ext, int which, unsigned int *instructions)
{
	const void *function = llext_find_sym(&ext->exp_tab, "bench_lua");
	const struct llext_domain_args args = {.word = {(uintptr_t)which}};
	struct llext_domain_result result = {0};
	uint64_t start = board_instructions();

	if (llext_domain_of(ext) == NULL)
		result.word[0] = (uintptr_t)((int (*)(int))(uintptr_t)function)(which);
	else if (llext_domain_call(&domain, function, &args, &result, 0) != 0)
		return -1;
	*instructions = (unsigned int)(board_instructions() - start);
	return (int)result.word[0];
}

static int measure(struct k_mem_domain *into, int values[2])
{
	struct llext_buf_loader loader =
		LLEXT_TEMPORARY_BUF_LOADER(fixture_lua, (size_t)(fixture_lua_end - fixture_lua));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	const char *kind = into == NULL ? "trusted" : "sandboxed";
	unsigned int instructions;
	char line[200];
	struct llext *ext;

	param.domain = into;
	if (llext_load(&loader.loader, "lua", &ext, &param) != 0) {
		(void)llext_diag_format(llext_last_diag(), line, sizeof(line));
		puts(line);
		return -1;
	}
	for (int i = 0; i < 2; i++) {
		values[i] = run(ext, i, &instructions);
		if (values[i] < 0 && llext_domain_fault(&domain) != NULL) {
			(void)llext_domain_fault_format(&fault, line, sizeof(line));
			puts(line);
		}
		printf("%s_lua%s %u\n", kind, i == 0 ? "" : "_calls", instructions);
	}
	return llext_unload(&ext);
}

int main(void)
{
	int trusted[2], sandboxed[2];

	board_domain_priorities();
	if (llext_heap_init(heap, sizeof(heap)) != 0 || llext_domain_init(&domain, &config) != 0 ||
	    measure(NULL, trusted) != 0 || measure(&domain, sandboxed) != 0 || trusted[0] <= 0 ||
	    trusted[1] <= 0 || trusted[0] != sandboxed[0] || trusted[1] != sandboxed[1]) {
		printf("FAILED: %d %d, %d %d\n", trusted[0], trusted[1], sandboxed[0],
		       sandboxed[1]);
		return 1;
	}
	return 0;
}
