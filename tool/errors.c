/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What errors mean: docs/errors.md, whose tables are part of the command. A test holds their
 * messages against those of the library, which knows no ids: on a device they would be bytes
 * without use.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "explain.h"

__asm__(".pushsection .rodata\n"
	"embedded_errors: .incbin \"" TENON_ERRORS "\"\n"
	".byte 0\n"
	".popsection\n");
extern const char embedded_errors[];

/* ---- the table ---- */

/* A cell's text up to the next bar, without Markdown's marks, and the code marks only with @code.
 */
static const char *take_cell(const char *at, bool code, char *out, size_t size)
{
	size_t filled = 0;
	bool quoted = false;

	while (*at == ' ')
		at++;
	for (; *at != '|' && *at != '\n' && *at != '\0'; at++) {
		quoted ^= *at == '`';
		if ((*at == '`' && !code) || (!quoted && (*at == '*' || *at == '[')))
			continue;
		if (!quoted && *at == ']' && at[1] == '(') { /* the target of a link */
			at += strcspn(at, ")\n|");
			continue;
		}
		if (filled + 1 < size)
			out[filled++] = *at;
	}
	while (filled > 0 && out[filled - 1] == ' ')
		filled--;
	out[filled] = '\0';
	return *at == '|' ? at + 1 : at;
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line == '\n' ? line + 1 : line;
}

/* "| E0902 | `message` | text |". False: the line is no such row. */
static bool parse_row(const char *line, struct explanation *out)
{
	if (strncmp(line, "| E", 3) != 0 || !isdigit((unsigned char)line[3]))
		return false;
	memset(out->numbers, 0, sizeof(out->numbers));
	line = take_cell(line + 1, false, out->id, sizeof(out->id));
	line = take_cell(line, false, out->message, sizeof(out->message));
	(void)take_cell(line, true, out->text, sizeof(out->text));
	return true;
}

bool explain_next(const char **at, struct explanation *out)
{
	const char *line = *at != NULL ? *at : embedded_errors;

	while (*line != '\0') {
		bool is_row = parse_row(line, out);

		line = next_line(line);
		*at = line;
		if (is_row)
			return true;
	}
	return false;
}

bool explain_errno(const char **at, const char *name, long number, struct explanation *out)
{
	const char *line = *at != NULL ? *at : embedded_errors;
	char found[16], numbers[16];

	for (; *line != '\0'; line = next_line(line)) {
		const char *cell;

		if (strncmp(line, "| `-E", 5) != 0)
			continue;
		cell = take_cell(line + strlen("| `-"), false, found, sizeof(found));
		cell = take_cell(cell, false, numbers, sizeof(numbers));
		out->numbers[1] = 0;
		(void)sscanf(numbers, "%ld, %ld", &out->numbers[0], &out->numbers[1]);
		if (strcasecmp(found, name) != 0 &&
		    (number == 0 || (number != out->numbers[0] && number != out->numbers[1])))
			continue;
		snprintf(out->id, sizeof(out->id), "%.11s", found);
		cell = take_cell(cell, true, out->message, sizeof(out->message));
		(void)take_cell(cell, true, out->text, sizeof(out->text));
		*at = next_line(line);
		return true;
	}
	return false;
}

/* ---- looking up ---- */

bool explain_id(const char *id, struct explanation *out)
{
	for (const char *at = NULL; explain_next(&at, out);) {
		if (strcasecmp(out->id, id) == 0)
			return true;
	}
	return false;
}

bool explain_message(const char *message, struct explanation *out)
{
	char cell[sizeof(out->message) + 8];
	const char *row;

	snprintf(cell, sizeof(cell), " | `%s` | ", message);
	row = strstr(embedded_errors, cell);
	return row != NULL && parse_row(row - strlen("| E0902"), out);
}

bool explain_line(const char *line, struct explanation *out)
{
	struct explanation row;
	size_t longest = 0;

	for (const char *at = NULL; explain_next(&at, &row);) {
		if (strlen(row.message) > longest && strstr(line, row.message) != NULL) {
			longest = strlen(row.message);
			*out = row;
		}
	}
	return longest != 0;
}

/* ---- behind a complaint ---- */

static void put_hint(FILE *stream, const struct explanation *row)
{
	fprintf(stream, "  %shint%s: %s (%s)\n", style_on(stream, STYLE_NOTE), style_off(stream),
		row->text, row->id);
}

/* The device's text has numbers above 65535 in hexadecimal, and others in decimal. */
static bool is_hexadecimal(int64_t value)
{
	return value > UINT16_MAX || value < -UINT16_MAX;
}

void print_hint(FILE *stream, const struct llext_diag *diag)
{
	struct explanation row;

	if (diag->has_values && is_hexadecimal(diag->expected) != is_hexadecimal(diag->found))
		fprintf(stream, "  in decimal: expected %" PRId64 ", found %" PRId64 "\n",
			diag->expected, diag->found);
	if (diag->what != NULL && explain_message(diag->what, &row))
		put_hint(stream, &row);
}

void print_hint_for_line(FILE *stream, const char *line)
{
	struct explanation row;

	if (explain_line(line, &row))
		put_hint(stream, &row);
}

void complain_diag(const char *subject, const struct llext_diag *diag,
		   size_t (*format)(const struct llext_diag *, char *, size_t))
{
	complain(subject, "%s", diag_text(diag, format));
	print_hint(stderr, diag);
}
