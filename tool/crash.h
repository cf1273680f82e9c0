/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TENON_CRASH_H_
#define TENON_CRASH_H_

#include "tenon.h"

/* One loaded extension, as far as a crash report needs it. */
struct crash_site {
	const char *name;
	const struct address_map *map;
	const struct file *file;
	const char *hints; /* why a call may fault, as lines of hints_why(); or NULL */
};

/* Places are looked for in these extensions. They may change later. */
void crash_sites(const struct crash_site *sites, const size_t *count);

/*
 * Prints "extension add.o, section .text + 0x12 (function + 0x2)" on standard error; false, and
 * nothing, where the address is in no extension. May be called in a signal handler.
 */
bool crash_put_place(const char *before, uint64_t address);
bool crash_same_function(uint64_t a, uint64_t b);
/* Does a function of an extension begin at this address? */
bool crash_is_function(uint64_t address);
/* What is known of the instruction at an address, which the processor has refused. */
void crash_put_instruction(uint64_t address);
/* What is known of why calls of these extensions may fault. */
void crash_put_hints(void);

/*
 * From now on SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT are reported with the place in these
 * extensions, and end the program with EXIT_CRASH + the signal's number; and so does the end of
 * @timeout seconds, where it is not 0, with EXIT_TIMEOUT.
 */
void crash_watch(const struct crash_site *sites, const size_t *count, unsigned int timeout);

#endif /* TENON_CRASH_H_ */
