/* SPDX-License-Identifier: Apache-2.0 */
/* Swaps between trusted and sandboxed extensions on a board. */
#include "board.h"
#include "domains.h"
#include "sandbox.h"
#include "suite.h"

#define DOMAIN_BYTES ((size_t)16 * 1024)
#define BLOB_BYTES   ((size_t)256)

static char memory[2][DOMAIN_BYTES] __attribute__((aligned(16384)));
static char blob[BLOB_BYTES] __attribute__((aligned(256)));
char *domains_memory[2] = {memory[0], memory[1]}, *domains_blob = blob;
size_t domains_bytes = DOMAIN_BYTES, domains_blob_bytes = BLOB_BYTES;

static char heap[64 * 1024] __attribute__((aligned(16)));

int main(void)
{
	sandbox_start();
	if (llext_heap_init(heap, sizeof(heap)) != 0)
		return 2;
	return suite_run() == 0 ? 0 : 1;
}
