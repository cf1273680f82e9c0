/* SPDX-License-Identifier: Apache-2.0 */
/* What `tenon check` finds out, and the two forms in which it says it. */
#ifndef TENON_CHECK_H_
#define TENON_CHECK_H_

#include "firmware.h"
#include "fit.h"
#include "interface.h"
#include "gates.h"

/* One extension. */
struct checked {
	const char *path;
	char *name; /* as others know it */
	struct file file;
	bool loads;
	bool from_memory_only; /* to read it from elsewhere takes more than the heap has */
	char *reason;          /* why not, where no import is missing */
	char *hints;           /* how it was built that is to blame, as lines; or NULL */
	struct llext_diag diag;
	struct fit fit;
	struct imports imports;
	struct llext_plan plan;
	struct llext *ext;
};

struct check {
	const char *firmware_path;
	uint64_t tls_bytes; /* of each thread, where that was given */
	bool tls_given;
	struct file firmware_file;
	struct firmware firmware;
	struct interface interface; /* what it exports, with prototypes where they are known */
	struct desk desk;
	struct checked *files;
	size_t count;
	bool heap_known; /* its size */
	bool sandbox;    /* for a domain: each import of the firmware's needs a gate */
	struct gates gates;
	bool strict;     /* what a linker warns about is an error */
	const char *isa; /* what the processor has beyond what the firmware is compiled for */
	bool good;       /* all load */
};

/* Is the heap where the firmware's file says? It is assumed elsewhere, or given. */
bool check_has_heap(const struct check *check);
/* Is it for this firmware, as far as that can be said without a load? If not, say why. */
bool check_fits(const struct check *check, struct checked *checked);
/*
 * The next range of addresses that an executable takes, from segment *@at on, which is moved on.
 * False: there are no more, or it is no executable.
 */
bool check_next_range(const struct file *file, size_t *at, uint64_t *first, uint64_t *last);
void check_print(const struct check *check, FILE *stream);
void check_print_json(const struct check *check, FILE *stream);

#endif /* TENON_CHECK_H_ */
