/* SPDX-License-Identifier: Apache-2.0 */
/* Variables on both sides, each used by the other side. */
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/inspect.h>
#include <llext/llext.h>
#include <llext_posix.h>
#include "shared_info.h"

#define HEAP_BYTES (256 * 1024)

static const uint8_t sensor_ext[] = {
#include "sensor.inc"
};

struct board_info board_info = {.name = "desk", .offset = -5};
EXPORT_SYMBOL(board_info);

static int report(const char *what)
{
	char line[256];

	llext_diag_format(llext_last_diag(), line, sizeof(line));
	fprintf(stderr, "%s: %s\n", what, line);
	return 1;
}

/* The extension's struct shared_info, by section. NULL where there is none of this version. */
static struct shared_info *find_shared_info(struct llext_loader *ldr, struct llext *ext)
{
	int index = llext_section_shndx(ldr, ext, SHARED_INFO_SECTION);
	const void *addr;
	struct shared_info *info;
	size_t size;

	if (index < 0 || llext_get_section_address(ext, (unsigned int)index, &addr, &size) != 0)
		return NULL;
	info = (struct shared_info *)(uintptr_t)addr;
	return size >= sizeof(*info) && info->version == SHARED_INFO_VERSION ? info : NULL;
}

int main(void)
{
	struct llext_buf_loader loader = LLEXT_BUF_LOADER(sensor_ext, sizeof(sensor_ext));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	void *heap = llext_posix_map(HEAP_BYTES);
	struct shared_info *info;
	struct llext *ext;

	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 1;
	param.keep_section_info = true; /* section names and headers, for llext/inspect.h */
	if (llext_load(&loader.loader, "sensor", &ext, &param) != 0)
		return report("load");
	info = find_shared_info(&loader.loader, ext);
	if (info == NULL || llext_free_inspection_data(&loader.loader, ext) != 0)
		return report("no section " SHARED_INFO_SECTION);
	printf("%s: version %u, period %u ms\n", SHARED_INFO_SECTION, info->version,
	       info->period_ms);

	info->period_ms = 250;
	for (int i = 0; i < 3; i++) {
		if (llext_call_fn(ext, "sensor_measure") != 0)
			return report("call");
	}
	printf("extension: %u measurements, last value %d\n", info->measurements, info->last_value);
	printf("firmware: board %s has %u user\n", board_info.name, board_info.users);
	if (llext_unload(&ext) != 0)
		return report("unload");
	return 0;
}
