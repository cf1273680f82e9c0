/* SPDX-License-Identifier: Apache-2.0 */
/* What the errors of a load mean. */
#ifndef TENON_EXPLAIN_H_
#define TENON_EXPLAIN_H_

#include "tenon.h"

/* A row of docs/errors.md, without its Markdown. */
struct explanation {
	char id[12];     /* "E0902"; of the number that a call returns its name: "ENODATA" */
	long numbers[2]; /* of that: Linux's, and newlib's if it is another one; else 0 */
	char message[256];
	char text[1024]; /* what it means and what to do */
};

/*
 * The row of an id, of a message, or of the longest message that a line has in it. False: none.
 */
bool explain_id(const char *id, struct explanation *out);
bool explain_message(const char *message, struct explanation *out);
bool explain_line(const char *line, struct explanation *out);
/*
 * A number by its name, "ENOEXEC", or by itself, 8: what it means as the message, whose move it is
 * as the text. Some numbers are two errors, of Linux and of newlib: *@at as in explain_next().
 */
bool explain_errno(const char **at, const char *name, long number, struct explanation *out);
/* The row after *@at, NULL for the first one, and where to go on. False: there is none. */
bool explain_next(const char **at, struct explanation *out);

/* "  hint: ..." behind a complaint; nothing where the record's message is not in the table. */
void print_hint(FILE *stream, const struct llext_diag *diag);
/* The same of a record as text, such as a board's. */
void print_hint_for_line(FILE *stream, const char *line);
/* Complain of what a record says, with its hint. */
void complain_diag(const char *subject, const struct llext_diag *diag,
		   size_t (*format)(const struct llext_diag *, char *, size_t));

#endif /* TENON_EXPLAIN_H_ */
