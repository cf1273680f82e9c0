/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many instructions the store takes, in 8 MiB of flash that costs next to nothing: what a real
 * one takes comes on top. Each number must not be above its budget.
 */
#include <stdio.h>
#include <string.h>
#include <llext/store.h>
#include "board.h"

#define BLOCK  4096u
#define BLOCKS 2048u
#define IMAGE  (64u * 1024)

/* A little above what they are. */
#define BUDGET_FORMAT  403000
#define BUDGET_BEGIN   746000
#define BUDGET_WRITE   1737000
#define BUDGET_FINISH  760000
#define BUDGET_COMMIT  5200
#define BUDGET_INIT    404000
#define BUDGET_OPEN    763000
#define BUDGET_CONFIRM 5200

static unsigned erases;

/* Words: the copying shall not be what is measured. */
static int flash_read(const struct llext_flash *flash, size_t offset, void *out, size_t bytes)
{
	memcpy(out, (const uint8_t *)flash->mapped + offset, bytes);
	return 0;
}

static int flash_program(const struct llext_flash *flash, size_t offset, const void *data,
			 size_t bytes)
{
	memcpy((uint8_t *)(uintptr_t)flash->mapped + offset, data, bytes);
	return 0;
}

/* Blank already: the heap's memory was never written to before. */
static int flash_erase(const struct llext_flash *flash, size_t offset, size_t bytes)
{
	(void)flash;
	(void)offset;
	erases += (unsigned)(bytes / BLOCK);
	return 0;
}

static struct llext_store_slot slots[8];
static struct llext_store store;
static int status;

static void report(const char *what, uint64_t instructions, uint64_t budget, int rc)
{
	printf("%s: %llu instructions, budget %llu, result %d\n", what,
	       (unsigned long long)instructions, (unsigned long long)budget, rc);
	if (instructions > budget || rc != 0)
		status = 1;
}

#define MEASURE(what, budget, call)                                                                \
	do {                                                                                       \
		uint64_t start = board_instructions();                                             \
		int rc = (call);                                                                   \
		report(what, board_instructions() - start, budget, rc);                            \
	} while (0)

static int write_all(struct llext_store_install *install, const uint8_t *bytes)
{
	int rc = 0;

	for (unsigned at = 0; at < IMAGE && rc == 0; at += 256)
		rc = llext_store_write(install, bytes + at, 256);
	return rc;
}

int main(void)
{
	static uint8_t bytes[IMAGE];
	const struct llext_store_image image = {.name = "codec", .version = 1, .length = IMAGE};
	const struct llext_flash flash = {
		.read = flash_read,
		.program = flash_program,
		.erase = flash_erase,
		.mapped = board_heap_start,
		.block = BLOCK,
		.blocks = BLOCKS,
		.unit = 8,
		.erased = 0,
	};
	const struct llext_store_config config = {
		.flash = &flash,
		.slots = slots,
		.slot_count = 8,
		.starts = 3,
		.levelling = &llext_store_levelling,
	};
	struct llext_store_install install;
	struct llext_store_loader loader;

	for (unsigned i = 0; i < IMAGE; i++)
		bytes[i] = (uint8_t)(i * 7 + 1);
	MEASURE("format", BUDGET_FORMAT, llext_store_format(&store, &config));
	MEASURE("begin, 64 KiB", BUDGET_BEGIN, llext_store_begin(&store, &install, &image));
	MEASURE("write, 64 KiB in pieces of 256", BUDGET_WRITE, write_all(&install, bytes));
	MEASURE("finish", BUDGET_FINISH, llext_store_finish(&install));
	MEASURE("commit", BUDGET_COMMIT, llext_store_commit(&store, "codec"));
	MEASURE("start, 2048 blocks", BUDGET_INIT, llext_store_init(&store, &config));
	MEASURE("open", BUDGET_OPEN, llext_store_open(&store, "codec", &loader));
	MEASURE("confirm", BUDGET_CONFIRM, llext_store_confirm(&store, "codec"));
	printf("%u bytes of RAM for the store, %u for each version, %u for an install; stack %u\n",
	       (unsigned)sizeof(store), (unsigned)sizeof(slots[0]), (unsigned)sizeof(install),
	       (unsigned)board_stack_used());
	return status;
}
