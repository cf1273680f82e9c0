/* SPDX-License-Identifier: Apache-2.0 */
/* What picolibc's files ask of a system: there are none here, and opening one says so. */
#include <errno.h>
#include <string.h>
#include <sys/types.h>

int open(const char *path, int flags, ...);
int close(int file);
ssize_t read(int file, void *buffer, size_t size);
ssize_t write(int file, const void *buffer, size_t size);
off_t lseek(int file, off_t offset, int whence);

/* For the guard of -fstack-protector: an emulated board has nothing that cannot be guessed. */
int getentropy(void *buffer, size_t bytes);

int getentropy(void *buffer, size_t bytes)
{
	memset(buffer, 0x5a, bytes);
	return 0;
}

int open(const char *path, int flags, ...)
{
	(void)path;
	(void)flags;
	errno = ENOENT;
	return -1;
}

static int no_file(void)
{
	errno = EBADF;
	return -1;
}

int close(int file)
{
	(void)file;
	return no_file();
}

ssize_t read(int file, void *buffer, size_t size)
{
	(void)file;
	(void)buffer;
	(void)size;
	return no_file();
}

ssize_t write(int file, const void *buffer, size_t size)
{
	(void)file;
	(void)buffer;
	(void)size;
	return no_file();
}

off_t lseek(int file, off_t offset, int whence)
{
	(void)file;
	(void)offset;
	(void)whence;
	return no_file();
}
