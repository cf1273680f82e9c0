/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that behaves as a firmware does: it exports functions, hands a heap over, and loads,
 * calls, swaps and unloads extensions. Ends with status 0 only where all of it went as it says.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/fs_loader.h>
#include <llext/llext.h>
#include <llext/plan.h>
#include <llext_posix.h>
#include "audio.h"
#include "show.h"

#define HEAP_BYTES (512 * 1024)
#define PATH(name) EXTENSION_FOLDER "/" name ".llext"

static const uint8_t sensor_bytes[] __attribute__((aligned(16))) = {
#include "sensor.inc"
};

static int failed(const char *what)
{
	char line[512];

	llext_diag_format(llext_last_diag(), line, sizeof(line));
	show_bad("   %s: %s", what, line);
	return 1;
}

struct llext *demo_load_file(const char *name)
{
	char path[sizeof(EXTENSION_FOLDER) + 64];
	struct llext_fs_loader loader = LLEXT_FS_LOADER(path);
	struct llext *ext;

	snprintf(path, sizeof(path), EXTENSION_FOLDER "/%s.llext", name);
	if (llext_load(&loader.loader, name, &ext, NULL) != 0) {
		(void)failed(name);
		return NULL;
	}
	if (llext_bringup(ext) != 0) {
		(void)failed(name);
		(void)llext_unload(&ext);
		return NULL;
	}
	return ext;
}

static int from_memory(struct llext **ext)
{
	struct llext_buf_loader loader = LLEXT_BUF_LOADER(sensor_bytes, sizeof(sensor_bytes));
	struct llext_plan plan;

	show_chapter("An extension from memory");
	show_note("   sensor: %zu bytes of ELF in the firmware's image; first a dry run",
		  sizeof(sensor_bytes));
	if (llext_plan(&loader.loader, NULL, &plan) != 0)
		return failed("plan");
	show_plan(&plan);
	if (llext_load(&loader.loader, "sensor", ext, NULL) != 0)
		return failed("load");
	show_good("   loaded");
	show_regions(*ext);
	show_symbols(*ext);
	show_note("   calling sensor_print(), which calls the firmware's printk():");
	return llext_call_fn(*ext, "sensor_print") != 0 ? failed("call") : 0;
}

static int from_file(struct llext *sensor, struct llext **ext)
{
	const struct llext *used = sensor;
	int rc;

	show_chapter(
		"An extension from a file, with a constructor, that imports from the first one");
	*ext = demo_load_file("trend");
	if (*ext == NULL)
		return 1;
	show_regions(*ext);
	show_symbols(*ext);
	for (int i = 0; i < 3; i++) {
		if (llext_call_fn(*ext, "trend_step") != 0)
			return failed("call");
	}
	show_loaded();
	rc = llext_unload(&sensor);
	if (rc != -EBUSY || sensor != used)
		return failed("unloading what is in use was not refused");
	show_note("   unloading sensor now is refused: %s", llext_last_diag()->what);
	return 0;
}

static void on_import(void *user_data, const struct llext_import *import)
{
	const char *near;
	size_t *missing = user_data;

	if (import->found || import->weak)
		return;
	++*missing;
	near = llext_suggest(import->name);
	if (near != NULL)
		show_bad("   missing: %s   did you mean %s?", import->name, near);
	else
		show_bad("   missing: %s   nothing of a similar name is exported", import->name);
}

static int refused(void)
{
	struct llext_fs_loader loader = LLEXT_FS_LOADER(PATH("broken"));
	struct llext_load_param param = LLEXT_LOAD_PARAM_DEFAULT;
	struct llext_heap_stats before, after;
	size_t missing = 0;
	struct llext *ext;
	int rc;

	show_chapter("An extension that does not fit this firmware");
	param.on_import = on_import;
	param.user_data = &missing;
	(void)llext_heap_stats(LLEXT_HEAP_DATA, &before);
	rc = llext_load(&loader.loader, "broken", &ext, &param);
	(void)llext_heap_stats(LLEXT_HEAP_DATA, &after);
	if (rc != -ENODATA || ext != NULL || missing != 2)
		return failed("the load was not refused as it should be");
	if (after.used != before.used || after.blocks != before.blocks)
		return failed("the refused load left something on the heap");
	show_good("   refused; all that is missing is named, and nothing has changed");
	return 0;
}

static int unload_all(struct llext *sensor, struct llext *trend)
{
	struct llext_heap_stats stats;

	show_chapter("Unloading");
	if (llext_teardown(trend) != 0 || llext_unload(&trend) != 0 || llext_unload(&sensor) != 0)
		return failed("unload");
	(void)llext_heap_stats(LLEXT_HEAP_DATA, &stats);
	show_heap();
	if (stats.used != 0 || stats.blocks != 0)
		return failed("the heap is not empty");
	show_good("   zero bytes held");
	return 0;
}

int main(void)
{
	void *heap = llext_posix_map(HEAP_BYTES);
	struct llext *sensor, *trend;
	size_t exports;
	int rc;

	show_begin();
	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return failed("heap");
	(void)llext_builtins(&exports);
	printf("Tenon " LLEXT_TENON_VERSION ": compiled extensions in a running program\n");
	show_note("   the firmware exports %zu functions and hands over %d KiB", exports,
		  HEAP_BYTES / 1024);

	rc = from_memory(&sensor) || from_file(sensor, &trend);
	if (rc == 0) {
		show_chapter("One algorithm for another while a stream runs");
		rc = audio_chapter();
	}
	if (rc == 0)
		rc = refused() || unload_all(sensor, trend) || llext_heap_uninit() != 0;
	return rc;
}
