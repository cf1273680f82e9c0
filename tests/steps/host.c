/* SPDX-License-Identifier: Apache-2.0 */
/* The suite on the host. */
#include <llext_posix.h>
#include <llext/port.h>
#include "suite.h"

#define HEAP_BYTES ((size_t)1 << 20)

uint64_t suite_instructions(void)
{
	return 0;
}

int main(void)
{
	void *heap = llext_posix_map(HEAP_BYTES);

	llext_posix_log_level = 0;
	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 2;
	return suite_run() == 0 ? 0 : 1;
}
