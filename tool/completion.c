/* SPDX-License-Identifier: Apache-2.0 */
/* tenon completion: completions for shells, made of the help texts. */
#include <string.h>
#include "help.h"

static const char help_text[] =
	"Usage: tenon completion bash|zsh|fish\n"
	"\n"
	"Print a script that makes a shell complete commands, options and their values.\n"
	"\n"
	"Options:\n"
	"  -h, --help             this text\n"
	"\n"
	"Examples:\n"
	"  tenon completion bash >~/.local/share/bash-completion/completions/tenon\n"
	"  tenon completion zsh >~/.zfunc/_tenon\n"
	"  tenon completion fish >~/.config/fish/completions/tenon.fish\n"
	"\n"
	"Exit status:\n"
	"  0  the script is printed\n"
	"  2  wrong usage\n";

static bool takes(const struct help_option *option, const char *value)
{
	return (size_t)option->value_length >= strlen(value) &&
	       strncmp(option->value, value, strlen(value)) == 0;
}

/* What completes an option's value. */
enum values { VALUES_NONE, VALUES_FILES, VALUES_FUNCTIONS, VALUES_BOARDS, VALUES_SIZES };

static enum values values_of(const struct help_option *option)
{
	static const char *const files[] = {"FILE", "FIRMWARE", "OUTPUT", "PORT", "KEY", "RING",
					    "KIT",  "DIR",      "LIST",   "OLD",  "ELF", "CERT"};

	if (takes(option, "SYM") || takes(option, "FUNCTION"))
		return VALUES_FUNCTIONS;
	if (takes(option, "NAME") && option->letter == 'b')
		return VALUES_BOARDS;
	if (takes(option, "SIZE"))
		return VALUES_SIZES;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (takes(option, files[i]))
			return VALUES_FILES;
	}
	return VALUES_NONE;
}

#define SIZES "256 1K 4K 16K 64K 256K 1M 16M 64M"

/* ---- bash ---- */

static const char bash_begin[] =
	"# bash completion for tenon(1)\n"
	"\n"
	"_tenon_functions()\n"
	"{\n"
	"\t# The functions that the files on the command line define.\n"
	"\tlocal word\n"
	"\tfor word in \"${COMP_WORDS[@]:2}\"; do\n"
	"\t\t[[ -f $word ]] && nm -g --defined-only \"$word\" 2>/dev/null | awk '$2 == \"T\" { "
	"print $3 }'\n"
	"\tdone\n"
	"}\n"
	"\n"
	"_tenon_boards()\n"
	"{\n"
	"\t\"${COMP_WORDS[0]}\" run --list-boards 2>/dev/null | awk '{ print $1 }'\n"
	"}\n"
	"\n"
	"_tenon()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal command=${COMP_WORDS[1]-} options= words=\n"
	"\tCOMPREPLY=()\n";

static const char bash_end[] =
	"\t*) return ;;\n"
	"\tesac\n"
	"\tcase $command$prev in\n"
	"%s"
	"\tesac\n"
	"\tif [[ $cur == -* ]]; then\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
	"\telse\n"
	"\t\tcompopt -o filenames 2>/dev/null || true # outside of a completion, as in tests\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"\tfi\n"
	"}\n"
	"\n"
	"complete -F _tenon tenon\n";

/* The lines of the second `case`: what completes the value of the option before. */
static char *bash_values(void)
{
	static const char *const words[] = {[VALUES_NONE] = NULL,
					    [VALUES_FUNCTIONS] = "$(_tenon_functions)",
					    [VALUES_BOARDS] = "$(_tenon_boards)",
					    [VALUES_SIZES] = SIZES};
	char *text = need_text("%s", "");

	for (const struct command *const *command = all_commands; *command != NULL; command++) {
		const char *at = NULL;
		struct help_option option;

		while (help_next_option((*command)->help, &at, &option)) {
			enum values values = values_of(&option);
			char letter[32] = "";

			if (option.value_length == 0 || values == VALUES_FILES)
				continue;
			if (option.letter != 0)
				snprintf(letter, sizeof(letter), "%s-%c | ", (*command)->name,
					 option.letter);
			text = values == VALUES_NONE
				       ? need_text("%s\t%s%s--%.*s) return ;;\n", text, letter,
						   (*command)->name, option.name_length,
						   option.name)
				       : need_text("%s\t%s%s--%.*s)\n\t\tmapfile -t COMPREPLY < "
						   "<(compgen -W \"%s\" -- \"$cur\")\n\t\treturn\n"
						   "\t\t;;\n",
						   text, letter, (*command)->name,
						   option.name_length, option.name, words[values]);
		}
	}
	return text;
}

static void put_names(const char *separator)
{
	for (const struct command *const *command = all_commands; *command != NULL; command++)
		printf("%s%s", (*command)->name, separator);
	printf("help");
}

static void print_bash(void)
{
	fputs(bash_begin, stdout);
	printf("\tlocal commands='");
	put_names(" ");
	printf("'\n\n\tif ((COMP_CWORD == 1)); then\n"
	       "\t\tmapfile -t COMPREPLY < <(compgen -W \"$commands --help --version\" -- "
	       "\"$cur\")\n"
	       "\t\treturn\n\tfi\n\tcase $command in\n"
	       "\thelp)\n\t\t((COMP_CWORD == 2)) &&\n"
	       "\t\t\tmapfile -t COMPREPLY < <(compgen -W \"$commands\" -- \"$cur\")\n"
	       "\t\treturn\n\t\t;;\n"
	       "\tcompletion)\n\t\tmapfile -t COMPREPLY < <(compgen -W 'bash zsh fish --help' -- "
	       "\"$cur\")\n"
	       "\t\treturn\n\t\t;;\n");
	for (const struct command *const *command = all_commands; *command != NULL; command++) {
		const char *at = NULL;
		struct help_option option;

		printf("\t%s) options='", (*command)->name);
		while (help_next_option((*command)->help, &at, &option))
			printf("--%.*s ", option.name_length, option.name);
		printf("' ;;\n");
	}
	printf(bash_end, bash_values());
}

/* ---- zsh ---- */

/* Text in single quotes, in which brackets and colons mean nothing. */
static void put_quoted(const char *text, int length)
{
	for (int i = 0; i < length; i++) {
		if (text[i] == '\'')
			fputs("'\\''", stdout);
		else if (strchr("[]:", text[i]) != NULL)
			printf("\\%c", text[i]);
		else
			putchar(text[i]);
	}
}

static void put_zsh_option(const struct help_option *option)
{
	static const char *const actions[] = {[VALUES_NONE] = " ",
					      [VALUES_FILES] = "_files",
					      [VALUES_FUNCTIONS] = "_tenon_functions",
					      [VALUES_BOARDS] = "_tenon_boards",
					      [VALUES_SIZES] = "(" SIZES ")"};

	for (int letter = 0; letter < 2; letter++) {
		if (letter == 1 && option->letter == 0)
			continue;
		if (letter == 1)
			printf("\t\t'*-%c[", option->letter);
		else
			printf("\t\t'*--%.*s[", option->name_length, option->name);
		put_quoted(option->text, option->text_length);
		putchar(']');
		if (option->value_length > 0) {
			putchar(':');
			put_quoted(option->value, (int)strcspn(option->value, " \n"));
			printf(":%s", actions[values_of(option)]);
		}
		printf("' \\\n");
	}
}

static void print_zsh(void)
{
	printf("#compdef tenon\n"
	       "_tenon_functions() {\n"
	       "\tlocal -a names\n"
	       "\tnames=(${(f)\"$(nm -g --defined-only ${words[@]:#-*} 2>/dev/null | awk '$2 == "
	       "\"T\" { print $3 }')\"})\n"
	       "\tcompadd -a names\n}\n"
	       "_tenon_boards() {\n"
	       "\tlocal -a names\n"
	       "\tnames=(${(f)\"$(tenon run --list-boards 2>/dev/null | awk '{ print $1 }')\"})\n"
	       "\tcompadd -a names\n}\n"
	       "_tenon() {\n"
	       "\tlocal -a commands\n\tcommands=(\n");
	for (const struct command *const *command = all_commands; *command != NULL; command++) {
		printf("\t\t'%s:", (*command)->name);
		put_quoted((*command)->summary, (int)strlen((*command)->summary));
		printf("'\n");
	}
	printf("\t\t'help:explain a command'\n\t)\n"
	       "\tif ((CURRENT == 2)); then\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
	       "\tlocal command=$words[2]\n\tshift words\n\t((CURRENT--))\n"
	       "\tcase $command in\n\thelp) _describe command commands ;;\n"
	       "\tcompletion) _values shell bash zsh fish ;;\n");
	for (const struct command *const *command = all_commands; *command != NULL; command++) {
		const char *at = NULL;
		struct help_option option;

		if (strcmp((*command)->name, "completion") == 0)
			continue;
		printf("\t%s)\n\t\t_arguments \\\n", (*command)->name);
		while (help_next_option((*command)->help, &at, &option))
			put_zsh_option(&option);
		printf("\t\t'*:file:_files'\n\t\t;;\n");
	}
	printf("\tesac\n}\n_tenon \"$@\"\n");
}

/* ---- fish ---- */

static void put_fish_text(const char *text, int length)
{
	for (int i = 0; i < length; i++) {
		if (text[i] == '\'' || text[i] == '\\')
			putchar('\\');
		putchar(text[i]);
	}
}

static void put_fish_option(const struct command *command, const struct help_option *option)
{
	enum values values = values_of(option);

	printf("complete -c tenon -n '__fish_seen_subcommand_from %s' -l %.*s", command->name,
	       option->name_length, option->name);
	if (option->letter != 0)
		printf(" -s %c", option->letter);
	if (option->value_length > 0)
		printf(values == VALUES_FILES ? " -r" : " -x");
	if (values == VALUES_BOARDS)
		printf(" -a '(tenon run --list-boards 2>/dev/null | awk \"{ print \\$1 }\")'");
	if (values == VALUES_SIZES)
		printf(" -a '" SIZES "'");
	printf(" -d '");
	put_fish_text(option->text, option->text_length);
	printf("'\n");
}

static void print_fish(void)
{
	for (const struct command *const *command = all_commands; *command != NULL; command++) {
		const char *at = NULL;
		struct help_option option;

		printf("complete -c tenon -f -n __fish_use_subcommand -a %s -d '",
		       (*command)->name);
		put_fish_text((*command)->summary, (int)strlen((*command)->summary));
		printf("'\n");
		while (help_next_option((*command)->help, &at, &option))
			put_fish_option(*command, &option);
	}
	printf("complete -c tenon -f -n __fish_use_subcommand -a help -d 'explain a command'\n"
	       "complete -c tenon -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh "
	       "fish'\n"
	       "complete -c tenon -f -n '__fish_seen_subcommand_from help' -a '");
	put_names(" ");
	printf("'\n");
}

static int run_completion(int argc, char **argv)
{
	static const struct {
		const char *shell;
		void (*print)(void);
	} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

	if (argc != 2)
		return wrong_usage("completion", "which shell? bash, zsh or fish");
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(argv[1], shells[i].shell) == 0) {
			if (i != 1) /* a #compdef must come first */
				printf("# SPDX-License-Identifier: Apache-2.0\n");
			shells[i].print();
			return EXIT_GOOD;
		}
	}
	return wrong_usage("completion", "no completion for '%s': bash, zsh or fish",
			   printable(argv[1]));
}

const struct command command_completion = {"completion", "print completions for a shell", help_text,
					   run_completion};
