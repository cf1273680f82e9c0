/* SPDX-License-Identifier: Apache-2.0 */
/* The extension's pools are part of the extension: the firmware's heap does not move. */
#include <stdint.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext_posix.h>

#define HEAP_BYTES (256 * 1024)

static const uint8_t memory_pool_ext[] = {
#include "memory_pool.inc"
};

static int report(const char *what)
{
	char line[256];

	llext_diag_format(llext_last_diag(), line, sizeof(line));
	fprintf(stderr, "%s: %s\n", what, line);
	return 1;
}

int main(void)
{
	struct llext_buf_loader loader = LLEXT_BUF_LOADER(memory_pool_ext, sizeof(memory_pool_ext));
	void *heap = llext_posix_map(HEAP_BYTES);
	struct llext_heap_stats before, after;
	struct llext *ext;

	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 1;
	if (llext_load(&loader.loader, "memory_pool", &ext, NULL) != 0)
		return report("load");
	/* The pools are in .bss; 8 nodes of 64 bytes and 256 bytes, at least. */
	printf("pools are in the extension's .bss: %s\n",
	       ext->mem_size[LLEXT_MEM_BSS] >= 8 * 64 + 256 ? "yes" : "no");

	/* Twice: what was freed can be used again. */
	for (int i = 0; i < 2; i++) {
		(void)llext_heap_stats(LLEXT_HEAP_DATA, &before);
		if (llext_call_fn(ext, "pool_run") != 0)
			return report("call");
		(void)llext_heap_stats(LLEXT_HEAP_DATA, &after);
		printf("bytes taken from the LLEXT heap: %zu\n", after.peak - before.peak);
	}
	if (llext_unload(&ext) != 0)
		return report("unload");
	(void)llext_heap_stats(LLEXT_HEAP_DATA, &after);
	printf("unloaded, %zu bytes held\n", after.used);
	return 0;
}
