/* SPDX-License-Identifier: Apache-2.0 */
/* What picolibc leaves to the system: standard streams and the end of the program. */
#include <stdio.h>
#include "internal.h"

static int put(char c, FILE *stream)
{
	(void)stream;
	board_putc(c);
	return (unsigned char)c;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);

FILE *const stdin = &console;
FILE *const stdout = &console;
FILE *const stderr = &console;

/* Of the C++ ABI: tells atexit handlers of one image from another's. There is one image. */
void *__dso_handle;

BOARD_NORETURN void _exit(int status);
int kill(int process, int signal);
int getpid(void);

void _exit(int status)
{
	board_exit(status);
}

/* abort() raises a signal at the one process that there is. */
int getpid(void)
{
	return 1;
}

int kill(int process, int signal)
{
	(void)process;
	board_puts("board: signal ");
	board_put_hex((uintptr_t)signal);
	board_putc('\n');
	board_exit(128 + signal);
}
