/* SPDX-License-Identifier: Apache-2.0 */
/* The host by Arm semihosting. Operation numbers: "Semihosting for AArch32 and AArch64", section 5.
 */
#include "internal.h"
#include "semihost.h"

#define SYS_OPEN          0x01
#define SYS_CLOSE         0x02
#define SYS_WRITE         0x05
#define SYS_READ          0x06
#define SYS_SEEK          0x0a
#define SYS_FLEN          0x0c
#define SYS_GET_CMDLINE   0x15
#define SYS_EXIT_EXTENDED 0x20

#define OPEN_READ_BINARY  1
#define OPEN_WRITE        4
#define OPEN_WRITE_BINARY 5
#define ADP_STOPPED_EXIT  0x20026

static size_t length_of(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

static intptr_t open_file(const char *path, uintptr_t mode)
{
	const uintptr_t block[] = {(uintptr_t)path, mode, length_of(path)};

	return semihost(SYS_OPEN, block);
}

void host_write(const char *text, size_t length)
{
	static intptr_t console = -1;

	/* ":tt" is the console, by the specification; opened for writing it is standard output. */
	if (console < 0)
		console = open_file(":tt", OPEN_WRITE);
	const uintptr_t block[] = {(uintptr_t)console, (uintptr_t)text, length};

	semihost(SYS_WRITE, block);
}

void host_exit(int status)
{
	const uintptr_t block[] = {ADP_STOPPED_EXIT, (uintptr_t)status};

	for (;;)
		semihost(SYS_EXIT_EXTENDED, block);
}

intptr_t board_file_open(const char *path, bool write)
{
	return open_file(path, write ? OPEN_WRITE_BINARY : OPEN_READ_BINARY);
}

void board_file_close(intptr_t file)
{
	const uintptr_t block[] = {(uintptr_t)file};

	semihost(SYS_CLOSE, block);
}

size_t board_file_length(intptr_t file)
{
	const uintptr_t block[] = {(uintptr_t)file};
	intptr_t length = semihost(SYS_FLEN, block);

	return length < 0 ? BOARD_NO_FILE : (size_t)length;
}

bool board_file_read(intptr_t file, size_t position, void *buffer, size_t size)
{
	const uintptr_t place[] = {(uintptr_t)file, position};
	const uintptr_t block[] = {(uintptr_t)file, (uintptr_t)buffer, size};

	/* SYS_READ returns the number of bytes that it did not read. */
	return size == 0 || (semihost(SYS_SEEK, place) == 0 && semihost(SYS_READ, block) == 0);
}

bool board_file_write(intptr_t file, const void *data, size_t size)
{
	const uintptr_t block[] = {(uintptr_t)file, (uintptr_t)data, size};

	/* So does SYS_WRITE. */
	return size == 0 || semihost(SYS_WRITE, block) == 0;
}

size_t board_command_line(char *buffer, size_t size)
{
	uintptr_t block[] = {(uintptr_t)buffer, size};

	if (size == 0)
		return 0;
	buffer[0] = 0;
	if (semihost(SYS_GET_CMDLINE, block) != 0)
		return 0;
	return length_of(buffer);
}
