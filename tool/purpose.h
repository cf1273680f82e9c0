/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TENON_PURPOSE_H_
#define TENON_PURPOSE_H_

#include "tenon.h"

/* Why a file is of no use though a loader would take it, and what to do; NULL: it is of use. */
const char *file_useless(const struct file *file);

/* Is some of its code there as the compiler's bytecode only, which ld -r cannot compile? */
bool file_lacks_code(const struct file *file);

/* Have its relocations been stripped? GNU's strip -s -K NAME keeps the symbol, and drops them. */
bool file_lacks_relocations(const struct file *file);

/*
 * The section other than .init_array in which a linker script has gathered constructors, between
 * two symbols for a firmware's start-up code; NULL: none.
 */
const char *file_loses_constructors(const struct file *file);

/*
 * Has a linker made absolute addresses of common symbols, as mold's -r does? The first one, then.
 */
bool file_loses_common(const struct file *file, struct symbol *lost);

/* foreign.c: what it is instead of an ELF file, and what to do; NULL: it is one. */
const char *file_no_elf(const struct file *file);
/* Text with at most one name a line, and behind a # what is for people: how many; -1: it is none.
 */
int64_t file_names(const struct file *file);
/* Is it one that can be read? One that is of use? If not, complain. */
bool file_must_be_sound(const struct file *file);
bool file_must_be_useful(const struct file *file);

#endif /* TENON_PURPOSE_H_ */
