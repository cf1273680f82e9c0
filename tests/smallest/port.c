/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library without CONFIG_LLEXT_PROTECT or CONFIG_LLEXT_LOCK under a port that protects memory,
 * has caches, or has threads: a load is refused, it does not do without. EXPECTED is what the load
 * must return.
 */
#include <errno.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext/port.h>
#include "../common/firmware_exports.h"

static uint8_t heap[65536] __attribute__((aligned(16)));
static uint8_t file[65536];

#ifdef PORT_GRANULE
static int protect(const struct llext_extent *extent, enum llext_access access)
{
	(void)extent;
	(void)access;
	return 0;
}
#endif

#ifdef PORT_SYNC
static void sync(const struct llext_extent *extent)
{
	(void)extent;
}
#endif

#ifdef PORT_LOCK
static void lock(void)
{
}
#endif

const struct llext_port llext_port = {
#ifdef PORT_GRANULE
	.granule = PORT_GRANULE,
	.protect = protect,
#endif
#ifdef PORT_SYNC
	.sync = PORT_SYNC,
#endif
#ifdef PORT_LOCK
	.lock = PORT_LOCK,
	.unlock = PORT_LOCK,
#endif
};

int main(void)
{
	FILE *stream = fopen(FIXTURE, "rb");
	size_t bytes = stream != NULL ? fread(file, 1, sizeof(file), stream) : 0;
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file, bytes);
	struct llext *ext;
	int rc;

	if (stream == NULL || fclose(stream) != 0 || bytes == 0) {
		perror(FIXTURE);
		return 1;
	}
	if (llext_set_builtins(exports, 2) != 0 || llext_heap_init(heap, sizeof(heap)) != 0) {
		fputs("no heap\n", stderr);
		return 1;
	}
	rc = llext_load(&loader.loader, "small", &ext, NULL);
	printf("%d, expected %d\n", rc, EXPECTED);
	if (rc != (EXPECTED) || (ext != NULL) != (rc == 0))
		return 1;
	if (ext != NULL && llext_unload(&ext) != 0)
		return 1;
	return llext_heap_uninit() != 0;
}
