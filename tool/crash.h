/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TENON_CRASH_H_
#define TENON_CRASH_H_

#include "tenon.h"

/* One loaded extension, as far as a crash report needs it. */
struct crash_site {
	const char *name;
	const struct address_map *map;
};

/*
 * From now on SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT are reported with the place in these
 * extensions, and end the program with EXIT_CRASH + the signal's number. @sites may change later.
 */
void crash_watch(const struct crash_site *sites, const size_t *count);

#endif /* TENON_CRASH_H_ */
