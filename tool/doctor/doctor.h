/* SPDX-License-Identifier: Apache-2.0 */
/* What tenon doctor finds out. */
#ifndef TENON_DOCTOR_H_
#define TENON_DOCTOR_H_

#include "tenon.h"

enum state {
	STATE_GOOD,
	STATE_NOTE,    /* it works, and costs something or might surprise */
	STATE_MISSING, /* it is not here, and only some need it */
	STATE_BAD
};

struct finding {
	enum state state;
	const char *area; /* constant text */
	char *name, *text;
	char *remedy; /* NULL: there is nothing to do */
};

struct doctor {
	struct finding *list;
	size_t count;
	char *folder; /* for files that do not stay; NULL: there is none */
};

/* Takes @remedy, from need_text() or NULL; @format is the finding's text. */
void doctor_find(struct doctor *doctor, enum state state, const char *area, const char *name,
		 char *remedy, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* tools.c: what is installed. */
void doctor_tools(struct doctor *doctor);
/*
 * Compile a small extension with a command line (a compiler with options), and look at what came of
 * it: a reason that it does not load is bad, what costs memory is a note. True where it loads;
 * *object is then the file, in doctor->folder, to be freed.
 */
bool doctor_compile(struct doctor *doctor, const char *area, const char *line, char **object);

/* files.c: a firmware's ELF file, or an extension. */
void doctor_file(struct doctor *doctor, const char *path);
/* Is it one, and no extension? */
bool is_firmware(const struct file *file);
/* bundle.c: a .tar.gz with the findings and what can be shown of the files. */
bool doctor_bundle(const struct doctor *doctor, const char *output, char **paths, size_t count,
		   const char *report);

#endif /* TENON_DOCTOR_H_ */
