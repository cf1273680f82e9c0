/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A failed load is one line in the log, and one more for each missing import that resembles what
 * there is.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <llext/buf_loader.h>
#include <llext/llext.h>
#include <llext_posix.h>

#define HEAP_BYTES 65536

static const uint8_t lost[] __attribute__((aligned(8))) = {
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

static unsigned int lines, refused, suggested;

static void look_at(const char *line)
{
	static const char first[] =
		"llext error: lost is not loaded: symbols: imports are missing: ";

	lines++;
	if (strncmp(line, first, strlen(first)) == 0)
		refused += strstr(line, "lampp") != NULL && strstr(line, "gian") != NULL &&
			   strstr(line, "nothing_like_it") != NULL;
	else if (strcmp(line, "llext error: missing import: lampp (did you mean lamp?)\n") == 0 ||
		 strcmp(line, "llext error: missing import: gian (did you mean gain?)\n") == 0)
		suggested++;
}

int main(void)
{
	struct llext_buf_loader file = LLEXT_BUF_LOADER(lost, sizeof(lost));
	struct llext *ext = NULL;
	FILE *log = freopen("log_lines.txt", "w+", stderr);
	char line[200];
	bool failed;
	int rc;

	if (log == NULL || llext_heap_init(llext_posix_map(HEAP_BYTES), HEAP_BYTES) != 0)
		return 2;
	rc = llext_load(&file.loader, "lost", &ext, NULL);
	rewind(log);
	while (fgets(line, sizeof(line), log) != NULL) {
		look_at(line);
		printf("%s", line);
	}
	failed = rc != -ENODATA || lines != 3 || refused != 1 || suggested != 2;
	printf("%s: %u lines, result %d\n", failed ? "FAIL" : "PASS", lines, rc);
	return failed ? 1 : 0;
}
