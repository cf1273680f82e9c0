/* SPDX-License-Identifier: Apache-2.0 */
/* Bring-up and tear-down are the firmware's to ask for: a load runs nothing of the extension. */
#include <stdint.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext_posix.h>

#define HEAP_BYTES (256 * 1024)

static const uint8_t constructors_ext[] = {
#include "constructors.inc"
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
	struct llext_buf_loader loader =
		LLEXT_BUF_LOADER(constructors_ext, sizeof(constructors_ext));
	void *heap = llext_posix_map(HEAP_BYTES);
	struct llext *ext;
	int (*read)(void);

	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 1;
	if (llext_load(&loader.loader, "constructors", &ext, NULL) != 0)
		return report("load");
	printf("loaded; nothing has run yet\n");

	printf("bring-up\n");
	if (llext_bringup(ext) != 0)
		return report("bring-up");

	read = (int (*)(void))(uintptr_t)llext_find_sym(&ext->exp_tab, "meter_read");
	if (read == NULL)
		return 1;
	printf("meter_read() = %d\n", read());
	printf("meter_read() = %d\n", read());

	printf("tear-down\n");
	if (llext_teardown(ext) != 0)
		return report("tear-down");
	if (llext_unload(&ext) != 0)
		return report("unload");
	printf("unloaded\n");
	return 0;
}
