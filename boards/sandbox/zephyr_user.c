/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for the test of user mode in Zephyr's spelling, and what the board starts with. */
#include <stdint.h>
#include "sandbox.h"
#include "user_board.h"

#define DOMAIN_BYTES ((size_t)32 * 1024)

char sandbox_heap[SANDBOX_HEAP] __attribute__((aligned(SANDBOX_HEAP)));
static char domain_memory[DOMAIN_BYTES] __attribute__((aligned(DOMAIN_BYTES)));

void *user_board_heap(size_t bytes)
{
	return bytes <= sizeof(sandbox_heap) ? sandbox_heap : NULL;
}

void *user_board_domain(size_t bytes)
{
	sandbox_start();
	return bytes <= sizeof(domain_memory) ? domain_memory : NULL;
}
