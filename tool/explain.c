/* SPDX-License-Identifier: Apache-2.0 */
/* tenon explain: an error of a load, by its id, its number, that one's name or the line that it was
 * printed as. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "explain.h"
#include "json.h"

static const char help_text[] =
	"Usage: tenon explain [--json] ERROR...\n"
	"       tenon explain [--json] --list\n"
	"\n"
	"Say what an error of a load means, and what to do. ERROR is its id, such as\n"
	"E0902; the number that a call returned, such as -8, or its name, ENOEXEC; or the\n"
	"message, as a line of a device's log that contains it, or ends with the number.\n"
	"Devices print messages without ids.\n"
	"\n"
	"Options:\n"
	"  -l, --list             all errors, one per line\n"
	"  -j, --json             as one JSON object\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon explain E0902\n"
	"  tenon explain 'relocate: relocation is out of range, section .text'\n"
	"  tenon explain ENODATA\n"
	"  tenon explain -61\n"
	"\n"
	"Exit status:\n"
	"  0  explained\n"
	"  1  no error is known by that\n"
	"  2  wrong usage\n";

/* In lines of 80 columns, indented. */
static void print_wrapped(const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (column != 0 && column + 1 + word > 78) {
			putchar('\n');
			column = 0;
		}
		printf("%s%.*s", column == 0 ? "  " : " ", (int)word, text);
		column += word + (column == 0 ? 2 : 1);
		text += word;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void print(const struct explanation *row)
{
	printf("%s%s%s: %s\n", style_on(stdout, STYLE_TITLE), row->id, style_off(stdout),
	       row->message);
	print_wrapped(row->text);
}

static void add(struct json_object *list, const struct explanation *row)
{
	struct json_object *item = json_item(list), *numbers;
	bool has_number = row->numbers[0] != 0;

	json_text(item, "id", has_number ? NULL : row->id);
	json_text(item, "name", has_number ? row->id : NULL);
	numbers = json_list(item, "numbers");
	for (int i = 0; i < 2 && row->numbers[i] != 0; i++)
		json_object_array_add(numbers, json_object_new_int64(row->numbers[i]));
	json_text(item, "message", row->message);
	json_text(item, "text", row->text);
}

/* "-61", "61": what a call returned, or 0. */
static long number_in(const char *error)
{
	const char *digits = error + (*error == '-');

	return digits[strspn(digits, "0123456789")] == '\0' ? strtol(digits, NULL, 10) : 0;
}

/* "load failed: -61", as a console prints it: the number, or 0. */
static long number_behind(const char *error)
{
	const char *last = strrchr(error, ' ');

	return last != NULL && last[1] == '-' ? number_in(last + 1) : 0;
}

/* The row after *@at, NULL for the first one. Only a number has several. */
static bool find(const char *error, const char **at, struct explanation *out)
{
	bool first = *at == NULL;

	if (explain_errno(at, error, number_in(error), out) ||
	    (first && (explain_id(error, out) || explain_line(error, out))))
		return true;
	return number_behind(error) != 0 && explain_errno(at, "", number_behind(error), out);
}

static void complain_unknown(const char *error)
{
	if (strstr(error, "crash: ") != NULL)
		complain(NULL,
			 "'%s' is a crash, not an error: tenon symbolize names its function, "
			 "file and line",
			 printable(error));
	else
		complain(NULL,
			 "no error is known by '%s': take the id (E0902), the number (-61) "
			 "or its name (ENODATA), or the message as printed",
			 printable(error));
}

static int list(struct json_object *root)
{
	struct json_object *errors = root != NULL ? json_list(root, "explained") : NULL;
	struct explanation row;

	for (const char *at = NULL; explain_next(&at, &row);) {
		if (root != NULL)
			add(errors, &row);
		else
			printf("%s %s\n", row.id, row.message);
	}
	return EXIT_GOOD;
}

static int explain(struct json_object *root, char **words)
{
	struct json_object *errors = root != NULL ? json_list(root, "explained") : NULL;
	int code = EXIT_GOOD;
	struct explanation row;

	for (; *words != NULL; words++) {
		const char *at = NULL;

		if (!find(*words, &at, &row)) {
			complain_unknown(*words);
			code = EXIT_REFUSED;
			continue;
		}
		do {
			if (root != NULL)
				add(errors, &row);
			else
				print(&row);
		} while (at != NULL && find(*words, &at, &row));
	}
	return code;
}

static int run_explain(int argc, char **argv)
{
	static const struct option options[] = {{"list", no_argument, NULL, 'l'},
						{"json", no_argument, NULL, 'j'},
						{NULL, 0, NULL, 0}};
	bool all = false, json = false;
	struct json_object *root;
	int option, code;

	/* A number is no option: getopt_long() shall not see its sign. */
	for (int i = 1; i < argc; i++)
		argv[i] += number_in(argv[i]) != 0 && argv[i][0] == '-';
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":lj", options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_usage("explain", "no option '%s'",
					   printable(option_at_fault(argv)));
		all |= option == 'l';
		json |= option == 'j';
	}
	if (all != (optind == argc))
		return wrong_usage("explain", all ? "--list takes no ERROR" : "which error?");
	root = json ? json_root("explain") : NULL;
	code = all ? list(root) : explain(root, argv + optind);
	if (root != NULL && code == EXIT_GOOD)
		json_print(root, stdout);
	return code;
}

const struct command command_explain = {"explain", "say what an error means and what to do",
					help_text, run_explain};
