/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the shell offer each other. */
#ifndef LLEXT_SHELL_INTERNAL_H_
#define LLEXT_SHELL_INTERNAL_H_

#include <errno.h>
#include <string.h>
#include <llext/shell.h>

/* ---- shell.c ---- */

/* The words of a line; those that it does not have are empty texts. */
enum {
	WORD_EXT,
	WORD_COMMAND,
	WORD_NAME, /* of an extension */
	WORD_PATH, /* or what else is second */
	WORD_CRC,
	WORDS
};

/*
 * A command, and the loaded extension of words[WORD_NAME], if there is one.
 * @return 0; an errno below 0: a call failed, and the shell is to say so; an errno above 0: the
 * command has said what is wrong, but for EINVAL, where the shell says what the command needs, and
 * ESRCH, where it says that the extension is not found.
 */
typedef int (*llext_shell_run)(struct llext_shell *shell, char *const *words, struct llext *ext);

struct llext_shell_command {
	/* Three texts, each with its NUL: the name; Zephyr's name for it, a blank where there is
	 * none; what it needs. */
	const char *texts;
	llext_shell_run run;
};

#define LLEXT_SHELL_MORE 4

struct llext_shell_commands {
	struct llext_shell_command list[LLEXT_SHELL_MORE];
};

struct llext_shell_uploads {
	int (*begin)(struct llext_shell *shell, char *const *words); /* returns as run() */
	int (*line)(struct llext_shell *shell, char *line);
};

/* The @at-th command; NULL: there are no more. */
const struct llext_shell_command *llext_shell_command(const struct llext_shell *shell, size_t at);
/* Load what @ldr gives, bring it up, and say so. @return as run(). */
int llext_shell_load(struct llext_shell *shell, const char *name, struct llext_loader *ldr);
/* Have @use work with a loader for @path. @return as run(). */
int llext_shell_with(struct llext_shell *shell, const char *path,
		     int (*use)(struct llext_shell *shell, const char *name,
				struct llext_loader *ldr),
		     const char *name);
/* Say what lies at an address. @return 0. */
int llext_shell_row(struct llext_shell *shell, const char *name, const void *address, size_t bytes);
/* Say that @what is not found. @return ENOENT; EINVAL: it was not even given. */
int llext_shell_missing(struct llext_shell *shell, const char *what);
/* The end of @command, whose run() returned @rc: say what failed. @return 0 or a negative errno. */
int llext_shell_end(struct llext_shell *shell, const char *command, int rc);

/* ---- text.c ---- */

/*
 * Text with parts: %s a string, %d a size_t in decimal, %h a size_t or an address in hex.
 * @return 0.
 */
int llext_shell_say(struct llext_shell *shell, const char *format, ...);
/* The text behind the end of one. */
const char *llext_shell_after(const char *text);

#endif /* LLEXT_SHELL_INTERNAL_H_ */
