/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the shell offer each other. */
#ifndef LLEXT_SHELL_INTERNAL_H_
#define LLEXT_SHELL_INTERNAL_H_

#include <errno.h>
#include <string.h>
#include <llext/shell.h>

/* ---- shell.c ---- */

/* What a command was given: the words after its name; NULL: no more. */
struct llext_shell_words {
	char *first, *second, *third;
};

struct llext_shell_command {
	const char *name, *zephyr; /* and Zephyr's word for it, or an empty text */
	const char *usage;         /* what it needs; an empty text: nothing */
	int (*run)(struct llext_shell *shell, const struct llext_shell_words *words);
};

struct llext_shell_commands {
	const struct llext_shell_command *list;
	size_t count;
};

struct llext_shell_uploads {
	int (*begin)(struct llext_shell *shell, const char *name, const char *bytes,
		     const char *crc);
	int (*line)(struct llext_shell *shell, char *line);
};

/* The @at-th command; NULL: there are no more. */
const struct llext_shell_command *llext_shell_command(const struct llext_shell *shell, size_t at);
/* Load what @ldr gives, bring it up, and say how it went. */
int llext_shell_load(struct llext_shell *shell, const char *name, struct llext_loader *ldr);
/* The extension of a name; where there is none, say so. */
struct llext *llext_shell_find(struct llext_shell *shell, const char *name);
/* A loader for a path; where there is none, say so. */
struct llext_loader *llext_shell_open(struct llext_shell *shell, const char *path);
void llext_shell_close(struct llext_shell *shell, struct llext_loader *ldr);
/* Say that @what failed, and the diagnostic. @return @error. */
int llext_shell_failed(struct llext_shell *shell, const char *what, int error);

/* ---- text.c ---- */

/*
 * Text with parts: %s a string, %w one padded with blanks to 16 characters, %n a size_t in decimal,
 * %x one in hex, %p an address in hex, with at least eight digits.
 */
void llext_shell_say(struct llext_shell *shell, const char *format, ...);
/* The next word of a line, ended by NUL; *line moves behind it. NULL: there is none. */
char *llext_shell_next(char **line);

#endif /* LLEXT_SHELL_INTERNAL_H_ */
