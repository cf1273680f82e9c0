/* SPDX-License-Identifier: Apache-2.0 */
/* Help texts taken apart. They have one form: "Usage:", paragraphs, then sections with a colon. */
#include <ctype.h>
#include <string.h>
#include "help.h"

/* ---- options ---- */

static const char *line_end(const char *line)
{
	return line + strcspn(line, "\n");
}

/* "  -o, --output OUTPUT    the file to write", or without the letter, or without the value. */
static bool parse_option(const char *line, struct help_option *option)
{
	const char *at = line + strspn(line, " "), *end = line_end(line);

	*option = (struct help_option){0};
	if (at[0] == '-' && at[1] != '-' && at[1] != '\n' && strncmp(at + 2, ", --", 4) == 0) {
		option->letter = at[1];
		at += 4;
	}
	if (at == line || strncmp(at, "--", 2) != 0)
		return false;
	option->name = at + 2;
	option->name_length = (int)strspn(at + 2, "abcdefghijklmnopqrstuvwxyz0123456789-");
	at += 2 + option->name_length;
	if (at[0] == ' ' && at[1] != ' ' && at[1] != '\n') {
		const char *stop = strstr(at, "  ");

		if (stop == NULL || stop > end)
			stop = end;
		/* "--firmware-at ADDR where": one blank is all that separates where there is no
		 * room. */
		if (at + strcspn(at + 1, " \n") + 1 < stop && islower((unsigned char)at[1]) == 0 &&
		    at[1] != '[') {
			const char *word_end = at + 1 + strcspn(at + 1, " \n");

			if (islower((unsigned char)word_end[1]))
				stop = word_end;
		}
		option->value = at + 1;
		option->value_length = (int)(stop - at - 1);
		at = stop;
	}
	at += strspn(at, " ");
	if (at >= end && *end != '\0') { /* the text is on the next line */
		at = end + 1 + strspn(end + 1, " ");
		end = line_end(at);
	}
	option->text = at;
	option->text_length = (int)(end - at);
	return true;
}

bool help_next_option(const char *help, const char **at, struct help_option *option)
{
	const char *line = *at != NULL ? *at : strstr(help, "\nOptions:\n");

	if (line == NULL)
		return false;
	if (*at == NULL)
		line += strlen("\nOptions:\n");
	while (*line != '\0' && *line != '\n') {
		const char *end = line_end(line);
		bool found = parse_option(line, option);

		line = *end != '\0' ? end + 1 : end;
		*at = line;
		if (found)
			return true;
	}
	return false;
}

/* ---- a man page ---- */

/* Text in which mdoc sees no macro and no escape. */
static void put_text(const char *text, int length)
{
	if (length > 0 && (text[0] == '.' || text[0] == '\''))
		fputs("\\&", stdout);
	for (int i = 0; i < length; i++) {
		if (text[i] == '\\')
			fputs("\\e", stdout);
		else if (text[i] == '-')
			fputs("\\-", stdout);
		else if (text[i] == ' ' && i > 0 && i + 1 < length && text[i - 1] == '.' &&
			 isupper((unsigned char)text[i + 1]))
			putchar('\n'); /* mdoc wants each sentence on a line of its own */
		else
			putchar(text[i]);
	}
}

static void put_line(const char *line)
{
	put_text(line, (int)(line_end(line) - line));
	putchar('\n');
}

/* A section's lines, as they stand, up to an empty one before the next section. */
static const char *put_verbatim(const char *line)
{
	puts(".Bd -literal");
	while (*line != '\0' &&
	       !(*line == '\n' && (line[1] == '\0' || isupper((unsigned char)line[1])))) {
		put_line(line);
		line = line_end(line);
		line += *line == '\n';
	}
	puts(".Ed");
	return line;
}

static void put_options(const char *help)
{
	const char *at = NULL, *line;
	struct help_option option;

	puts(".Bl -tag -width Ds");
	while (help_next_option(help, &at, &option)) {
		printf(".It ");
		if (option.letter != 0)
			printf("Fl %c , ", option.letter);
		printf("Fl \\-%.*s", option.name_length, option.name);
		if (option.value_length > 0)
			printf(" Ar %.*s", option.value_length, option.value);
		putchar('\n');
		put_text(option.text, option.text_length);
		putchar('\n');
		/* The lines that go on with it. */
		for (line = option.text + option.text_length + 1; strspn(line, " ") > 8;
		     line = line_end(line) + 1) {
			const char *text = line + strspn(line, " ");

			put_text(text, (int)(line_end(text) - text));
			putchar('\n');
		}
	}
	puts(".El");
}

/* Is this the title of a section: "Exit status:"? */
static bool is_title(const char *line)
{
	const char *end = line_end(line);

	return isupper((unsigned char)*line) && end[-1] == ':' && end - line < 24;
}

/* As ".Sh EXIT STATUS". @return the line behind it. */
static const char *put_title(const char *line)
{
	printf(".Sh ");
	for (; *line != ':'; line++)
		putchar(toupper((unsigned char)*line));
	putchar('\n');
	return line + 2;
}

/* What stands before the first title. */
static const char *put_paragraphs(const char *line)
{
	const char *separator = "";

	while (*line != '\0' && !is_title(line)) {
		if (*line == '\n') {
			line++;
			continue;
		}
		fputs(separator, stdout);
		separator = ".Pp\n";
		while (*line != '\0' && *line != '\n') {
			put_line(line);
			line = line_end(line);
			line += *line == '\n';
		}
	}
	return line;
}

static void put_section(const char *help, const char *title)
{
	const char *line = strstr(help, title);

	if (line != NULL)
		(void)put_verbatim(put_title(line + 1));
}

void print_man_page(const struct command *command)
{
	const char *line = command->help;

	printf(".\\\" SPDX-License-Identifier: Apache-2.0\n.Dd $Mdocdate$\n");
	printf(".Dt TENON-%s 1\n.Os\n.Sh NAME\n.Nm tenon-%s\n.Nd %s\n.Sh SYNOPSIS\n"
	       ".Bd -literal -compact\n",
	       command->name, command->name, command->summary);
	for (; *line != '\n'; line = line_end(line) + 1)
		put_line(line + strlen("Usage: "));
	puts(".Ed\n.Sh DESCRIPTION");
	(void)put_paragraphs(line);
	puts(".Sh OPTIONS");
	put_options(command->help);
	/* In the order that mdoc(7) has. */
	put_section(command->help, "\nExit status:\n");
	put_section(command->help, "\nExample:\n");
	put_section(command->help, "\nExamples:\n");
	puts(".Sh SEE ALSO\n.Xr tenon 1");
}
