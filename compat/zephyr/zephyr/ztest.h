/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Tests in Zephyr's spelling: suites, tests, assertions, in a program of their own. Link
 * Tenon::zephyr_test, whose main() runs all of them, or call ztest_run(). Tests run one after the
 * other in the calling thread, in no particular order; an assertion ends the test only in that
 * thread.
 */
#ifndef ZEPHYR_ZTEST_H_
#define ZEPHYR_ZTEST_H_

#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>
#include <zephyr/ztest_assert.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef bool (*ztest_suite_predicate_t)(const void *state);
typedef void *(*ztest_suite_setup_t)(void);
typedef void (*ztest_suite_before_t)(void *fixture);
typedef void (*ztest_suite_after_t)(void *fixture);
typedef void (*ztest_suite_teardown_t)(void *fixture);

/** @cond private */
struct ztest_suite_node {
	const char *name;
	ztest_suite_predicate_t predicate;
	ztest_suite_setup_t setup;
	ztest_suite_before_t before;
	ztest_suite_after_t after;
	ztest_suite_teardown_t teardown;
	struct ztest_suite_node *next;
};

struct ztest_unit_test {
	const char *suite, *name;
	void (*test)(void *fixture);
	struct ztest_unit_test *next;
};

void z_ztest_add_suite(struct ztest_suite_node *suite);
void z_ztest_add_test(struct ztest_unit_test *test);
/** @endcond */

/**
 * A suite: @p predicate_fn is asked whether it is to run; @p setup_fn gives the fixture, which
 * the others take. Each may be NULL.
 */
#define ZTEST_SUITE(suite_, predicate_fn, setup_fn, before_fn, after_fn, teardown_fn)              \
	__attribute__((constructor)) static void z_ztest_suite_##suite_(void)                      \
	{                                                                                          \
		static struct ztest_suite_node node = {                                            \
			#suite_, predicate_fn, setup_fn, before_fn, after_fn, teardown_fn, NULL};  \
                                                                                                   \
		z_ztest_add_suite(&node);                                                          \
	}                                                                                          \
	struct ztest_suite_node

/** @cond private */
#define Z_ZTEST(suite_, name_)                                                                     \
	__attribute__((constructor)) static void z_ztest_add_##suite_##_##name_(void)              \
	{                                                                                          \
		static struct ztest_unit_test test = {#suite_, #name_, z_ztest_##suite_##_##name_, \
						      NULL};                                       \
                                                                                                   \
		z_ztest_add_test(&test);                                                           \
	}
/** @endcond */

/** A test: `ZTEST(suite, name) { ... }`. */
#define ZTEST(suite_, name_)                                                                       \
	static void z_ztest_body_##suite_##_##name_(void);                                         \
	static void z_ztest_##suite_##_##name_(void *fixture)                                      \
	{                                                                                          \
		(void)fixture;                                                                     \
		z_ztest_body_##suite_##_##name_();                                                 \
	}                                                                                          \
	Z_ZTEST(suite_, name_)                                                                     \
	static void z_ztest_body_##suite_##_##name_(void)

/** A test that takes the suite's fixture, a struct <suite>_fixture, as @c fixture. */
#define ZTEST_F(suite_, name_)                                                                     \
	static void z_ztest_body_##suite_##_##name_(struct suite_##_fixture *fixture);             \
	static void z_ztest_##suite_##_##name_(void *fixture)                                      \
	{                                                                                          \
		z_ztest_body_##suite_##_##name_((struct suite_##_fixture *)fixture);               \
	}                                                                                          \
	Z_ZTEST(suite_, name_)                                                                     \
	static void z_ztest_body_##suite_##_##name_(struct suite_##_fixture *fixture)

/** There is no user mode for the test's own code. */
#define ZTEST_USER   ZTEST
#define ZTEST_USER_F ZTEST_F

#define TC_PRINT printk

/** Run all suites. @return how many tests have failed, suites without tests among them. */
int ztest_run(void);

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_ZTEST_H_ */
