/* SPDX-License-Identifier: Apache-2.0 */
/* A test of swaps that is a program of its own: its checks, and what an empty slot has. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdio.h>
#include "suite.h"

static unsigned int failures, checks;

void suite_check(bool ok, const char *file, int line, const char *what)
{
	checks++;
	if (ok)
		return;
	failures++;
	printf("%s:%d: %s\n", file, line, what);
}

static inline int no_version(void)
{
	return 0;
}

static inline int no_add(int a, int b)
{
	return a + b;
}

static inline unsigned int no_count(void)
{
	return 0;
}

static inline int no_twice(int a)
{
	return a;
}

#endif
