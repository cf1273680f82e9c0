/* SPDX-License-Identifier: Apache-2.0 */
/* zephyr/ztest.h: what passes, what fails, what is skipped, and around what. */
#include <stdio.h>
#include <zephyr/ztest.h>

struct good_fixture {
	int befores, afters, ran;
};

static struct good_fixture good;
static int torn_down, after_failures;

static void *setup(void)
{
	return &good;
}

static void before(void *fixture)
{
	((struct good_fixture *)fixture)->befores++;
}

static void after(void *fixture)
{
	((struct good_fixture *)fixture)->afters++;
}

static void teardown(void *fixture)
{
	torn_down += fixture == &good;
}

ZTEST_SUITE(good, NULL, setup, before, after, teardown);

ZTEST(good, test_assertions)
{
	const char *text = "text";

	zassert_true(good.befores > 0);
	zassert_false(good.befores == 0, "a message");
	zassert_equal(1 + 1, 2, "%d", 1 + 1);
	zassert_not_equal(1, 2);
	zassert_ok(0);
	zassert_not_ok(-1);
	zassert_is_null(NULL);
	zassert_not_null(text);
	zassert_within(5, 4, 1);
	zassert_between_inclusive(5, 5, 6);
	zassert_str_equal(text, "text");
	zassert_mem_equal(text, "texts", 4);
	good.ran++;
}

ZTEST_F(good, test_fixture)
{
	zassert_equal_ptr(fixture, &good);
	fixture->ran++;
}

ZTEST(good, test_skipped)
{
	good.ran++;
	ztest_test_skip();
	good.ran += 100;
}

/* Each of these fails, and so is caught. */
static void after_failure(void *fixture)
{
	after_failures += fixture == NULL;
}

ZTEST_SUITE(bad, NULL, NULL, NULL, after_failure, NULL);

#define BAD(name, statement)                                                                       \
	ZTEST(bad, name)                                                                           \
	{                                                                                          \
		statement;                                                                         \
		good.ran += 1000;                                                                  \
	}
BAD(test_true, zassert_true(false, "number %d", 5))
BAD(test_false, zassert_false(true))
BAD(test_equal, zassert_equal(1, 2))
BAD(test_not_equal, zassert_not_equal(2, 2))
BAD(test_ok, zassert_ok(-5))
BAD(test_not_ok, zassert_not_ok(0))
BAD(test_null, zassert_is_null("x"))
BAD(test_not_null, zassert_not_null(NULL))
BAD(test_within, zassert_within(5, 3, 1))
BAD(test_between, zassert_between_inclusive(4, 5, 6))
BAD(test_string, zassert_str_equal("a", "b"))
BAD(test_memory, zassert_mem_equal("ab", "ac", 2))
BAD(test_unreachable, zassert_unreachable())
BAD(test_fail, ztest_test_fail())
#define BADS 14

/* Around tests, too. */
static int ended;

static void *fail_setup(void)
{
	zassert_true(false, "setup");
	return NULL;
}

static void fail_before(void *fixture)
{
	zassert_not_null(fixture, "before");
}

static void fail_after(void *fixture)
{
	ended++;
	zassert_not_null(fixture, "after");
}

static void fail_teardown(void *fixture)
{
	ended += 10;
	zassert_not_null(fixture, "teardown");
}

ZTEST_SUITE(bad_setup, NULL, fail_setup, NULL, NULL, fail_teardown);
ZTEST_SUITE(bad_before, NULL, NULL, fail_before, NULL, NULL);
ZTEST_SUITE(bad_end, NULL, NULL, NULL, fail_after, fail_teardown);

ZTEST(bad_setup, test_not_run)
{
	good.ran += 1000;
}

ZTEST(bad_before, test_not_run)
{
	good.ran += 1000;
}

ZTEST(bad_end, test_passes)
{
	ended += 100;
}
#define BAD_ROUND 4 /* a setup, a before, an after, a teardown */

static bool never(const void *state)
{
	return state != NULL;
}

ZTEST_SUITE(not_asked_for, never, NULL, NULL, NULL, NULL);

ZTEST(not_asked_for, test_nothing)
{
	good.ran += 10000;
}

int main(void)
{
	int failed = ztest_run();

	if (failed != BADS + BAD_ROUND || ended != 111 || good.ran != 3 || good.befores != 3 ||
	    good.afters != 3 || torn_down != 1 || after_failures != BADS) {
		printf("FAILED: %d failed, ran %d, %d before, %d after, %d torn down, %d after "
		       "bad\n",
		       failed, good.ran, good.befores, good.afters, torn_down, after_failures);
		return 1;
	}
	puts("as it should be");
	return 0;
}
