/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A failed load is one line in the log, and one more for each missing import that resembles what
 * there is, or one that says where to look if the firmware exports nothing. No name in it can begin
 * a line of its own, or reach a terminal as more than text.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext_posix.h>

#define HEAP_BYTES 65536

static uint8_t lost[] __attribute__((aligned(8))) = {
#include "log_lost.inc"
};

static int lamp(void)
{
	return 1;
}
EXPORT_SYMBOL(lamp);

static int gain(void)
{
	return 2;
}
EXPORT_SYMBOL(gain);

/* Load what has three imports; its log lines are in @log. @return true if they are @expected. */
static bool logs(FILE *log, const char *const expected[], int count)
{
	struct llext_buf_loader file = LLEXT_BUF_LOADER(lost, sizeof(lost));
	struct llext *ext = NULL;
	char line[300];
	int lines = 0, right = 0, rc;

	rewind(log);
	if (ftruncate(fileno(log), 0) != 0)
		return false;
	rc = llext_load(&file.loader, "lost", &ext, NULL);
	rewind(log);
	while (fgets(line, sizeof(line), log) != NULL) {
		right += lines < count && strcmp(line, expected[lines]) == 0;
		lines++;
		printf("%s", line);
	}
	printf("%d lines, result %d\n", lines, rc);
	return rc == -ENODATA && lines == count && right == count;
}

/* Give an import another name of as many bytes. */
static void rename_import(const char *from, const char *to)
{
	const size_t length = strlen(from);

	for (size_t i = 0; i + length < sizeof(lost); i++) {
		if (memcmp(lost + i, from, length + 1) == 0)
			memcpy(lost + i, to, length);
	}
}

int main(void)
{
	static const char *const resembling[] = {
		"llext error: lost is not loaded: symbols: imports are missing: lampp, "
		"gian, nothing_like_it\n",
		"llext error: missing import: lampp (did you mean lamp?)\n",
		"llext error: missing import: gian (did you mean gain?)\n",
	};
	static const char *const hostile[] = {
		"llext error: lost is not loaded: symbols: imports are missing: lam?p, "
		"g??n, nothing_like_it\n",
	};
	static const char *const empty[] = {
		"llext error: lost is not loaded: symbols: imports are missing, and the firmware's "
		"table of exports is empty: lampp, gian, nothing_like_it\n",
		"llext error: the firmware's link needs cmake/llext_export.ld, and what exports\n",
	};
	static const struct llext_const_symbol nothing;
	FILE *log = freopen("log_lines.txt", "w+", stderr);
	bool passed;

	if (log == NULL || llext_heap_init(llext_posix_map(HEAP_BYTES), HEAP_BYTES) != 0)
		return 2;
	passed = logs(log, resembling, 3);
	rename_import("lampp", "lam\x1bp"); /* near an export of the firmware's */
	rename_import("gian", "g\n\x9bn");
	passed = logs(log, hostile, 1) && passed;
	rename_import("lam\x1bp", "lampp");
	rename_import("g\n\x9bn", "gian");
	(void)llext_set_builtins(&nothing, 0);
	passed = logs(log, empty, 2) && passed;
	printf("%s\n", passed ? "PASS" : "FAIL");
	return passed ? 0 : 1;
}
