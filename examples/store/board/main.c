/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board: a serial port, and 8 MiB of its RAM that behave as flash does. A reset keeps that.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <llext/llext.h>
#include <llext_mcu.h>
#include "board.h"
#include "firmware.h"
#include "trust.h"

#define UART       ((volatile uint32_t *)0x40005000) /* CMSDK APB UART 1 */
#define UART_DATA  UART[0]
#define UART_STATE UART[1] /* 1: cannot take a character; 2: has one */
#define UART_CTRL  UART[2]
#define UART_BAUD  UART[4]

#define BLOCK  4096u
#define BLOCKS 2048u
#define UNIT   8u

static uint8_t heap[64 * 1024] __attribute__((aligned(64 * 1024))); /* as PMSAv7 wants it */

static uint8_t *flash_memory(void)
{
	return (uint8_t *)board_heap_start;
}

static int flash_read(const struct llext_flash *flash, size_t offset, void *out, size_t bytes)
{
	(void)flash;
	memcpy(out, flash_memory() + offset, bytes);
	return 0;
}

/* As parts with ECC have it: what was programmed cannot be programmed again. */
static int flash_program(const struct llext_flash *flash, size_t offset, const void *data,
			 size_t bytes)
{
	(void)flash;
	for (size_t i = 0; i < bytes; i++) {
		if (flash_memory()[offset + i] != 0xff)
			return -EIO;
	}
	memcpy(flash_memory() + offset, data, bytes);
	return 0;
}

static int flash_erase(const struct llext_flash *flash, size_t offset, size_t bytes)
{
	(void)flash;
	memset(flash_memory() + offset, 0xff, bytes);
	return 0;
}

static void put(char c)
{
	while ((UART_STATE & 1) != 0)
		continue;
	UART_DATA = (uint8_t)c;
}

bool board_get_line(char *line, size_t size)
{
	size_t length = 0;

	for (;;) {
		char c;

		if ((UART_STATE & 2) == 0)
			continue;
		c = (char)UART_DATA;
		if (c == '\n')
			break;
		if (c != '\r' && length + 1 < size)
			line[length++] = c;
	}
	line[length] = '\0';
	return strcmp(line, "off") != 0;
}

void board_print(const char *format, ...)
{
	char text[160];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (const char *c = text; *c != '\0'; c++)
		put(*c);
	put('\n');
}

/* Behind the flash: a word that a reset keeps, and that only grows. */
static volatile uint32_t *counter_word(void)
{
	return (volatile uint32_t *)(flash_memory() + (size_t)BLOCK * BLOCKS);
}

int counter_load(uint32_t *value)
{
	*value = *counter_word();
	return 0;
}

int counter_save(uint32_t value)
{
	if (value < *counter_word())
		return -EIO;
	*counter_word() = value;
	return 0;
}

int main(void)
{
	const struct llext_flash flash = {
		.read = flash_read,
		.program = flash_program,
		.erase = flash_erase,
		.mapped = flash_memory(),
		.block = BLOCK,
		.blocks = BLOCKS,
		.unit = UNIT,
		.erased = 0xff,
	};

	UART_BAUD = 16;
	UART_CTRL = 3;
	memset(flash_memory(), 0xff, BLOCK * BLOCKS);
	*counter_word() = 0;
	llext_mcu_use_in_place((uintptr_t)flash.mapped, BLOCK * BLOCKS);
	if (llext_mcu_protect_heap((uintptr_t)heap, sizeof(heap)) != 0 ||
	    llext_heap_init(heap, sizeof(heap)) != 0)
		return 1;
	while (firmware_run(&flash) == 0)
		continue;
	return 0;
}
