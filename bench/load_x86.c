/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load and unload one extension once, against a firmware of 1,000 exports. Run under callgrind by
 * bench/load_x86, which collects within llext_load() only. Usage: load_x86 FILE.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext/plan.h>
#include <llext_posix.h>

#define EXPORTS    1000
#define HEAP_BYTES ((size_t)1 << 20)

static char names[EXPORTS][32];
static struct llext_const_symbol exports[EXPORTS];
static unsigned char file[1 << 20];
static int target;

int main(int argc, char **argv)
{
	FILE *stream = argc == 2 ? fopen(argv[1], "rb") : NULL;
	void *heap = llext_posix_map(HEAP_BYTES);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file, 0);
	struct llext_plan plan;
	struct llext *ext;

	for (int i = 0; i < EXPORTS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "firmware_function_%04d", i);
		exports[i] = (struct llext_const_symbol){names[i], &target};
	}
	if (stream == NULL || heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0 ||
	    llext_set_builtins(exports, EXPORTS) != 0) {
		fputs("usage: load_x86 FILE\n", stderr);
		return 2;
	}
	loader.len = fread(file, 1, sizeof(file), stream);
	(void)fclose(stream);
	if (llext_plan(&loader.loader, NULL, &plan) != 0 ||
	    llext_load(&loader.loader, "bench", &ext, NULL) != 0)
		return 1;
	printf("%zu %zu %zu\n", plan.relocations, plan.imports, plan.instr_bytes + plan.data_bytes);
	return llext_unload(&ext) == 0 ? 0 : 1;
}
