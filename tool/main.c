/* SPDX-License-Identifier: Apache-2.0 */
/* tenon: load, look into, check and pack extensions. */
#include <string.h>
#include "tenon.h"

static const struct command *const commands[] = {&command_run, &command_inspect, &command_check,
						 &command_pack, &command_unpack};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *stream)
{
	fprintf(stream,
		"%sUsage:%s tenon COMMAND [OPTION...] FILE...\n\n"
		"Load compiled ELF extensions, look into them, check them against firmware, and "
		"pack\n"
		"them for devices.\n\n"
		"%sCommands:%s\n",
		style_on(stream, STYLE_TITLE), style_off(stream), style_on(stream, STYLE_TITLE),
		style_off(stream));
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(stream, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(stream,
		"  help      explain a command\n\n"
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
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(name, commands[i]->name) == 0)
			return commands[i];
	}
	return NULL;
}

static int help(int argc, char **argv)
{
	const struct command *command;

	if (argc > 2)
		return wrong_usage(NULL, "help takes one command");
	if (argc < 2 || strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return EXIT_GOOD;
	}
	command = find(argv[1]);
	if (command == NULL)
		return wrong_usage(NULL, "no command named '%s'", printable(argv[1]));
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
		return wrong_usage(NULL, "no command named '%s'", printable(argv[1]));
	if (asks_for_help(argc - 1, argv + 1)) {
		fputs(command->help, stdout);
		return EXIT_GOOD;
	}
	return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int code = dispatch(argc, argv);

	/* A full disk or a closed pipe must not look like success. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && code == EXIT_GOOD) {
		complain(NULL, "cannot write to standard output");
		code = EXIT_REFUSED;
	}
	return code;
}
