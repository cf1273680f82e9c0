/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that are wider than the terminal: a style's code takes no column, anything else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "wrap.h"

static void print(const void *what, FILE *stream)
{
	fputs(what, stream);
}

static void wraps(const char *text, const char *expected)
{
	char *found = NULL;
	size_t length;
	FILE *stream = open_memstream(&found, &length);

	assert_non_null(stream);
	wrap_print(stream, print, text);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(found, expected);
	free(found);
}

static void styles(void **state)
{
	(void)state;
	wraps("one two three four\n", "one two three\nfour\n");
	wraps("one \033[1;31mtwo\033[0m three four\n", "one \033[1;31mtwo\033[0m three\nfour\n");
}

static void an_escape_that_is_no_style(void **state)
{
	(void)state;
	wraps("one\033two three four\n", "one\033two three\nfour\n");
	wraps("one\033[2two three four\n", "one\033[2two\nthree four\n");
	wraps("one two three fou\033\n", "one two three\nfou\033\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(styles),
		cmocka_unit_test(an_escape_that_is_no_style),
	};

	/* The width is that of a terminal where standard output is one. */
	if (setenv("COLUMNS", "14", 1) != 0 || freopen("/dev/null", "w", stdout) == NULL)
		return 1;
	return cmocka_run_group_tests_name("wrap", tests, NULL, NULL);
}
