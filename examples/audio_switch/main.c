/* SPDX-License-Identifier: Apache-2.0 */
/* Two audio algorithms take turns while a stream runs; none of its samples is lost. */
#include <stdint.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext_posix.h>
#include "stream.h"

#define HEAP_BYTES (256 * 1024)
#define SWITCHES   6

static const uint8_t echo_ext[] = {
#include "echo.inc"
};

static const uint8_t smooth_ext[] = {
#include "smooth.inc"
};

static const struct algorithm *load(unsigned int turn, struct llext **ext)
{
	struct llext_buf_loader loaders[] = {LLEXT_BUF_LOADER(echo_ext, sizeof(echo_ext)),
					     LLEXT_BUF_LOADER(smooth_ext, sizeof(smooth_ext))};
	static const char *const names[] = {"echo", "smooth"};
	char line[256];

	if (llext_load(&loaders[turn % 2].loader, names[turn % 2], ext, NULL) != 0 ||
	    llext_bringup(*ext) != 0) {
		llext_diag_format(llext_last_diag(), line, sizeof(line));
		fprintf(stderr, "%s: %s\n", names[turn % 2], line);
		return NULL;
	}
	return llext_find_sym(&(*ext)->exp_tab, "algorithm");
}

/* Load the next algorithm while the stream goes on, let it take over, unload the one before. */
static int take_turns(struct llext **current)
{
	for (unsigned int turn = 1; turn <= SWITCHES; turn++) {
		const struct algorithm *algorithm;
		struct llext *next;

		stream_wait(5);
		algorithm = load(turn, &next);
		if (algorithm == NULL)
			return 1;
		stream_switch(algorithm);
		printf("%s took over from %s\n", next->name, (*current)->name);
		if (llext_teardown(*current) != 0 || llext_unload(current) != 0)
			return 1;
		*current = next;
	}
	return 0;
}

int main(void)
{
	void *heap = llext_posix_map(HEAP_BYTES);
	const struct algorithm *algorithm;
	struct stream_totals totals;
	struct llext *current;
	int rc;

	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 1;
	algorithm = load(0, &current);
	if (algorithm == NULL || !stream_begin(algorithm))
		return 1;
	printf("stream begins with %s\n", current->name);
	rc = take_turns(&current);
	stream_wait(5);
	totals = stream_end();
	if (rc != 0 || llext_unload(&current) != 0)
		return 1;

	printf("%lu switches, samples lost: %lu, wrong: %lu\n", totals.switches,
	       totals.in - totals.out, totals.wrong);
	printf("enough samples for every turn: %s\n",
	       totals.in >= (SWITCHES + 1) * 5UL * BLOCK ? "yes" : "no");
	return totals.in == totals.out && totals.wrong == 0 ? 0 : 1;
}
