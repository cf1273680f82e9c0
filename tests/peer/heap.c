/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that a peer gets in the benchmark: no two places overlap, and what is taken is
 * counted. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "heap.h"
#include "peer.h"

#define MEMORY_BYTES 65536
#define PLACES       64
#define ROUNDS       20000
#define HEADER       (2 * sizeof(void *))

static struct {
	uint8_t *start;
	size_t bytes;
} places[PLACES];

static size_t taken, most;

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("FAILED: line %d: %s\n", __LINE__, #condition);                     \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

/* The same numbers on every run. */
static uint32_t any(uint32_t below)
{
	static uint32_t state = 1;

	state = state * 1664525u + 1013904223u;
	return (state >> 8) % below;
}

static void release(size_t at)
{
	for (size_t i = 0; i < places[at].bytes; i++)
		EXPECT(places[at].start[i] == (uint8_t)at);
	taken -= peer_size(places[at].start) + HEADER;
	peer_release(places[at].start);
	places[at].start = NULL;
}

static void allocate(size_t at)
{
	size_t alignment = (size_t)1 << any(9), bytes = any(3000);
	uint8_t *start = peer_allocate(alignment, bytes);

	if (start == NULL)
		return;
	EXPECT((uintptr_t)start % alignment == 0 && peer_size(start) >= bytes &&
	       peer_size(start) < bytes + HEADER);
	taken += peer_size(start) + HEADER;
	if (taken > most)
		most = taken;
	places[at].start = start;
	places[at].bytes = bytes;
	memset(start, (int)at, bytes);
}

int main(void)
{
	static uint8_t memory[MEMORY_BYTES + 1];
	size_t whole = MEMORY_BYTES - 2 * HEADER, failed = 0;

	heap_start(memory + 1, MEMORY_BYTES);
	EXPECT(peer_allocate(1, SIZE_MAX) == NULL && peer_allocate(1, SIZE_MAX - 40) == NULL);
	for (int round = 0; round < ROUNDS; round++) {
		size_t at = any(PLACES);

		if (places[at].start != NULL)
			release(at);
		else
			allocate(at);
		failed += places[at].start == NULL;
		EXPECT(heap_used() == taken && heap_peak() == most);
	}
	EXPECT(failed > 0 && failed < ROUNDS); /* some found it full */
	for (size_t at = 0; at < PLACES; at++)
		if (places[at].start != NULL)
			release(at);
	EXPECT(heap_used() == 0 && heap_peak() == most);
	heap_mark();
	EXPECT(heap_peak() == 0);
	peer_release(NULL);
	/* All of it is one place again. */
	EXPECT(peer_allocate(1, whole) != NULL && peer_allocate(1, 0) == NULL);
	EXPECT(heap_used() == whole + HEADER);
	return 0;
}
