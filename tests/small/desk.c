/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small core for another machine, on the desk: loads a file into memory at an address that the
 * machine has too, and leaves that memory in a file.
 *
 *	small_desk FILE DUMP HEAP BYTES [NAME=ADDRESS]...
 *
 *	load RC
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext/port.h>
#include "../common/desk/command_line.h"

const struct llext_port llext_port = {0};

#define MOST_IMPORTS 32

static void dump(const char *path, const void *memory, size_t bytes)
{
	FILE *file = must(fopen(path, "wb"));

	if (fwrite(memory, 1, bytes, file) != bytes || fclose(file) != 0)
		exit(2);
}

int main(int argc, char **argv)
{
	static struct llext_const_symbol imports[MOST_IMPORTS];
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext = NULL;
	size_t bytes, heap_bytes;
	uint8_t *file, *heap;
	int rc;

	if (argc < 5)
		return 2;
	file = read_whole(argv[1], 1, &bytes);
	heap_bytes = (size_t)strtoull(argv[4], NULL, 0);
	heap = mmap((void *)(uintptr_t)strtoull(argv[3], NULL, 0), heap_bytes,
		    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		    0);
	if (heap == MAP_FAILED || llext_heap_init(heap, heap_bytes) != 0 ||
	    llext_set_builtins(imports, parse_imports(argv + 5, argc - 5, imports, MOST_IMPORTS)) !=
		    0)
		return 2;

	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(file, bytes);

	rc = llext_load(&loader.loader, "extension", &ext, &param);
	printf("load %d\n", rc);
	if (rc == 0) {
		dump(argv[2], heap, heap_bytes);
		if (llext_unload(&ext) != 0)
			return 2;
	}
	free(file);
	return 0;
}
