/* SPDX-License-Identifier: Apache-2.0 */
/* printk over the C library's standard output. A firmware without stdio has a file of its own. */
#include <stdio.h>
#include <llext/symbol.h>
#include <zephyr/sys/printk.h>

void vprintk(const char *fmt, va_list ap)
{
	(void)vprintf(fmt, ap);
}
EXPORT_SYMBOL(vprintk);

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
}
EXPORT_SYMBOL(printk);
