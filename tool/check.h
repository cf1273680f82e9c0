/* SPDX-License-Identifier: Apache-2.0 */
/* What `tenon check` finds out, and the two forms in which it says it. */
#ifndef TENON_CHECK_H_
#define TENON_CHECK_H_

#include "firmware.h"

/* One extension. */
struct checked {
	const char *path;
	char *name; /* as others know it */
	struct file file;
	bool loads;
	char *reason; /* why not, where no import is missing */
	struct llext_diag diag;
	struct imports imports;
	struct llext_plan plan;
	struct llext *ext;
};

struct check {
	const char *firmware_path;
	struct file firmware_file;
	struct firmware firmware;
	struct desk desk;
	struct checked *files;
	size_t count;
	bool good; /* all load */
};

/*
 * What a file's build attributes say of its floating-point convention, as the flags of an ELF
 * header say it: for readers that come to the header first, and to the attributes never.
 */
uint32_t attributes_as_flags(const struct file *file);

/* Why code of the two does not go together, beside its machine: attributes.c. NULL: it does. */
const char *abi_mismatch(const struct file *file, const struct file *firmware);
/* What code of @file needs that the processor @firmware is compiled for does not have, or NULL. */
const char *processor_mismatch(const struct file *file, const struct file *firmware);
/* How much more that processor has than code of @file, which fits it, needs: 0 is closest. */
unsigned int processor_excess(const struct file *file, const struct file *firmware);

void check_print(const struct check *check, FILE *stream);
void check_print_json(const struct check *check, FILE *stream);

#endif /* TENON_CHECK_H_ */
