/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that are wider than the terminal, broken between words. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include "bars.h"
#include "wrap.h"

/* The bytes of what takes no column at @text: a style's code, or the rest of a UTF-8 character. */
static size_t invisible(const char *text)
{
	if (text[0] == '\033' && text[1] == '[') {
		size_t end = 2 + strspn(text + 2, "0123456789;");

		return text[end] == 'm' ? end + 1 : 0;
	}
	return ((unsigned char)text[0] & 0xc0) == 0x80 ? 1 : 0;
}

/* How much of a line fits, and below which column of the table that it is in it goes on. */
struct cut {
	size_t fits; /* bytes; 0: not even a word */
	int hanging; /* columns */
	bool too_wide;
};

/* A line goes on below its last column, or where that is too far right, with that whole column. */
static struct cut find_cut(const char *line, int width, int from)
{
	struct cut cut = {.hanging = from};
	size_t gap = 0, blank = 0;
	int column = from, run = from;
	bool spaces = true;

	for (const char *at = line; *at != '\0' && !cut.too_wide; at++) {
		size_t skip = invisible(at);

		if (skip > 0) {
			at += skip - 1;
			continue;
		}
		if (*at == ' ') {
			blank = run++ == 0 ? (size_t)(at - line) : blank;
			if (!spaces)
				cut.fits = blank;
		} else {
			if (run > 1 && column * 3 <= width * 2)
				cut.hanging = column;
			else if (run > 1 && !spaces)
				gap = blank;
			run = 0;
			spaces = false;
		}
		cut.too_wide = ++column > width;
	}
	if (gap != 0)
		cut.fits = gap;
	return cut;
}

static void print_line(const char *line, int width, FILE *stream)
{
	struct cut cut = find_cut(line, width, 0);
	int from = cut.hanging;

	while (cut.too_wide) {
		size_t indent = strspn(line, " ");

		if (cut.fits == 0) /* one word: it ends where it ends */
			cut.fits = indent + strcspn(line + indent, " ");
		fprintf(stream, "%.*s\n", (int)cut.fits, line);
		line += cut.fits;
		line += strspn(line, " ");
		if (*line == '\0')
			return;
		fprintf(stream, "%*s", from, "");
		cut = find_cut(line, width, from);
	}
	fprintf(stream, "%s\n", line);
}

void wrap_print(FILE *stream, void (*print)(const void *what, FILE *stream), const void *what)
{
	int width = terminal_columns_known();
	char *text = NULL, *line, *end;
	size_t length = 0;
	FILE *memory = width > 0 ? open_memstream(&text, &length) : NULL;

	if (memory == NULL) {
		print(what, stream);
		return;
	}
	style_stands_for(memory, stream);
	print(what, memory);
	style_stands_for(NULL, NULL);
	if (fclose(memory) != 0 || text == NULL)
		(void)need(SIZE_MAX / 2, 2); /* out of memory */
	for (line = text; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		print_line(line, width, stream);
	}
	fputs(line, stream);
	free(text);
}
