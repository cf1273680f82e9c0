/* SPDX-License-Identifier: Apache-2.0 */
/* The runner of zephyr/ztest.h's tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <zephyr/llext/symbol.h>
#include <zephyr/ztest.h>

static struct ztest_suite_node *suites;
static struct ztest_unit_test *tests;
static jmp_buf end_of_test;

enum outcome { PASSED, FAILED, SKIPPED };

void z_ztest_add_suite(struct ztest_suite_node *suite)
{
	suite->next = suites;
	suites = suite;
}

void z_ztest_add_test(struct ztest_unit_test *test)
{
	test->next = tests;
	tests = test;
}

void ztest_test_fail(void)
{
	longjmp(end_of_test, FAILED);
}
EXPORT_SYMBOL(ztest_test_fail);

void ztest_test_skip(void)
{
	longjmp(end_of_test, SKIPPED);
}
EXPORT_SYMBOL(ztest_test_skip);

void z_ztest_check(bool holds, const char *file, int line, const char *what, const char *format,
		   ...)
{
	va_list args;

	if (holds)
		return;
	printk("    %s:%d: %s", file, line, what);
	if (format[0] != '\0') {
		printk(": ");
		va_start(args, format);
		vprintk(format, args);
		va_end(args);
	}
	printk("\n");
	ztest_test_fail();
}
EXPORT_SYMBOL(z_ztest_check);

/* Run one part of a test. @return how it has ended: PASSED if it returns, or is not there. */
static enum outcome run_part(void (*part)(void *argument), void *argument)
{
	switch (setjmp(end_of_test)) {
	case PASSED:
		if (part != NULL)
			part(argument);
		return PASSED;
	case SKIPPED:
		return SKIPPED;
	default:
		return FAILED;
	}
}

static enum outcome run_test(const struct ztest_suite_node *suite,
			     const struct ztest_unit_test *test, void *fixture)
{
	enum outcome outcome = run_part(suite->before, fixture);

	if (outcome == PASSED)
		outcome = run_part(test->test, fixture);
	if (run_part(suite->after, fixture) == FAILED)
		outcome = FAILED;
	return outcome;
}

struct setting_up {
	ztest_suite_setup_t setup;
	void *fixture;
};

static void set_up(void *argument)
{
	struct setting_up *up = argument;

	if (up->setup != NULL)
		up->fixture = up->setup();
}

static int run_suite(const struct ztest_suite_node *suite)
{
	static const char *const outcomes[] = {"PASS", "FAIL", "SKIP"};
	struct setting_up up = {suite->setup, NULL};
	int failed = 0, count = 0;

	if (suite->predicate != NULL && !suite->predicate(NULL))
		return 0;
	if (run_part(set_up, &up) == FAILED) {
		printk(" FAIL - %s: its setup\n", suite->name);
		return 1;
	}
	for (const struct ztest_unit_test *test = tests; test != NULL; test = test->next) {
		enum outcome outcome;

		if (strcmp(test->suite, suite->name) != 0)
			continue;
		outcome = run_test(suite, test, up.fixture);
		printk(" %s - %s.%s\n", outcomes[outcome], suite->name, test->name);
		failed += outcome == FAILED;
		count++;
	}
	if (run_part(suite->teardown, up.fixture) == FAILED) {
		printk(" FAIL - %s: its teardown\n", suite->name);
		failed++;
	}
	if (count == 0)
		printk(" FAIL - %s: there is no test\n", suite->name);
	return failed + (count == 0);
}

int ztest_run(void)
{
	int failed = 0;

	for (const struct ztest_suite_node *suite = suites; suite != NULL; suite = suite->next)
		failed += run_suite(suite);
	printk("%s\n", failed == 0 ? "PROJECT EXECUTION SUCCESSFUL" : "PROJECT EXECUTION FAILED");
	return failed;
}

__attribute__((weak)) int main(void)
{
	return ztest_run() != 0;
}
