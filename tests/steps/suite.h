/* SPDX-License-Identifier: Apache-2.0 */
/* Loads in steps, on the host and on boards. */
#ifndef SUITE_H
#define SUITE_H

#include <stdbool.h>
#include <stdint.h>

/* What is loaded: one extension in several forms of file. */
struct suite_form {
	const char *name; /* NULL: no more */
	const uint8_t *start, *end;
	bool large; /* with much of everything: not each of its steps is tried */
};

extern const struct suite_form suite_forms[];
extern const uint8_t fixture_big[], fixture_big_end[];

int suite_run(void);
uint64_t suite_instructions(void); /* 0 where they are not counted */

#endif
