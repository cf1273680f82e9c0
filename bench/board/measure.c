/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <llext/symbol.h>
#include "board.h"
#include "measure.h"

/* How much of the stack is painted, and what is left out for the function that does it. */
#define PAINT       0xa5a5a5a5u
#define PAINT_BYTES 8192
#define PAINT_GAP   256

#define COMMAND_BYTES 4096

int measure_failures;

/* What modules import. */
int firmware_function(int number)
{
	return number + 1;
}
EXPORT_SYMBOL(firmware_function);

const char *measure_first_word(void)
{
	static char command[COMMAND_BYTES];

	if (board_command_line(command, sizeof(command)) >= sizeof(command)) {
		(void)measure_fail("the command line", "it is too long");
		return NULL;
	}
	(void)strtok(command, " "); /* the program itself */
	return strtok(NULL, " ");
}

bool measure_fail(const char *file, const char *what)
{
	measure_failures++;
	printf("FAILED: %s: %s\n", file, what);
	return false;
}

bool measure_works(const void *bench_check)
{
	int (*check)(void);

	if (bench_check == NULL)
		return false;
	memcpy(&check, &bench_check, sizeof(check));
	return check() == 0;
}

uint8_t *measure_read_file(const char *path, size_t *length)
{
	size_t room = (size_t)(board_heap_end - board_heap_start);
	uintptr_t start;

	*length = board_read_file(path, NULL, 0);
	if (*length == BOARD_NO_FILE || *length > room / 4)
		return NULL;
	start = ((uintptr_t)board_heap_end - *length) & ~(uintptr_t)15;
	return board_read_file(path, (void *)start, *length) == *length ? (uint8_t *)start : NULL;
}

size_t measure_heap_bytes(void)
{
	return (size_t)(board_heap_end - board_heap_start) / 2;
}

uint64_t measure_copy(size_t bytes)
{
	uint64_t start = board_instructions();

	memcpy(board_heap_start, board_heap_start + measure_heap_bytes(), bytes);
	return board_instructions() - start;
}

void measure_paint_stack(uintptr_t frame)
{
	volatile uint32_t *word = (uint32_t *)(frame - PAINT_BYTES);

	while ((uintptr_t)word < frame - PAINT_GAP)
		*word++ = PAINT;
}

size_t measure_stack(uintptr_t frame)
{
	const volatile uint32_t *word = (const uint32_t *)(frame - PAINT_BYTES);

	while ((uintptr_t)word < frame - PAINT_GAP && *word == PAINT)
		word++;
	return frame - (uintptr_t)word;
}
