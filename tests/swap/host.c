/* SPDX-License-Identifier: Apache-2.0 */
/* The suite on the host. */
#include <llext_posix.h>
#include "suite.h"

#define HEAP_BYTES ((size_t)256 * 1024)

int main(void)
{
	void *heap = llext_posix_map(HEAP_BYTES);

	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 2;
	return suite_run() == 0 ? 0 : 1;
}
