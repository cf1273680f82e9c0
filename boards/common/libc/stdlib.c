/* SPDX-License-Identifier: Apache-2.0 */
/* stdlib.h without the allocator, errno and assert. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include "../internal.h"

int errno;

void abort(void)
{
	board_puts("abort\n");
	board_exit(134); /* what a shell shows for SIGABRT */
}

void exit(int status)
{
	board_exit(status);
}

void board_assert(const char *file, int line, const char *condition)
{
	printf("%s:%d: assertion failed: %s\n", file, line, condition);
	abort();
}

int abs(int n)
{
	return n < 0 ? -n : n;
}

long labs(long n)
{
	return n < 0 ? -n : n;
}

static int digit_of(char c)
{
	if (isdigit(c))
		return c - '0';
	return isalpha(c) ? tolower(c) - 'a' + 10 : INT_MAX;
}

/* Parses digits; *end is where they end, or @s if there are none. *overflow if they do not fit. */
static unsigned long digits(const char *s, const char **end, int base, bool *overflow)
{
	unsigned long value = 0;

	*overflow = false;
	if (s[0] == '0' && (base == 0 || base == 16) && tolower(s[1]) == 'x' &&
	    digit_of(s[2]) < 16) {
		s += 2;
		base = 16;
	}
	if (base == 0)
		base = *s == '0' ? 8 : 10;
	for (*end = s; digit_of(*s) < base; *end = ++s) {
		unsigned long digit = (unsigned long)digit_of(*s);

		if (value > (ULONG_MAX - digit) / (unsigned long)base)
			*overflow = true;
		value = value * (unsigned long)base + digit;
	}
	return value;
}

static unsigned long signed_digits(const char *s, char **end, int base, bool *minus, bool *overflow)
{
	const char *start = s, *stop;

	while (isspace(*s))
		s++;
	*minus = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	unsigned long value = digits(s, &stop, base, overflow);

	if (end)
		*end = (char *)(uintptr_t)(stop == s ? start : stop);
	return value;
}

unsigned long strtoul(const char *restrict s, char **restrict end, int base)
{
	bool minus, overflow;
	unsigned long value = signed_digits(s, end, base, &minus, &overflow);

	if (overflow) {
		errno = ERANGE;
		return ULONG_MAX;
	}
	return minus ? -value : value;
}

long strtol(const char *restrict s, char **restrict end, int base)
{
	bool minus, overflow;
	unsigned long value = signed_digits(s, end, base, &minus, &overflow);

	if (overflow || value > (unsigned long)LONG_MAX + minus) {
		errno = ERANGE;
		return minus ? LONG_MIN : LONG_MAX;
	}
	return minus ? (long)-value : (long)value;
}

int atoi(const char *s)
{
	return (int)strtol(s, NULL, 10);
}
