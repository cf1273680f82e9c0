/* SPDX-License-Identifier: Apache-2.0 */
/* The suite on the host. */
#include <llext_posix.h>
#include "suite.h"
#if LLEXT_ON(CONFIG_USERSPACE)
#include "domains.h"

char *domains_memory[2], *domains_blob;
size_t domains_bytes = (size_t)256 * 1024, domains_blob_bytes = 4096;
#endif

#define HEAP_BYTES ((size_t)256 * 1024)

int main(void)
{
#if LLEXT_ON(CONFIG_USERSPACE)
	void *heap = llext_posix_map_domain(HEAP_BYTES); /* trusted extensions join domains, too */
#else
	void *heap = llext_posix_map(HEAP_BYTES);
#endif

	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 2;
#if LLEXT_ON(CONFIG_USERSPACE)
	domains_memory[0] = llext_posix_map_domain(domains_bytes);
	domains_memory[1] = llext_posix_map_domain(domains_bytes);
	domains_blob = llext_posix_map_domain(domains_blob_bytes);
	if (domains_memory[0] == NULL || domains_memory[1] == NULL || domains_blob == NULL)
		return 2;
#endif
	return suite_run() == 0 ? 0 : 1;
}
