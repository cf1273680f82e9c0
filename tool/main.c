/* SPDX-License-Identifier: Apache-2.0 */
/* tenon: load, look into, check and pack extensions. */
#include <string.h>
#include "help.h"
#include "json.h"

/* clang-format off */
const struct command *const all_commands[] = {
	&command_new,
	&command_build,
	&command_run,
	&command_inspect,
	&command_check,
	&command_size,
	&command_exports,
	&command_graph,
	&command_report,
	&command_abi,
	&command_kit,
	&command_pack,
	&command_unpack,
	&command_key,
	&command_sign,
	&command_verify,
	&command_push,
	&command_symbolize,
	&command_explain,
	&command_doctor,
	&command_completion,
	NULL,
};
/* clang-format on */

static void print_help(FILE *stream)
{
	fprintf(stream,
		"%sUsage:%s tenon COMMAND [OPTION...] FILE...\n\n"
		"Load compiled ELF extensions, look into them, check them against firmware, and\n"
		"pack them for devices.\n\n"
		"%sCommands:%s\n",
		style_on(stream, STYLE_TITLE), style_off(stream), style_on(stream, STYLE_TITLE),
		style_off(stream));
	for (size_t i = 0; all_commands[i] != NULL; i++)
		fprintf(stream, "  %-10s %s\n", all_commands[i]->name, all_commands[i]->summary);
	fprintf(stream,
		"  help       explain a command\n\n"
		"%sOptions:%s\n"
		"  --help     this text; behind a command, all about it\n"
		"  --version  the version\n\n"
		"%sTry it:%s\n"
		"  echo 'int add(int a, int b) { return a + b; }' >add.c\n"
		"  cc -c add.c\n"
		"  tenon run add.o --call add 1 2\n"
		"  tenon inspect add.o\n\n"
		"%sExit status:%s 0 good, 1 refused, 2 wrong usage; see each command.\n",
		style_on(stream, STYLE_TITLE), style_off(stream), style_on(stream, STYLE_TITLE),
		style_off(stream), style_on(stream, STYLE_TITLE), style_off(stream));
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; all_commands[i] != NULL; i++) {
		if (strcmp(name, all_commands[i]->name) == 0)
			return all_commands[i];
	}
	return NULL;
}

/* How many letters to add, to take away or to change; words of more than 15 are not near. */
static unsigned int distance(const char *a, const char *b)
{
	size_t a_length = strlen(a), b_length = strlen(b);
	unsigned int row[16], diagonal, above;

	if (a_length > 15 || b_length > 15)
		return 16;
	for (size_t j = 0; j <= b_length; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= a_length; i++) {
		diagonal = row[0];
		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= b_length; j++) {
			above = row[j];
			row[j] = diagonal + (a[i - 1] != b[j - 1]);
			if (row[j] > above + 1)
				row[j] = above + 1;
			if (row[j] > row[j - 1] + 1)
				row[j] = row[j - 1] + 1;
			diagonal = above;
		}
	}
	return row[b_length];
}

static int unknown(const char *name)
{
	const char *near = NULL;
	unsigned int least = 3;

	for (size_t i = 0; all_commands[i] != NULL; i++) {
		if (distance(name, all_commands[i]->name) < least) {
			least = distance(name, all_commands[i]->name);
			near = all_commands[i]->name;
		}
	}
	if (near != NULL)
		return wrong_usage(NULL, "no command named '%s': did you mean '%s'?",
				   printable(name), near);
	return wrong_usage(NULL, "no command named '%s'", printable(name));
}

static int help(int argc, char **argv)
{
	const struct command *command;
	bool man = argc == 3 && strcmp(argv[1], "--man") == 0;

	if (argc > 2 && !man)
		return wrong_usage(NULL, "help takes one command");
	if (argc < 2 || strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return EXIT_GOOD;
	}
	command = find(argv[argc - 1]);
	if (command == NULL)
		return unknown(argv[argc - 1]);
	if (man)
		print_man_page(command);
	else
		fputs(command->help, stdout);
	return EXIT_GOOD;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

static int dispatch(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help(stdout);
		return EXIT_GOOD;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts("tenon " LLEXT_TENON_VERSION);
		return EXIT_GOOD;
	}
	if (strcmp(argv[1], "help") == 0)
		return asks_for_help(argc - 1, argv + 1) ? help(1, argv) : help(argc - 1, argv + 1);
	command = find(argv[1]);
	if (command == NULL)
		return unknown(argv[1]);
	if (asks_for_help(argc - 1, argv + 1)) {
		fputs(command->help, stdout);
		return EXIT_GOOD;
	}
	return command->run(argc - 1, argv + 1);
}

/*
 * The command whose line asks for JSON; NULL: none does, or it has none. Commands sort their words:
 * so it is looked for before.
 */
static const struct command *json_command(int argc, char **argv)
{
	const struct command *command = argc > 2 ? find(argv[1]) : NULL;

	if (command == NULL || strstr(command->help, "--json") == NULL)
		return NULL;
	for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "-j") == 0)
			return command;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct command *json = json_command(argc, argv);
	int code = dispatch(argc, argv);

	if (json != NULL && code != EXIT_GOOD)
		json_print_complaints(json->name, code);

	/* A full disk or a closed pipe must not look like success. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && code == EXIT_GOOD) {
		complain(NULL, "cannot write to standard output");
		code = EXIT_REFUSED;
	}
	return code;
}
