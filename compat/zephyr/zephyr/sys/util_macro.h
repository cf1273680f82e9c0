/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Zephyr's macros about the configuration.
 */
#ifndef ZEPHYR_SYS_UTIL_MACRO_H_
#define ZEPHYR_SYS_UTIL_MACRO_H_

#include <llext/config.h>

/** 1 where an option is on, that is defined as 1; else 0. For \#if and for expressions. */
#ifndef IS_ENABLED
#define IS_ENABLED(option) LLEXT_ON(option)
#endif

/** The code in parentheses, where an option is on; else nothing. */
#ifndef IF_ENABLED
#define IF_ENABLED(option, code)  Z_IF_ENABLED1_(option, code)
#define Z_IF_ENABLED1_(one, code) Z_IF_ENABLED2_(LLEXT_ONE_##one, code)
#define Z_IF_ENABLED2_(one, code) LLEXT_SECOND_(one Z_IF_ENABLED_CODE_, Z_IF_ENABLED_NONE_, 0) code
#define Z_IF_ENABLED_CODE_(...)   __VA_ARGS__
#define Z_IF_ENABLED_NONE_(...)
#endif

#endif /* ZEPHYR_SYS_UTIL_MACRO_H_ */
