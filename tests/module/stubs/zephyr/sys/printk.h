/* SPDX-License-Identifier: Apache-2.0 */
/* A stub of what ports/zephyr uses of Zephyr's header. */
#ifndef STUB_ZEPHYR_SYS_PRINTK_H
#define STUB_ZEPHYR_SYS_PRINTK_H

#include <stdarg.h>

void printk(const char *format, ...);
void vprintk(const char *format, va_list args);

#endif /* STUB_ZEPHYR_SYS_PRINTK_H */
