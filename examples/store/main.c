/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware as a process, with a file as flash: store_example FILE. A reset ends it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <llext/llext.h>
#include <llext_flash_file.h>
#include <llext_posix.h>
#include "firmware.h"
#include "trust.h"

#define HEAP_BYTES (256 * 1024)
#define BLOCK      4096
#define BLOCKS     2048 /* 8 MiB */

bool board_get_line(char *line, size_t size)
{
	if (fgets(line, (int)size, stdin) == NULL)
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	return true;
}

void board_print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

static char counter_path[256];

int counter_load(uint32_t *value)
{
	FILE *file = fopen(counter_path, "rb");
	int rc = 0;

	*value = 0;
	if (file == NULL)
		return errno == ENOENT ? 0 : -EIO; /* never set, or nobody knows */
	if (fread(value, sizeof(*value), 1, file) != 1)
		rc = -EIO;
	(void)fclose(file);
	return rc;
}

int counter_save(uint32_t value)
{
	FILE *file = fopen(counter_path, "wb");
	int rc;

	if (file == NULL)
		return -EIO;
	rc = fwrite(&value, sizeof(value), 1, file) == 1 ? 0 : -EIO;
	return fclose(file) == 0 ? rc : -EIO;
}

int main(int argc, char **argv)
{
	void *heap = llext_posix_map(HEAP_BYTES);
	struct llext_flash_file file;
	int rc;

	if (argc != 2 || heap == NULL || llext_heap_init(heap, HEAP_BYTES) != 0) {
		fprintf(stderr, "usage: %s FILE\n", argv[0]);
		return 2;
	}
	rc = llext_flash_file_open(&file, argv[1], BLOCK, BLOCKS);
	if (rc != 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(-rc));
		return 1;
	}
	snprintf(counter_path, sizeof(counter_path), "%s.counter", argv[1]);
	(void)firmware_run(&file.flash);
	llext_flash_file_close(&file);
	return 0;
}
