/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Messages to the firmware's console. The firmware provides them: compat/zephyr/printk_stdio.c does
 * so with the C library's standard output, and one that has no stdio defines and exports its own.
 */
#ifndef ZEPHYR_SYS_PRINTK_H_
#define ZEPHYR_SYS_PRINTK_H_

#include <stdarg.h>
#include <zephyr/toolchain.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Print, with printf's formats. Thread context. */
__printf_like(1, 2) void printk(const char *fmt, ...);

/** As printk(), with the arguments in a list. */
__printf_like(1, 0) void vprintk(const char *fmt, va_list ap);

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_SYS_PRINTK_H_ */
