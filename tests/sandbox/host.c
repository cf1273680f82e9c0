/* SPDX-License-Identifier: Apache-2.0 */
/* The suite of sandboxed extensions on the host. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/mman.h>
#include "llext_posix.h"
#include "../common/progress.h"
#include "hostile.h"
#include "suite.h"

#define DOMAIN_BYTES ((size_t)256 * 1024)
#define HEAP_BYTES   ((size_t)1 << 20)

char *suite_domain_memory;
const size_t suite_domain_bytes = DOMAIN_BYTES;
char *suite_heap;
const size_t suite_heap_bytes = HEAP_BYTES;
char *suite_shared;
const size_t suite_shared_bytes = 4096;
int suite_secret = 0x5ec2e7;
static char in_bss[64];
uintptr_t suite_forbidden[9];

void suite_ticks(bool on)
{
	(void)on; /* a tick is a millisecond, always */
}

void suite_wait(const volatile int32_t *until)
{
	(void)until;
	(void)usleep(60000);
}

const bool suite_interrupts = false;
void (*suite_interrupt)(void);

void suite_phase(unsigned int instructions)
{
	(void)instructions;
}

void suite_fast_ticks(bool on)
{
	(void)on;
}

extern const char __executable_start[], etext[];

uint32_t suite_checksum(void)
{
	uint32_t sum = 0;

	for (const char *at = __executable_start; at < etext; at++)
		sum = sum * 31 + (uint8_t)*at;
	return sum;
}

static void show_progress(uint32_t done, uint32_t count)
{
	progress(done, count, "files");
}

/* sandbox [FIRST COUNT]: with numbers, those changed files only. */
int main(int argc, char **argv)
{
	char *heap = llext_posix_map_domain(HEAP_BYTES); /* trusted extensions join domains, too */
	char *on_heap = malloc(64);

	suite_heap = heap;
	suite_domain_memory = llext_posix_map_domain(DOMAIN_BYTES);
	suite_shared = llext_posix_map_domain(8 * suite_shared_bytes);
	if (suite_shared == NULL || heap == NULL || on_heap == NULL ||
	    suite_domain_memory == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 2;
	suite_forbidden[0] = 1; /* stands for 0 */
	suite_forbidden[1] = (uintptr_t)&main;
	suite_forbidden[2] = (uintptr_t)&suite_secret;
	suite_forbidden[3] = (uintptr_t)in_bss;
	suite_forbidden[4] = (uintptr_t)on_heap;
	suite_forbidden[5] = (uintptr_t)&heap;
	suite_forbidden[6] = (uintptr_t)suite_domain_memory + DOMAIN_BYTES - 1;
	suite_forbidden[7] = (uintptr_t)heap + HEAP_BYTES - 1;
	hostile_progress = show_progress;
	if (argc == 3) {
		(void)hostile_run((uint32_t)atoi(argv[1]), (uint32_t)atoi(argv[2]));
	} else {
#ifndef SUITE_FORMS
		(void)suite_run();
#endif
		(void)hostile_run(1, 200);
	}
	free(on_heap);
	return suite_failures() == 0 ? 0 : 1;
}
