/* SPDX-License-Identifier: Apache-2.0 */
/* The library as a peer of its own: it has a heap, and its own way to the firmware's exports. */
#include <errno.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include "peer.h"

#define HEAP_BYTES (256 * 1024)
#define ALIGNMENT  4096

const char peer_name[] = "Tenon as a peer";
const char peer_version[] = "of this tree";

static struct llext *module;

static struct llext_heap_stats stats(void)
{
	struct llext_heap_stats now = {0};

	(void)llext_heap_stats(LLEXT_HEAP_DATA, &now);
	return now;
}

bool peer_start(const struct peer_export *exports, size_t count)
{
	size_t builtins;
	void *heap = peer_allocate(ALIGNMENT, HEAP_BYTES);

	/* They are the same table. */
	if ((const void *)llext_builtins(&builtins) != (const void *)exports || builtins != count)
		return false;
	(void)llext_heap_uninit();
	return heap != NULL && llext_heap_init(heap, HEAP_BYTES) == 0;
}

int peer_load(const void *file, size_t bytes, struct peer_figures *figures)
{
	struct llext_buf_loader source = LLEXT_TEMPORARY_BUF_LOADER(file, bytes);
	size_t before = stats().used;
	int rc = llext_load(&source.loader, "module", &module, NULL);

	if (rc != 0)
		return rc;
	figures->peak = stats().peak - before;
	for (int region = 0; region < LLEXT_MEM_COUNT; region++)
		figures->image += module->mem_size[region];
	return 0;
}

void *peer_find(const char *name)
{
	return (void *)(uintptr_t)llext_find_sym(&module->exp_tab, name);
}

int peer_unload(void)
{
	int rc = llext_unload(&module);

	if (rc != 0)
		return rc;
	return stats().used == 0 ? 0 : -EBUSY;
}
