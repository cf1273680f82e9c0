/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware: loads the extension from memory, calls it, unloads it. */
#include <stdint.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext_posix.h>

#define HEAP_BYTES (256 * 1024)

static const uint8_t hello_ext[] = {
#include "hello.inc"
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
	struct llext_buf_loader buf_loader = LLEXT_BUF_LOADER(hello_ext, sizeof(hello_ext));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext *ext;
	void *heap = llext_posix_map(HEAP_BYTES);

	/* On a board: an array in RAM. */
	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 1;
	if (llext_load(&buf_loader.loader, "hello", &ext, &param) != 0)
		return report("load");
	printf("loaded %s\n", ext->name);
	if (llext_call_fn(ext, "hello_world") != 0)
		return report("call");
	if (llext_unload(&ext) != 0)
		return report("unload");
	printf("unloaded\n");
	return 0;
}
