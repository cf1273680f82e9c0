/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Zephyr's assertions, over the C library's.
 */
#ifndef ZEPHYR_SYS___ASSERT_H_
#define ZEPHYR_SYS___ASSERT_H_

#include <assert.h>

#define __ASSERT(condition, ...)   assert(condition)
#define __ASSERT_NO_MSG(condition) assert(condition)

#endif /* ZEPHYR_SYS___ASSERT_H_ */
