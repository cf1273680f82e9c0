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

void _exit(int status)
{
	board_exit(status);
}
