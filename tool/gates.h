/* SPDX-License-Identifier: Apache-2.0 */
/* What a firmware offers to sandboxed extensions. */
#ifndef TENON_GATES_H_
#define TENON_GATES_H_

#include "desk.h"

/* Names that have a gate, or are user-callable; sorted. They point into the file. */
struct gates {
	const char **names;
	size_t count;
	bool thread_local_variables; /* of a domain's own */
};

/* Does a symbol of the firmware say something of gates? */
bool gates_mark(const char *symbol);
/* @return false where the file's symbols, which say so, were stripped. */
bool gates_read(struct gates *gates, const struct file *firmware);
bool gates_have(const struct gates *gates, const char *name);
/* The imports that the firmware provides to trusted extensions only, as a list; NULL: none. Weak
 * ones are not in it: they become missing. */
char *gates_lacking(const struct gates *gates, const struct file *file, struct imports *imports);
void gates_free(struct gates *gates);

#endif /* TENON_GATES_H_ */
