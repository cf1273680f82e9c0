/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the shell offer each other. */
#ifndef LLEXT_SHELL_INTERNAL_H_
#define LLEXT_SHELL_INTERNAL_H_

#include <errno.h>
#include <string.h>
#include <llext/shell.h>

/* ---- shell.c ---- */

/* The @at-th of the commands' names; NULL: there are no more. */
const char *llext_shell_command(size_t at);
/* Load what @ldr gives, bring it up, and say how it went. */
int llext_shell_load(struct llext_shell *shell, const char *name, struct llext_loader *ldr);

/* ---- text.c ---- */

/*
 * Text with parts: %s a string, %w one padded with blanks to 16 characters, %n a size_t in decimal,
 * %r one right aligned in 9 characters, %x one in hex, %p an address in hex with leading zeros.
 */
void llext_shell_say(struct llext_shell *shell, const char *format, ...);
/* The next word of a line, ended by NUL; *line moves behind it. NULL: there is none. */
char *llext_shell_next(char **line);
/* A whole word as a number; false where it is none, or too large. */
bool llext_shell_parse(const char *word, unsigned int base, uint32_t *number);

/* ---- upload.c ---- */

int llext_shell_receive(struct llext_shell *shell, const char *name, uint32_t bytes, uint32_t crc);
int llext_shell_received(struct llext_shell *shell, char *line);

#endif /* LLEXT_SHELL_INTERNAL_H_ */
