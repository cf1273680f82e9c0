/* SPDX-License-Identifier: Apache-2.0 */
/* The console: a buffer, because each semihosting call stops the emulator. */
#include <limits.h>
#include "internal.h"

static char line[128];
static size_t used;
static uint64_t written;

void board_flush(void)
{
	size_t length = used;

	/* Emptied first, so that a fault inside the call does not print it for ever. */
	used = 0;
	written += length;
	if (length)
		host_write(line, length);
}

uint64_t board_console_bytes(void)
{
	return written;
}

void board_putc(char c)
{
	line[used++] = c;
	if (c == '\n' || used == sizeof(line))
		board_flush();
}

void board_write(const char *text, size_t length)
{
	while (length--)
		board_putc(*text++);
}

void board_puts(const char *text)
{
	while (*text)
		board_putc(*text++);
}

void board_put_hex(uintptr_t value)
{
	board_puts("0x");
	for (int shift = (int)sizeof(value) * CHAR_BIT - 4; shift >= 0; shift -= 4)
		board_putc("0123456789abcdef"[(value >> shift) & 15]);
}

void board_exit(int status)
{
	board_flush();
	host_exit(status);
}
