/* SPDX-License-Identifier: Apache-2.0 */
/* Other programs, run by the command. */
#ifndef TENON_PROGRAM_H_
#define TENON_PROGRAM_H_

#include <stdbool.h>
#include <stddef.h>

/*
 * Run @argv, ended by NULL, whose program is looked for in PATH, and wait for its end. True where
 * it has ended well; complains where it could not be started.
 */
bool program_run(const char *const *argv);

/*
 * The same, with what it prints on standard output, to be freed; nothing of it is shown. NULL where
 * it could not be started, or has not ended well.
 */
char *program_output(const char *const *argv);

/* The same of what need not be text; NULL also where it is more than @most bytes. */
char *program_bytes(const char *const *argv, size_t most, size_t *length);

#endif /* TENON_PROGRAM_H_ */
