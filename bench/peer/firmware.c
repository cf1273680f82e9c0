/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer-1000.elf FILE...: has the peer load each file, checks that it works, has it unloaded, and
 * prints what all of that cost, or which error the load ended with.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <llext/symbol.h>
#include "board.h"
#include "heap.h"
#include "measure.h"
#include "peer.h"

struct figures {
	struct peer_figures peer;
	uint64_t load, unload;
	size_t peak, leak, stack;
};

/* The firmware's table: the same records as the peer's. */
extern const struct peer_export __llext_export_start[], __llext_export_end[];
_Static_assert(sizeof(struct peer_export) == sizeof(struct llext_const_symbol) &&
		       offsetof(struct peer_export, address) ==
			       offsetof(struct llext_const_symbol, addr),
	       "a record of the table");

/* The counted call has a function of its own, so that nothing else uses the stack. */
static __attribute__((noinline)) int counted_load(const uint8_t *file, size_t length,
						  struct figures *figures)
{
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0) & ~(uintptr_t)3;
	uint64_t start;
	int rc;

	measure_paint_stack(frame);
	start = board_instructions();
	rc = peer_load(file, length, &figures->peer);
	figures->load = board_instructions() - start;
	figures->stack = measure_stack(frame);
	return rc;
}

static void print(const char *path, size_t exports, size_t length, const struct figures *figures)
{
	printf("peer module=%s firmware_exports=%zu file_bytes=%zu image_bytes=%zu ", path, exports,
	       length, figures->peer.image);
	printf("load=%" PRIu64 " copy=%" PRIu64 " unload=%" PRIu64
	       " heap_over_image=%zd leak=%zu stack=%zu\n",
	       figures->load, measure_copy(figures->peer.image), figures->unload,
	       (ptrdiff_t)(figures->peak - figures->peer.image), figures->leak, figures->stack);
}

static void measure(const char *path)
{
	size_t exports = (size_t)(__llext_export_end - __llext_export_start), length, before;
	const uint8_t *file = measure_read_file(path, &length);
	struct figures figures = {0};
	uint64_t start;
	int rc;

	if (file == NULL) {
		measure_fail(path, "it cannot be read");
		return;
	}
	heap_start(board_heap_start, measure_heap_bytes());
	if (!peer_start(__llext_export_start, exports)) {
		measure_fail(path, "the peer does not start");
		return;
	}
	before = heap_used();
	heap_mark();
	rc = counted_load(file, length, &figures);
	if (rc != 0) {
		printf("peer module=%s refused=%d leak=%zu\n", path, rc, heap_used() - before);
		return;
	}
	figures.peak = figures.peer.peak != 0 ? figures.peer.peak : heap_peak() - before;
	if (!measure_works(peer_find("bench_check"))) {
		measure_fail(path, "it does not work");
		return;
	}
	start = board_instructions();
	rc = peer_unload();
	figures.unload = board_instructions() - start;
	figures.leak = heap_used() - before;
	if (rc != 0)
		measure_fail(path, "unload");
	print(path, exports, length, &figures);
}

int main(void)
{
	printf("name %s\nversion %s\n", peer_name, peer_version);
	for (const char *file = measure_first_word(); file != NULL; file = strtok(NULL, " "))
		measure(file);
	return measure_failures == 0 ? 0 : 1;
}
