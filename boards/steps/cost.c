/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What llext_load() takes, in instructions: compiled twice, where loads can be done in steps and
 * where they cannot. And there, the longest step. The figures are part of bench/ledger.
 */
#include <errno.h>
#include <stdio.h>
#include "board.h"
#include "llext_mcu.h"
#include <llext/buf_loader.h>
#include <llext/heap.h>
#include <llext/steps.h>

#define HEAP_BYTES ((size_t)512 * 1024)
#define QUANTUM    6

extern const uint8_t fixture_big[], fixture_big_end[];
extern const uint8_t fixture_provider[], fixture_provider_end[];

int firmware_add(int a, int b)
{
	return a + b;
}
EXPORT_SYMBOL(firmware_add);

static struct llext_buf_loader source_of(const uint8_t *bytes, const uint8_t *end, bool peeked)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(bytes, (size_t)(end - bytes));

	if (!peeked)
		loader.loader.peek = NULL;
	return loader;
}

static int at_once(bool peeked, unsigned *took)
{
	struct llext_buf_loader loader = source_of(fixture_big, fixture_big_end, peeked);
	uint64_t before = board_instructions();
	struct llext *ext;
	int rc = llext_load(&loader.loader, "big", &ext, NULL);

	*took = (unsigned)(board_instructions() - before);
	return rc != 0 ? rc : llext_unload(&ext);
}

#if LLEXT_ON(CONFIG_LLEXT_STEPS)
static uint8_t stack[8192] __attribute__((aligned(16)));

static int in_steps(bool peeked, unsigned *longest)
{
	struct llext_buf_loader loader = source_of(fixture_big, fixture_big_end, peeked);
	struct llext_load_steps steps;
	struct llext *ext;
	int rc = llext_load_begin(&steps, &loader.loader, "big", NULL, stack, sizeof(stack),
				  QUANTUM);

	if (rc != 0)
		return rc;
	do {
		uint64_t before = board_instructions();
		unsigned took;

		rc = llext_load_step(&steps);
		took = (unsigned)(board_instructions() - before);
		*longest = took > *longest ? took : *longest;
	} while (rc == -EAGAIN);
	rc = llext_load_finish(&steps, &ext);
	return rc != 0 ? rc : llext_unload(&ext);
}
#else
static int in_steps(bool peeked, unsigned *longest)
{
	(void)peeked;
	(void)longest;
	return 0;
}
#endif

int main(void)
{
	struct llext_buf_loader loader = source_of(fixture_provider, fixture_provider_end, true);
	struct llext *provider;
	int rc = llext_heap_init(board_heap_start, HEAP_BYTES);

	if (rc == 0)
		rc = llext_load(&loader.loader, "provider", &provider, NULL);
	for (int peeked = 0; rc == 0 && peeked < 2; peeked++) {
		unsigned load, longest = 0;

		rc = at_once(peeked != 0, &load);
		if (rc == 0)
			rc = in_steps(peeked != 0, &longest);
		printf("cost kind=%s load=%u longest=%u\n", peeked ? "peek" : "read", load,
		       longest);
	}
	if (rc != 0)
		printf("FAILED: %d\n", rc);
	return rc != 0;
}
