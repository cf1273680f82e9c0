/* SPDX-License-Identifier: Apache-2.0 */
/* A file as flash: written through the descriptor, read and run through a read-only mapping. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <llext_flash_file.h>
#include <llext_posix.h>

#define ERASED    0xff
#define AT_A_TIME 4096u

static const struct llext_flash_file *file_of(const struct llext_flash *flash)
{
	return (const struct llext_flash_file *)(const void *)flash;
}

static int write_all(int fd, const void *data, size_t bytes, size_t offset)
{
	const uint8_t *from = data;

	while (bytes > 0) {
		ssize_t written = pwrite(fd, from, bytes, (off_t)offset);

		if (written <= 0)
			return written < 0 ? -errno : -EIO;
		from += written;
		offset += (size_t)written;
		bytes -= (size_t)written;
	}
	return 0;
}

static int file_read(const struct llext_flash *flash, size_t offset, void *out, size_t bytes)
{
	memcpy(out, (const uint8_t *)flash->mapped + offset, bytes);
	return 0;
}

static int file_program(const struct llext_flash *flash, size_t offset, const void *data,
			size_t bytes)
{
	const uint8_t *old = (const uint8_t *)flash->mapped + offset, *from = data;
	uint8_t buffer[AT_A_TIME];
	int rc = 0;

	while (bytes > 0 && rc == 0) {
		size_t part = bytes < sizeof(buffer) ? bytes : sizeof(buffer);

		for (size_t i = 0; i < part; i++)
			buffer[i] = old[i] & from[i];
		rc = write_all(file_of(flash)->fd, buffer, part, offset);
		old += part;
		from += part;
		offset += part;
		bytes -= part;
	}
	return rc;
}

static int file_erase(const struct llext_flash *flash, size_t offset, size_t bytes)
{
	uint8_t buffer[AT_A_TIME];
	int rc = 0;

	memset(buffer, ERASED, sizeof(buffer));
	for (; bytes > 0 && rc == 0; bytes -= sizeof(buffer), offset += sizeof(buffer))
		rc = write_all(file_of(flash)->fd, buffer, sizeof(buffer), offset);
	return rc;
}

/* Blank where it is new. */
static int set_size(struct llext_flash_file *file, size_t bytes)
{
	struct stat status;

	if (fstat(file->fd, &status) != 0)
		return -errno;
	if (status.st_size == 0)
		return file_erase(&file->flash, 0, bytes);
	return (size_t)status.st_size == bytes ? 0 : -EINVAL;
}

int llext_flash_file_open(struct llext_flash_file *file, const char *path, uint32_t block,
			  uint16_t blocks)
{
	size_t bytes = (size_t)block * blocks;
	int rc;

	*file = (struct llext_flash_file){
		.flash = {.read = file_read,
			  .program = file_program,
			  .erase = file_erase,
			  .block = block,
			  .blocks = blocks,
			  .unit = 1,
			  .erased = ERASED},
	};
	if (block == 0 || block % (uint32_t)sysconf(_SC_PAGESIZE) != 0 || blocks == 0)
		return -EINVAL;
	file->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (file->fd < 0)
		return -errno;
	rc = set_size(file, bytes);
	/* In the place of memory that is near: code here and data on the heap have to reach each
	 * other. */
	file->map = rc == 0 ? llext_posix_map(bytes) : NULL;
	if (file->map != NULL &&
	    mmap(file->map, bytes, PROT_READ, MAP_SHARED | MAP_FIXED, file->fd, 0) == MAP_FAILED) {
		rc = -errno;
		(void)munmap(file->map, bytes);
	} else if (file->map == NULL && rc == 0) {
		rc = -errno;
	}
	if (rc != 0)
		(void)close(file->fd);
	file->flash.mapped = file->map;
	return rc;
}

void llext_flash_file_close(struct llext_flash_file *file)
{
	(void)munmap(file->map, (size_t)file->flash.block * file->flash.blocks);
	(void)close(file->fd);
}
