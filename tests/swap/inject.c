/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For all N, the N-th allocation, read or change of protection in a swap fails; bytes of the new
 * file and of the state are wrong. The old one goes on as before, and the heap is as before.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <llext/heap.h>
#include <llext_posix.h>
#include "../common/failing.h"
#include "suite.h"

#define HEAP_BYTES ((size_t)256 * 1024)

FIXTURE(one);
FIXTURE(two);
FIXTURE(other_major);

LLEXT_SLOT_DEFINE(effects, effect, .twice = NULL);

static int failures, alive;

int swap_test_alive(int change)
{
	alive += change;
	return alive;
}
EXPORT_SYMBOL(swap_test_alive);

void suite_check(bool ok, const char *file, int line, const char *what)
{
	if (ok)
		return;
	failures++;
	printf("%s:%d: FAILED: %s\n", file, line, what);
}

struct source {
	struct llext_loader loader;
	const uint8_t *bytes;
	size_t size, at;
};

static int source_read(struct llext_loader *ldr, void *out, size_t bytes)
{
	struct source *source = (struct source *)(void *)ldr;

	if (fails(READ) || bytes > source->size - source->at)
		return -EREMOTEIO;
	memcpy(out, source->bytes + source->at, bytes);
	source->at += bytes;
	return 0;
}

static int source_seek(struct llext_loader *ldr, size_t at)
{
	struct source *source = (struct source *)(void *)ldr;

	if (at > source->size)
		return -EINVAL;
	source->at = at;
	return 0;
}

static size_t source_length(struct llext_loader *ldr)
{
	return ((struct source *)(void *)ldr)->size;
}

static struct source source_of(const uint8_t *bytes, size_t size)
{
	return (struct source){
		.loader = {.read = source_read, .seek = source_seek, .length = source_length},
		.bytes = bytes,
		.size = size};
}

/* ---- the swaps ---- */

static uint64_t blob[8];
static const struct llext_swap_param param = {.state = blob, .state_bytes = sizeof(blob)};
static size_t used;
static unsigned int counted;

static size_t heap_used(void)
{
	struct llext_heap_stats stats;

	return llext_heap_stats(LLEXT_HEAP_DATA, &stats) == 0 ? stats.used : 0;
}

static void the_old_one_is_unharmed(void)
{
	CHECK(LLEXT_CALL(effects, version) == 1 && LLEXT_CALL(effects, add, 2, 3) == 5);
	CHECK(LLEXT_CALL(effects, count) == ++counted);
	CHECK(alive == 1 && heap_used() == used);
	CHECK(llext_slot_extension(LLEXT_SLOT_OF(effects)) == llext_by_name("one"));
	CHECK(llext_by_name("two") == NULL && llext_slot_callers(LLEXT_SLOT_OF(effects)) == 0);
}

static void start(void)
{
	struct source source = source_of(fixture_one, (size_t)(fixture_one_end - fixture_one));

	CHECK(llext_swap(LLEXT_SLOT_OF(effects), &source.loader, "one", &param) == 0);
	used = heap_used();
}

/* After a swap that came about: back to the first. */
static void go_back(void)
{
	struct source source = source_of(fixture_one, (size_t)(fixture_one_end - fixture_one));

	CHECK(LLEXT_CALL(effects, version) == 2 && alive == 1);
	CHECK(llext_swap(LLEXT_SLOT_OF(effects), &source.loader, "one", &param) == 0);
	used = heap_used();
}

static void fail_every(enum operation operation)
{
	unsigned int n = 0, failed = 0;

	do {
		struct source source =
			source_of(fixture_two, (size_t)(fixture_two_end - fixture_two));
		int rc;

		fired = false;
		failing = operation;
		countdown = ++n;
		rc = llext_swap(LLEXT_SLOT_OF(effects), &source.loader, "two", &param);
		failing = NOTHING;
		if (rc != 0) {
			failed++;
			CHECK(rc == (operation == ALLOCATE ? -ENOMEM : -EREMOTEIO));
			the_old_one_is_unharmed();
		} else {
			go_back();
		}
	} while (fired);
	printf("%s: %u of %u failed the swap\n",
	       operation == ALLOCATE  ? "allocations"
	       : operation == PROTECT ? "protections"
				      : "reads",
	       failed, n - 1);
	CHECK(failed > 0);
}

/*
 * Each byte of a new file, wrong in several ways. It is one of another major version, which no such
 * change makes right: so whatever it says, nothing of it is ever run.
 */
static void hostile_files(void)
{
	static const uint8_t flips[] = {0x01, 0x80, 0xff};
	size_t size = (size_t)(fixture_other_major_end - fixture_other_major);
	uint8_t *bytes = malloc(size);
	unsigned int at_load = 0, at_interface = 0;
	struct llext_swap_result result;
	struct llext_swap_param how = param;

	how.result = &result;
	CHECK(bytes != NULL);
	for (size_t at = 0; bytes != NULL && at < size * 3; at++) {
		struct source source = source_of(bytes, size);
		int rc;

		memcpy(bytes, fixture_other_major, size);
		bytes[at / 3] ^= flips[at % 3];
		rc = llext_swap(LLEXT_SLOT_OF(effects), &source.loader, "two", &how);
		CHECK(rc < 0 && result.stage <= LLEXT_SWAP_STAGE_INTERFACE);
		at_load += result.stage == LLEXT_SWAP_STAGE_LOAD;
		at_interface += result.stage == LLEXT_SWAP_STAGE_INTERFACE;
		the_old_one_is_unharmed();
	}
	free(bytes);
	printf("files: %u refused by the load, %u by the slot\n", at_load, at_interface);
}

/* ---- states ---- */

/* What the extension says to a state that it has not written. */
static void hostile_states(void)
{
	const struct llext *ext = llext_slot_extension(LLEXT_SLOT_OF(effects));
	const struct llext_declaration *declaration =
		llext_find_sym(&ext->exp_tab, "llext_interface_effect");
	struct effect_state state;
	unsigned int refused = 0, trials = 0;

	CHECK(declaration->state_save(&state, sizeof(state)) == sizeof(state));
	CHECK(declaration->state_save(&state, sizeof(state) - 1) == -E2BIG);
	for (size_t bit = 0; bit < 8 * sizeof(state.magic); bit++) {
		struct effect_state other = state;

		other.magic ^= 1u << bit;
		trials++;
		refused += declaration->state_restore(&other, sizeof(other), 3) == -EINVAL;
	}
	for (size_t bytes = 0; bytes < sizeof(state); bytes++, trials++)
		refused += declaration->state_restore(&state, bytes, 3) == -EINVAL;
	for (uint32_t version = 0; version < 10; version++) {
		trials += version != 3;
		refused += version != 3 &&
			   declaration->state_restore(&state, sizeof(state), version) == -EINVAL;
	}
	printf("states: %u of %u refused\n", refused, trials);
	CHECK(refused == trials);
	the_old_one_is_unharmed();
}

int main(void)
{
	void *heap = llext_posix_map(HEAP_BYTES);

	llext_posix_log_level = LLEXT_LOG_NONE;
	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 2;
	start();
	fail_every(ALLOCATE);
	fail_every(READ);
	fail_every(PROTECT);
	hostile_files();
	hostile_states();
	return failures != 0;
}
