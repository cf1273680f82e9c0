/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library without CONFIG_LLEXT_PROTECT under a port that protects memory or has caches: a load
 * is refused, it does not leave memory as it is. EXPECTED is what the load must return.
 */
#include <errno.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext/port.h>

static uint8_t heap[65536] __attribute__((aligned(16)));
static uint8_t file[65536];

static int protect(const struct llext_extent *extent, enum llext_access access)
{
	(void)extent;
	(void)access;
	return 0;
}

static void sync(const struct llext_extent *extent)
{
	(void)extent;
}

const struct llext_port llext_port = {
	.granule = HAS_PROTECTION ? 64 : 0,
	.protect = HAS_PROTECTION ? protect : NULL,
	.sync = HAS_CACHES ? sync : NULL,
};

static int add(int a, int b)
{
	return a + b;
}

static int variable = 5;

static const struct llext_const_symbol exports[] = {
	{"firmware_add", (const void *)(uintptr_t)&add},
	{"firmware_variable", &variable},
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
	printf("protection %d, caches %d: %d, expected %d\n", HAS_PROTECTION, HAS_CACHES, rc,
	       EXPECTED);
	if (rc != (EXPECTED) || (ext != NULL) != (rc == 0))
		return 1;
	if (ext != NULL && llext_unload(&ext) != 0)
		return 1;
	return llext_heap_uninit() != 0;
}
