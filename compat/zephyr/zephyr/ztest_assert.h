/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Assertions in Zephyr's spelling, for tests (zephyr/ztest.h) and for extensions that tests load.
 * The message may be left out: a format and its arguments. What does not hold is printed and ends
 * the test.
 */
#ifndef ZEPHYR_ZTEST_ASSERT_H_
#define ZEPHYR_ZTEST_ASSERT_H_

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @cond private */
/* In firmware, compat/zephyr/ztest.c, and exported. */
void z_ztest_check(bool holds, const char *file, int line, const char *what, const char *format,
		   ...);
/** @endcond */

/** End the test: it has failed, or is of no use here. Not from an extension's initialisers. */
void ztest_test_fail(void);
void ztest_test_skip(void);

/** @cond private */
#define Z_ZTEST_CHECK(holds, what, ...)                                                            \
	z_ztest_check((holds), __FILE__, __LINE__, what, "" __VA_ARGS__)
/** @endcond */

#define zassert_true(condition, ...) Z_ZTEST_CHECK(condition, #condition " is false", __VA_ARGS__)
#define zassert_false(condition, ...)                                                              \
	Z_ZTEST_CHECK(!(condition), #condition " is true", __VA_ARGS__)
#define zassert_unreachable(...)    Z_ZTEST_CHECK(false, "reached", __VA_ARGS__)
#define zassert_ok(result, ...)     Z_ZTEST_CHECK((result) == 0, #result " is not 0", __VA_ARGS__)
#define zassert_not_ok(result, ...) Z_ZTEST_CHECK((result) != 0, #result " is 0", __VA_ARGS__)
#define zassert_is_null(pointer, ...)                                                              \
	Z_ZTEST_CHECK((pointer) == NULL, #pointer " is not NULL", __VA_ARGS__)
#define zassert_not_null(pointer, ...)                                                             \
	Z_ZTEST_CHECK((pointer) != NULL, #pointer " is NULL", __VA_ARGS__)
#define zassert_equal(a, b, ...)     Z_ZTEST_CHECK((a) == (b), #a " is not " #b, __VA_ARGS__)
#define zassert_not_equal(a, b, ...) Z_ZTEST_CHECK((a) != (b), #a " is " #b, __VA_ARGS__)
#define zassert_equal_ptr(a, b, ...)                                                               \
	Z_ZTEST_CHECK((const void *)(a) == (const void *)(b), #a " is not " #b, __VA_ARGS__)
/** @p a is at most @p delta away from @p b. */
#define zassert_within(a, b, delta, ...)                                                           \
	Z_ZTEST_CHECK((a) >= (b) - (delta) && (a) <= (b) + (delta), #a " is not near " #b,         \
		      __VA_ARGS__)
#define zassert_between_inclusive(a, low, high, ...)                                               \
	Z_ZTEST_CHECK((a) >= (low) && (a) <= (high), #a " is not from " #low " to " #high,         \
		      __VA_ARGS__)
#define zassert_mem_equal(a, b, bytes, ...)                                                        \
	Z_ZTEST_CHECK(memcmp(a, b, bytes) == 0, #a " is not " #b, __VA_ARGS__)
#define zassert_str_equal(a, b, ...) Z_ZTEST_CHECK(strcmp(a, b) == 0, #a " is not " #b, __VA_ARGS__)

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_ZTEST_ASSERT_H_ */
