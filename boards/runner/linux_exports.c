/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What code of Linux's compilers uses by itself: whether there is one thread, before it counts
 * references; one function for the sine and the cosine of one number; and what the headers of
 * Linux's C library make of ISO C's names (Linux Standard Base, "Base Libraries").
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <llext/symbol.h>

#define CTYPE_LOWEST (-128)
#define CTYPE_COUNT  384

extern char __libc_single_threaded;
EXPORT_SYMBOL(__libc_single_threaded);
EXPORT_SYMBOL(sincos);
EXPORT_SYMBOL(sincosf);
EXPORT_SYMBOL_NAMED(setjmp, _setjmp);
EXPORT_SYMBOL_NAMED(sscanf, __isoc99_sscanf);

static _Noreturn void assert_fail(const char *what, const char *file, unsigned int line,
				  const char *function)
{
	printf("%s:%u: %s: Assertion `%s' failed.\n", file, line, function, what);
	abort();
}
EXPORT_SYMBOL_NAMED(assert_fail, __assert_fail);

/* Classes of a character as Linux's <ctype.h> has them. */
static uint16_t classes(int c)
{
	return (uint16_t)((isupper(c) ? 0x100 : 0) | (islower(c) ? 0x200 : 0) |
			  (isalpha(c) ? 0x400 : 0) | (isdigit(c) ? 0x800 : 0) |
			  (isxdigit(c) ? 0x1000 : 0) | (isspace(c) ? 0x2000 : 0) |
			  (isprint(c) ? 0x4000 : 0) | (isgraph(c) ? 0x8000 : 0) |
			  (isblank(c) ? 1 : 0) | (iscntrl(c) ? 2 : 0) | (ispunct(c) ? 4 : 0) |
			  (isalnum(c) ? 8 : 0));
}

/*
 * Tables of all values of char and unsigned char, filled when one is first asked for; what code
 * gets is a pointer to a pointer to the element of 0.
 */
static const uint16_t **ctype_b_loc(void)
{
	static uint16_t table[CTYPE_COUNT];
	static const uint16_t *zero;

	if (zero == NULL) {
		for (int c = 0; c < 128; c++)
			table[c - CTYPE_LOWEST] = classes(c);
		zero = table - CTYPE_LOWEST;
	}
	return &zero;
}
EXPORT_SYMBOL_NAMED(ctype_b_loc, __ctype_b_loc);

struct cases {
	int32_t table[CTYPE_COUNT];
	const int32_t *zero;
};

static const int32_t **cases_by(struct cases *cases, int (*convert)(int))
{
	if (cases->zero == NULL) {
		for (int c = CTYPE_LOWEST; c < CTYPE_COUNT + CTYPE_LOWEST; c++)
			cases->table[c - CTYPE_LOWEST] = c >= 0 && c < 128 ? convert(c) : c;
		cases->zero = cases->table - CTYPE_LOWEST;
	}
	return &cases->zero;
}

static const int32_t **ctype_toupper_loc(void)
{
	static struct cases upper;

	return cases_by(&upper, toupper);
}
EXPORT_SYMBOL_NAMED(ctype_toupper_loc, __ctype_toupper_loc);

static const int32_t **ctype_tolower_loc(void)
{
	static struct cases lower;

	return cases_by(&lower, tolower);
}
EXPORT_SYMBOL_NAMED(ctype_tolower_loc, __ctype_tolower_loc);
