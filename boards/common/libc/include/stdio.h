/* SPDX-License-Identifier: Apache-2.0 */
/* The C library's stdio.h: formatted output to the console and to memory. */
#ifndef BOARD_STDIO_H
#define BOARD_STDIO_H
#include <stdarg.h>
#include <stddef.h>
#define EOF (-1)
int putchar(int c);
int puts(const char *s);
/*
 * Conversions: d i u x X o c s p %, with flags - 0 + and space, width, precision, and lengths
 * hh h l ll z t j. No floating point.
 */
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int vprintf(const char *format, va_list arguments);
int snprintf(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments);
#endif
