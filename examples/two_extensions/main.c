/* SPDX-License-Identifier: Apache-2.0 */
/* Two extensions that call each other: one by import, one through a look-up of the firmware's. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext_posix.h>

#define HEAP_BYTES (256 * 1024)

static const uint8_t counter_ext[] = {
#include "counter.inc"
};

static const uint8_t report_ext[] = {
#include "report.inc"
};

typedef void (*function_t)(int);

/* What an extension uses to reach another one that need not be there. */
function_t find_function(const char *extension, const char *name);

function_t find_function(const char *extension, const char *name)
{
	const struct llext *ext = llext_by_name(extension);

	return ext != NULL ? (function_t)(uintptr_t)llext_find_sym(&ext->exp_tab, name) : NULL;
}
EXPORT_SYMBOL(find_function);

static int load(const char *name, const uint8_t *bytes, size_t count, struct llext **ext)
{
	struct llext_buf_loader loader = LLEXT_BUF_LOADER(bytes, count);
	int rc = llext_load(&loader.loader, name, ext, NULL);
	char line[256];

	if (rc != 0) {
		llext_diag_format(llext_last_diag(), line, sizeof(line));
		fprintf(stderr, "%s: %s\n", name, line);
	}
	return rc;
}

static int both(void)
{
	struct llext *counter, *report;
	const struct llext_diag *diag;
	int rc;

	if (load("counter", counter_ext, sizeof(counter_ext), &counter) != 0 ||
	    llext_call_fn(counter, "counter_run") != 0 ||
	    load("report", report_ext, sizeof(report_ext), &report) != 0 ||
	    llext_call_fn(report, "report_run") != 0)
		return 1;

	/* The import makes report depend on counter; the look-up makes no dependency. */
	printf("report depends on %s\n", report->dependency[0]->name);
	rc = llext_unload(&counter);
	diag = llext_last_diag();
	printf("unloading counter: %s (%s)\n", rc == -EBUSY ? "busy" : "not busy", diag->what);
	if (llext_unload(&report) != 0 || llext_call_fn(counter, "counter_run") != 0)
		return 1;
	rc = llext_unload(&counter);
	printf("unloading report, then counter: %s\n", rc == 0 ? "done" : "failed");
	return rc == 0 ? 0 : 1;
}

/* What is imported must be there first. */
static int wrong_order(void)
{
	struct llext_buf_loader loader = LLEXT_BUF_LOADER(report_ext, sizeof(report_ext));
	struct llext *ext;
	int rc = llext_load(&loader.loader, "report", &ext, NULL);

	if (rc != -ENODATA)
		return 1;
	printf("report alone: missing %s\n", llext_last_diag()->missing);
	return 0;
}

int main(void)
{
	void *heap = llext_posix_map(HEAP_BYTES);

	if (heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0)
		return 1;
	return both() != 0 || wrong_order() != 0;
}
