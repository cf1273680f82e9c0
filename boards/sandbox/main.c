/* SPDX-License-Identifier: Apache-2.0 */
/* The suite of sandboxed extensions on a board. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "board.h"
#include "hostile.h"
#include "suite.h"
#include "sandbox.h"

#define DOMAIN_BYTES ((size_t)64 * 1024)

static char memory[DOMAIN_BYTES] __attribute__((aligned(16384)));
char *suite_domain_memory = memory;
const size_t suite_domain_bytes = DOMAIN_BYTES;
static char shared[8 * SANDBOX_GRANULE] __attribute__((aligned(SANDBOX_GRANULE)));
char *suite_shared = shared;
const size_t suite_shared_bytes = SANDBOX_GRANULE;
char sandbox_heap[SANDBOX_HEAP] __attribute__((aligned(SANDBOX_HEAP)));
char *suite_heap = sandbox_heap;
const size_t suite_heap_bytes = SANDBOX_HEAP;
int suite_secret = 0x5ec2e7;

extern int main(void);

uintptr_t suite_forbidden[] = {
	1, /* stands for 0 */
	(uintptr_t)&main,
	(uintptr_t)&suite_secret,
	(uintptr_t)sandbox_heap,
	(uintptr_t)memory,
	(uintptr_t)memory + DOMAIN_BYTES - 1,
	SANDBOX_FORBIDDEN,
	0,
};

const bool suite_interrupts = true;

void suite_wait(const volatile int32_t *until)
{
	while (*until == 0)
		;
}

uint32_t suite_checksum(void)
{
	uint32_t sum = 0;

	for (const char *at = board_rom_start; at < board_rom_end; at++)
		sum = sum * 31 + (uint8_t)*at;
	return sum;
}

/* The words behind the program's name. FIRST and COUNT: those changed files only; "task": as an
 * RTOS's task would do all that. */
static bool read_words(uint32_t *first, uint32_t *count)
{
	char line[256], *at = line;

	if (board_command_line(line, sizeof(line)) == 0)
		return false;
	while (*at != ' ' && *at != '\0')
		at++;
	*first = (uint32_t)strtoul(at, &at, 10);
	*count = (uint32_t)strtoul(at, NULL, 10);
	return strcmp(at, " task") == 0;
}

static void run(void)
{
#ifdef SUITE_FORMS
	(void)hostile_run(1, 300); /* so many that of each form enough load */
#else
	(void)suite_run();
	(void)hostile_run(1, 150);
#endif
}

int main(void)
{
	uint32_t first = 0, count = 0;
	bool as_task = read_words(&first, &count);

	sandbox_start();
	if (llext_heap_init(sandbox_heap, sizeof(sandbox_heap)) != 0)
		return 2;
	if (count != 0)
		(void)hostile_run(first, count);
#ifdef SANDBOX_TASKS
	else if (as_task)
		sandbox_on_task_stack(run);
#endif
	else
		run();
	(void)as_task;
	return suite_failures() == 0 ? 0 : 1;
}
