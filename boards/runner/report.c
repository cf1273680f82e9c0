/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "board.h"
#include "report.h"

static intptr_t file = -1;

bool report_open(void)
{
	file = board_file_open(REPORT_PATH, true);
	return file >= 0;
}

/* Where nobody listens any more there is nothing left to run for. */
static void put(const void *bytes, size_t count)
{
	if (!board_file_write(file, bytes, count))
		board_exit(1);
}

void report_text(const char *text)
{
	if (text == NULL)
		text = "";
	put(text, strlen(text) + 1);
}

/* Where they begin: they end with the array. */
static const char *hexadecimal(uint64_t number, char digits[17], char end)
{
	char *at = digits + 17;

	*--at = end;
	do {
		*--at = "0123456789abcdef"[number & 15];
		number >>= 4;
	} while (number != 0);
	return at;
}

void report_number(uint64_t number)
{
	char digits[17];

	report_text(hexadecimal(number, digits, '\0'));
}

void report_addresses(const uintptr_t *list, size_t count)
{
	char digits[17];

	for (size_t i = 0; i < count; i++) {
		const char *text = hexadecimal(list[i], digits, ' ');

		put(text, (size_t)(digits + sizeof(digits) - text));
	}
	put("", 1);
}

void report(enum report kind)
{
	const char letter = (char)kind;

	board_flush();
	put(&letter, 1);
	report_number(board_console_bytes());
}
