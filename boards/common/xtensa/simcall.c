/* SPDX-License-Identifier: Apache-2.0 */
/* The host by Xtensa's SIMCALL: operation in a2, arguments in a3 to a5, result in a2. */
#include <string.h>
#include "../internal.h"

#define SYS_EXIT    1
#define SYS_READ    3
#define SYS_WRITE   4
#define SYS_OPEN    5
#define SYS_CLOSE   6
#define SYS_LSEEK   19
#define SYS_ARGC    1000
#define SYS_ARGV_SZ 1001
#define SYS_ARGV    1002

#define STANDARD_OUTPUT 1
#define READ_ONLY       0
#define WRITE_ONLY      1
#define FROM_START      0
#define FROM_END        2

static int simcall(int operation, int first, int second, int third)
{
	register int a2 __asm__("a2") = operation;
	register int a3 __asm__("a3") = first;
	register int a4 __asm__("a4") = second;
	register int a5 __asm__("a5") = third;

	/* The error number comes back in a3. */
	__asm__ volatile("simcall" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
	return a2;
}

void host_write(const char *text, size_t length)
{
	while (length) {
		int written = simcall(SYS_WRITE, STANDARD_OUTPUT, (int)text, (int)length);

		if (written <= 0)
			return;
		text += written;
		length -= (size_t)written;
	}
}

void host_exit(int status)
{
	for (;;)
		simcall(SYS_EXIT, status, 0, 0);
}

intptr_t board_file_open(const char *path, bool write)
{
	return simcall(SYS_OPEN, (int)path, write ? WRITE_ONLY : READ_ONLY, 0);
}

void board_file_close(intptr_t file)
{
	simcall(SYS_CLOSE, file, 0, 0);
}

size_t board_file_length(intptr_t file)
{
	int length = simcall(SYS_LSEEK, file, 0, FROM_END);

	return length < 0 ? BOARD_NO_FILE : (size_t)length;
}

/* All of it, by as many calls as it takes. */
static bool transfer(int operation, intptr_t file, uintptr_t memory, size_t size)
{
	while (size > 0) {
		int count = simcall(operation, file, (int)memory, (int)size);

		if (count <= 0)
			return false;
		memory += (uintptr_t)count;
		size -= (size_t)count;
	}
	return true;
}

bool board_file_read(intptr_t file, size_t position, void *buffer, size_t size)
{
	return simcall(SYS_LSEEK, file, (int)position, FROM_START) == (int)position &&
	       transfer(SYS_READ, file, (uintptr_t)buffer, size);
}

bool board_file_write(intptr_t file, const void *data, size_t size)
{
	return transfer(SYS_WRITE, file, (uintptr_t)data, size);
}

size_t board_command_line(char *buffer, size_t size)
{
	/* Pointers to the arguments, then the arguments themselves. */
	static char *arguments[512];
	int count = simcall(SYS_ARGC, 0, 0, 0);
	size_t used = 0;

	if (size == 0)
		return 0;
	if ((size_t)simcall(SYS_ARGV_SZ, 0, 0, 0) <= sizeof(arguments)) {
		simcall(SYS_ARGV, (int)arguments, 0, 0);
		for (int i = 0; i < count; i++) {
			size_t length = strlen(arguments[i]);

			if (used + length + 2 > size)
				break;
			if (i)
				buffer[used++] = ' ';
			memcpy(buffer + used, arguments[i], length);
			used += length;
		}
	}
	buffer[used] = 0;
	return used;
}
