/* SPDX-License-Identifier: Apache-2.0 */
/* Bars in a terminal. */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "bars.h"

#define MOST_PARTS 16

int terminal_columns_known(void)
{
	struct winsize size;
	const char *set = getenv("COLUMNS");

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0)
		return size.ws_col;
	return set != NULL && atoi(set) > 0 ? atoi(set) : 0;
}

int terminal_columns(void)
{
	int columns = terminal_columns_known();

	return columns > 0 ? columns : 80;
}

/* Take a column from the widest part that has more than one. */
static void take_column(int *columns, size_t count)
{
	size_t widest = 0;

	for (size_t i = 1; i < count; i++)
		widest = columns[i] > columns[widest] ? i : widest;
	if (columns[widest] > 1)
		columns[widest]--;
}

void bar_print(FILE *stream, const struct bar_part *parts, size_t count, uint64_t scale, int width)
{
	int columns[MOST_PARTS] = {0}, total = 0, end = 0;
	uint64_t sum = 0;

	count = count < MOST_PARTS ? count : MOST_PARTS;
	for (size_t i = 0; i < count && scale != 0; i++) {
		int from = end;

		sum += parts[i].bytes;
		end = (int)((double)sum * width / (double)scale);
		columns[i] = end > from ? end - from : parts[i].bytes != 0;
		total += columns[i];
	}
	for (int over = total - width; over > 0; over--)
		take_column(columns, count);
	for (size_t i = 0; i < count; i++) {
		for (int drawn = 0; drawn < columns[i]; drawn++)
			fputc(parts[i].letter, stream);
	}
}
