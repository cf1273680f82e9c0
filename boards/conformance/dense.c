/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code in an instruction heap without the allocator's words: however many extensions there are,
 * their code takes one slot of the protection unit. Loads, unloads in the middle and loads that
 * fail leave it so.
 */
#include <stdio.h>
#include "board.h"
#include "conformance.h"
#include "internal.h"
#include "place.h"
#include "llext_mcu.h"
#include "mpu.h"
#include "slots.h"

#define CODE_BYTES ((size_t)16 * 1024)
#define HEAP_BYTES ((size_t)64 * 1024)
#define SLOTS      8 /* are enough */
#define ONE_RUN    2 /* the code, and the rest of the heap; of PMP, all of it */
#define MANY       40

int firmware_add(int a, int b)
{
	return a + b;
}
EXPORT_SYMBOL(firmware_add);

static int failures;

static void check(const char *what, bool ok)
{
	if (!ok)
		printf("FAILED: %s\n", what);
	failures += !ok;
}

static uint8_t file[4096] __attribute__((aligned(8)));
static struct llext *loaded[MANY];

static int load(unsigned number)
{
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file, FIXTURE(guarded).size);
	char name[16];

	snprintf(name, sizeof(name), "e%u", number);
	return llext_load(&loader.loader, name, &loaded[number], NULL);
}

static bool works(const struct llext *ext)
{
	int (*call)(void) = (int (*)(void))(uintptr_t)llext_find_sym(&ext->exp_tab, "guarded_call");
	const int *zero = llext_find_sym(&ext->exp_tab, "guarded_zero");

	return call() == 1 + zero[0] + 3;
}

static bool all_work(void)
{
	for (unsigned i = 0; i < MANY; i++) {
		if (loaded[i] != NULL && !works(loaded[i]))
			return false;
	}
	return true;
}

static unsigned slots_used(void)
{
	unsigned left;

	(void)llext_slots_needed(1, &left);
	return llext_mpu()->slots - llext_mcu_kept_slots - left;
}

static void store(void *word)
{
	*(volatile uint32_t *)word = 0;
}

static bool is_writable(void *word)
{
	struct board_fault fault;

	return !board_fault_caught(store, word, &fault);
}

static size_t used(enum llext_heap heap)
{
	struct llext_heap_stats stats;

	return llext_heap_stats(heap, &stats) == 0 ? stats.used : 0;
}

/* ---- tests ---- */

static void many(void)
{
	for (unsigned i = 0; i < MANY; i++)
		check("load", load(i) == 0);
	check("all work", all_work());
	check("their code takes one slot", slots_used() == ONE_RUN);
}

static void holes(void)
{
	void *hole = (void *)loaded[4]->mem[LLEXT_MEM_TEXT];

	for (unsigned i = 1; i < MANY; i += 3)
		check("unload", llext_unload(&loaded[i]) == 0);
	check("holes take none", slots_used() == ONE_RUN && all_work());
	check("holes stay code", !is_writable(hole));
	check("load into one", load(1) == 0 && works(loaded[1]));
	check("it takes none, either", slots_used() == ONE_RUN && all_work());
}

struct chunk {
	struct chunk *next;
};

static struct chunk *fill_heap(void)
{
	struct chunk *chunks = NULL, *one;

	while ((one = llext_heap_alloc(LLEXT_HEAP_DATA, sizeof(*one), 0)) != NULL) {
		one->next = chunks;
		chunks = one;
	}
	return chunks;
}

static struct chunk *free_one(struct chunk *chunks)
{
	struct chunk *next = chunks->next;

	llext_heap_free(LLEXT_HEAP_DATA, chunks);
	return next;
}

/* The data heap is short of ever fewer bytes, also when the code has its memory already. */
static void failing(void)
{
	size_t instr = used(LLEXT_HEAP_INSTR), data = used(LLEXT_HEAP_DATA);
	const volatile uint32_t *hole = loaded[1]->mem[LLEXT_MEM_TEXT];
	unsigned cleared = 0;
	struct chunk *chunks;
	int rc;

	check("unload", llext_unload(&loaded[1]) == 0);
	chunks = fill_heap();
	while ((rc = load(1)) == -ENOMEM && chunks != NULL) {
		cleared += *hole == 0;
		check("what it left is code", !is_writable((void *)(uintptr_t)hole));
		check("slots", slots_used() == ONE_RUN && all_work());
		chunks = free_one(chunks);
	}
	while (chunks != NULL)
		chunks = free_one(chunks);
	check("some failed when code had its memory", cleared != 0);
	check("then it works", rc == 0 && works(loaded[1]) && slots_used() == ONE_RUN);
	check("heaps", used(LLEXT_HEAP_INSTR) == instr && used(LLEXT_HEAP_DATA) == data);
}

static void again_and_again(void)
{
	uint32_t seed = 1;

	for (unsigned i = 0; i < 300; i++) {
		unsigned which;

		seed = seed * 1664525u + 1013904223u;
		which = (seed >> 8) % MANY;
		if (loaded[which] != NULL)
			check("unload", llext_unload(&loaded[which]) == 0);
		else
			check("load", load(which) == 0 && works(loaded[which]));
		check("one slot", slots_used() <= ONE_RUN);
	}
	check("all work", all_work());
}

static void end(void *memory)
{
	for (unsigned i = 0; i < MANY; i++) {
		if (loaded[i] != NULL)
			check("unload", llext_unload(&loaded[i]) == 0);
	}
	check("nothing is left", used(LLEXT_HEAP_INSTR) == 0 && used(LLEXT_HEAP_DATA) == 0);
	check("the heap can be had back", llext_heap_uninit() == 0 && is_writable(memory));
	check("and all is data", slots_used() == 1);
}

int main(void)
{
	uint8_t *memory = (uint8_t *)board_heap_start;

	llext_mcu_kept_slots = llext_mpu()->slots > SLOTS ? llext_mpu()->slots - SLOTS : 0;
	check("protection", llext_mcu_protect_heap((uintptr_t)memory, HEAP_BYTES) == 0);
	check("heaps", llext_heap_init_harvard(memory, CODE_BYTES, memory + CODE_BYTES,
					       HEAP_BYTES - CODE_BYTES) == 0);
	llext_mcu_log_level = LLEXT_LOG_NONE;
	memcpy(file, FIXTURE(guarded).bytes, FIXTURE(guarded).size);
	many();
	holes();
	failing();
	again_and_again();
	end(memory);
	puts(failures ? "FAILED" : "all is well");
	return failures;
}
