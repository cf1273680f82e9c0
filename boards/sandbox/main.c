/* SPDX-License-Identifier: Apache-2.0 */
/* The suite of sandboxed extensions on a board. */
#include <stdio.h>
#include "board.h"
#include "suite.h"
#include "sandbox.h"

#define DOMAIN_BYTES ((size_t)64 * 1024)

static char memory[DOMAIN_BYTES] __attribute__((aligned(16384)));
char *suite_domain_memory = memory;
const size_t suite_domain_bytes = DOMAIN_BYTES;
char sandbox_heap[SANDBOX_HEAP] __attribute__((aligned(SANDBOX_HEAP)));
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

uint64_t suite_instructions(void)
{
	return board_instructions();
}

int main(void)
{
	sandbox_start();
	if (llext_heap_init(sandbox_heap, sizeof(sandbox_heap)) != 0)
		return 2;
	return suite_run() == 0 ? 0 : 1;
}
