/* SPDX-License-Identifier: Apache-2.0 */
/* A file as flash, as NOR flash behaves: pieces of any size, larger than what is written at a time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../common/must.h"
#include "llext_flash_file.h"

#define BLOCK  8192u
#define BLOCKS 3u

/* The system's functions, by the linker's --wrap: a write of few bytes, and what fails. */
ssize_t __real_pwrite(int fd, const void *data, size_t bytes, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t offset);
void *__real_mmap(void *at, size_t bytes, int rights, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int rights, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t bytes);
int __wrap_munmap(void *at, size_t bytes);

static size_t most_written = SIZE_MAX;
static int write_error;         /* 0: none; the next write fails so */
static bool no_memory, no_file; /* what cannot be mapped */
static int mapped;              /* mappings that were made, and not undone */

ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t offset)
{
	if (write_error != 0) {
		errno = write_error;
		return -1;
	}
	errno = ENOTTY; /* nobody's business while nothing has failed */
	return __real_pwrite(fd, data, bytes < most_written ? bytes : most_written, offset);
}

void *__wrap_mmap(void *at, size_t bytes, int rights, int flags, int fd, off_t offset)
{
	void *mem;

	if (fd < 0 ? no_memory : no_file) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	mem = __real_mmap(at, bytes, rights, flags, fd, offset);
	mapped += mem != MAP_FAILED && (flags & MAP_FIXED) == 0;
	return mem;
}

int __wrap_munmap(void *at, size_t bytes)
{
	mapped--;
	return __real_munmap(at, bytes);
}

/* The least descriptor that is free: the same as before where none is left open. */
static int free_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY);

	must(fd >= 0 && close(fd) == 0);
	return fd;
}

/* What the flash holds, and what it should hold. */
static uint8_t expected[BLOCK * BLOCKS];

static void check_content(const struct llext_flash *flash)
{
	static uint8_t read[BLOCK * BLOCKS];

	must(memcmp(flash->mapped, expected, sizeof(expected)) == 0);
	memset(read, 1, sizeof(read));
	must(flash->read(flash, 100, read, 5000) == 0);
	must(memcmp(read, expected + 100, 5000) == 0 && read[5000] == 1);
}

static void program(const struct llext_flash *flash, size_t offset, size_t bytes, unsigned int seed)
{
	static uint8_t data[BLOCK * BLOCKS];

	for (size_t i = 0; i < bytes; i++) {
		data[i] = (uint8_t)(i * 7 + seed);
		expected[offset + i] &= data[i]; /* bits are cleared, none is set */
	}
	must(flash->program(flash, offset, data, bytes) == 0);
	check_content(flash);
}

/* What cannot be flash is refused, and leaves no file. */
static void check_refusals(const char *path)
{
	const uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	struct llext_flash_file file;

	must(llext_flash_file_open(&file, path, 0, BLOCKS) == -EINVAL);
	must(llext_flash_file_open(&file, path, page / 2, BLOCKS) == -EINVAL);
	must(llext_flash_file_open(&file, path, page + 1, BLOCKS) == -EINVAL);
	must(llext_flash_file_open(&file, path, page, 0) == -EINVAL);
	must(access(path, F_OK) != 0);
	must(llext_flash_file_open(&file, "no/such/folder", BLOCK, BLOCKS) == -ENOENT);
	must(llext_flash_file_open(&file, ".", BLOCK, BLOCKS) == -EISDIR);
}

/* The system writes less than it is given, or nothing, or fails. */
static void check_short_writes(const struct llext_flash *flash)
{
	uint8_t byte = 0;

	most_written = 1000;
	program(flash, 5000, 9000, 77);
	memset(expected, 0xff, BLOCK);
	must(flash->erase(flash, 0, BLOCK) == 0);
	check_content(flash);
	most_written = 0;
	must(flash->program(flash, 0, &byte, 1) == -EIO);
	must(flash->erase(flash, 0, BLOCK) == -EIO);
	most_written = SIZE_MAX;
	write_error = ENOSPC;
	must(flash->program(flash, 0, &byte, 1) == -ENOSPC);
	must(flash->erase(flash, 0, BLOCK) == -ENOSPC);
	write_error = 0;
	check_content(flash);
}

/* Whatever fails, nothing stays open or mapped. */
static void check_failures(const char *path)
{
	struct llext_flash_file file;
	int fd = free_descriptor();

	mapped = 0;
	no_memory = true;
	must(llext_flash_file_open(&file, path, BLOCK, BLOCKS) == -ENOMEM);
	no_memory = false;
	no_file = true;
	must(llext_flash_file_open(&file, path, BLOCK, BLOCKS) == -ENOMEM);
	no_file = false;
	must(llext_flash_file_open(&file, path, BLOCK, BLOCKS + 1) == -EINVAL);
	must(mapped == 0 && free_descriptor() == fd);
}

int main(void)
{
	static const size_t sizes[] = {1, 4095, 4096, 4097, 8192, 12289};
	char path[] = "flash-XXXXXX";
	struct llext_flash_file file;
	struct stat status;
	int fd = mkstemp(path);

	must(fd >= 0 && close(fd) == 0 && unlink(path) == 0);
	check_refusals(path);
	(void)close(0); /* a file may have this number, too */
	(void)umask(0);
	must(llext_flash_file_open(&file, path, BLOCK, BLOCKS) == 0);
	must(stat(path, &status) == 0 && (status.st_mode & 07777) == 0644);
	must(file.flash.unit == 1 && file.flash.erased == 0xff);
	must(file.flash.block == BLOCK && file.flash.blocks == BLOCKS);
	memset(expected, 0xff, sizeof(expected));
	check_content(&file.flash);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		program(&file.flash, 16 * i, sizes[i], (unsigned int)i * 31);
	memset(expected + BLOCK, 0xff, BLOCK);
	must(file.flash.erase(&file.flash, BLOCK, BLOCK) == 0);
	check_content(&file.flash);
	check_short_writes(&file.flash);
	llext_flash_file_close(&file);
	must(mapped == 0 && free_descriptor() == 0);
	check_failures(path);

	/* It is still there, and of this size only. */
	must(llext_flash_file_open(&file, path, BLOCK, BLOCKS + 1) == -EINVAL);
	must(llext_flash_file_open(&file, path, BLOCK, BLOCKS) == 0);
	check_content(&file.flash);
	llext_flash_file_close(&file);
	must(unlink(path) == 0);
	return 0;
}
