/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/port.h>
#include "source.h"
#include "world.h"

const struct llext_port llext_port = {0};

static uint8_t heap[WORLD_HEAP_BYTES] __attribute__((aligned(4096)));
int world_variable = 5;

static int add(int a, int b)
{
	return a + b;
}

static const struct llext_const_symbol exports[] = {
	{"firmware_add", (const void *)(uintptr_t)&add},
	{"firmware_variable", &world_variable},
	{"memcpy", (const void *)(uintptr_t)&memcpy},
};

static void stop(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

void world_open(size_t bytes)
{
	if (llext_heap_init(heap, bytes) != 0 ||
	    llext_set_builtins(exports, sizeof(exports) / sizeof(exports[0])) != 0)
		stop("no world");
}

void world_close(void)
{
	struct llext_heap_stats stats;

	if (llext_heap_stats(LLEXT_HEAP_DATA, &stats) != 0 || stats.used != 0)
		stop("something is left on the heap");
	if (llext_heap_uninit() != 0)
		stop("something is left in the list");
}

int world_load(const uint8_t *bytes, size_t size, unsigned int kind, struct llext **ext,
	       const struct llext_load_param *param)
{
	struct source source;
	const char *wrong;
	int rc;

	source_init(&source, bytes, size, kind);
	rc = llext_load(&source.loader, "file", ext, param);
	wrong = source_misused(&source);
	if (wrong != NULL)
		stop(wrong);
	if ((rc == 0) != (*ext != NULL) || rc > 0)
		stop("neither loaded nor refused");
	return rc;
}

/* What is exported has a name that ends, in order. */
static void look_at(const struct llext *ext)
{
	for (size_t i = 0; i < ext->exp_tab.sym_cnt; i++) {
		if (strlen(ext->exp_tab.syms[i].name) == 0 ||
		    (i > 0 &&
		     strcmp(ext->exp_tab.syms[i - 1].name, ext->exp_tab.syms[i].name) >= 0))
			stop("exports are not in order");
		if (llext_find_sym(&ext->exp_tab, ext->exp_tab.syms[i].name) !=
		    ext->exp_tab.syms[i].addr)
			stop("an export is not found");
	}
}

int world_try(const uint8_t *bytes, size_t size, unsigned int kind)
{
	struct llext *ext = NULL;
	int rc = world_load(bytes, size, kind, &ext, NULL);

	if (rc == 0) {
		look_at(ext);
		if (llext_unload(&ext) != 0)
			stop("unload");
	}
	return rc;
}

uint8_t *world_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = malloc(1 << 16);

	if (file == NULL || bytes == NULL)
		stop(path);
	*size = fread(bytes, 1, 1 << 16, file);
	fclose(file);
	return realloc(bytes, *size); /* exactly, so that a sanitizer sees the end */
}
