/* SPDX-License-Identifier: Apache-2.0 */
/* A file as flash, as NOR flash behaves: pieces of any size, larger than what is written at a time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "llext_flash_file.h"

#define BLOCK  8192u
#define BLOCKS 3u

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

/* What the flash holds, and what it should hold. */
static uint8_t expected[BLOCK * BLOCKS];

static void check_content(const struct llext_flash *flash)
{
	CHECK(memcmp(flash->mapped, expected, sizeof(expected)) == 0);
}

static void program(const struct llext_flash *flash, size_t offset, size_t bytes, unsigned int seed)
{
	static uint8_t data[BLOCK * BLOCKS];

	for (size_t i = 0; i < bytes; i++) {
		data[i] = (uint8_t)(i * 7 + seed);
		expected[offset + i] &= data[i]; /* bits are cleared, none is set */
	}
	CHECK(flash->program(flash, offset, data, bytes) == 0);
	check_content(flash);
}

/* What cannot be flash is refused, and leaves no file. */
static void check_refusals(const char *path)
{
	const uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	struct llext_flash_file file;

	CHECK(llext_flash_file_open(&file, path, 0, BLOCKS) == -EINVAL);
	CHECK(llext_flash_file_open(&file, path, page / 2, BLOCKS) == -EINVAL);
	CHECK(llext_flash_file_open(&file, path, page + 1, BLOCKS) == -EINVAL);
	CHECK(llext_flash_file_open(&file, path, page, 0) == -EINVAL);
	CHECK(access(path, F_OK) != 0);
	CHECK(llext_flash_file_open(&file, "no/such/folder", BLOCK, BLOCKS) == -ENOENT);
	CHECK(llext_flash_file_open(&file, ".", BLOCK, BLOCKS) == -EISDIR);
}

int main(void)
{
	static const size_t sizes[] = {1, 4095, 4096, 4097, 8192, 12289};
	char path[] = "flash-XXXXXX";
	struct llext_flash_file file;
	int fd = mkstemp(path);

	CHECK(fd >= 0 && close(fd) == 0 && unlink(path) == 0);
	check_refusals(path);
	CHECK(llext_flash_file_open(&file, path, BLOCK, BLOCKS) == 0);
	memset(expected, 0xff, sizeof(expected));
	check_content(&file.flash);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		program(&file.flash, 16 * i, sizes[i], (unsigned int)i * 31);
	memset(expected + BLOCK, 0xff, BLOCK);
	CHECK(file.flash.erase(&file.flash, BLOCK, BLOCK) == 0);
	check_content(&file.flash);
	llext_flash_file_close(&file);

	/* It is still there, and of this size only. */
	CHECK(llext_flash_file_open(&file, path, BLOCK, BLOCKS + 1) == -EINVAL);
	CHECK(llext_flash_file_open(&file, path, BLOCK, BLOCKS) == 0);
	check_content(&file.flash);
	llext_flash_file_close(&file);
	CHECK(unlink(path) == 0);
	return 0;
}
