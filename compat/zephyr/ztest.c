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

static enum outcome run_test(const struct ztest_suite_node *suite,
			     const struct ztest_unit_test *test, void *fixture)
{
	volatile enum outcome outcome = (enum outcome)setjmp(end_of_test);

	if (outcome == PASSED) {
		if (suite->before != NULL)
			suite->before(fixture);
		test->test(fixture);
	}
	if (suite->after != NULL)
		suite->after(fixture);
	return outcome;
}

static int run_suite(const struct ztest_suite_node *suite)
{
	static const char *const outcomes[] = {"PASS", "FAIL", "SKIP"};
	void *fixture = NULL;
	int failed = 0, count = 0;

	if (suite->predicate != NULL && !suite->predicate(NULL))
		return 0;
	if (suite->setup != NULL)
		fixture = suite->setup();
	for (const struct ztest_unit_test *test = tests; test != NULL; test = test->next) {
		enum outcome outcome;

		if (strcmp(test->suite, suite->name) != 0)
			continue;
		outcome = run_test(suite, test, fixture);
		printk(" %s - %s.%s\n", outcomes[outcome], suite->name, test->name);
		failed += outcome == FAILED;
		count++;
	}
	if (suite->teardown != NULL)
		suite->teardown(fixture);
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
