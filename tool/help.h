/* SPDX-License-Identifier: Apache-2.0 */
/* The help texts are the one source of what a command takes: completions and man pages come from
 * them. */
#ifndef TENON_HELP_H_
#define TENON_HELP_H_

#include "tenon.h"

/* All commands, ended by NULL. */
extern const struct command *const all_commands[];

/* One option of a help text. Parts are not ended by NUL; a part of length 0 is not there. */
struct help_option {
	char letter;      /* of -x; 0: none */
	const char *name; /* without the dashes */
	int name_length;
	const char *value; /* what it takes, as in "FILE" */
	int value_length;
	const char *text; /* the first line of what is said about it */
	int text_length;
};

/* The first option of a text, and each after it. False where there are no more. @at is NULL at
 * first. */
bool help_next_option(const char *help, const char **at, struct help_option *option);

/* help.c: the man page of one command, in mdoc(7), on standard output. */
void print_man_page(const struct command *command);

#endif /* TENON_HELP_H_ */
