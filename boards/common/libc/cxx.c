/* SPDX-License-Identifier: Apache-2.0 */
/* What a C++ library asks of the C library beside memory. A program may have its own. */
#include <stdlib.h>
#include "../internal.h"

/* Tells atexit functions of one image from another's. There is one image. */
__attribute__((weak)) void *__dso_handle;

int __cxa_atexit(void (*function)(void *), void *argument, void *image);
char *strerror(int error);
void _ZSt21__glibcxx_assert_failPKciS0_S0_(const char *file, int line, const char *function,
					   const char *condition);

/* A board stops where it is: destructors of static objects never run. */
__attribute__((weak)) int __cxa_atexit(void (*function)(void *), void *argument, void *image)
{
	(void)function;
	(void)argument;
	(void)image;
	return 0;
}

/* std::system_error's texts: this library has none. */
__attribute__((weak)) char *strerror(int error)
{
	(void)error;
	return "error";
}

/* std::__glibcxx_assert_fail: the library's own would bring streams. */
__attribute__((weak)) void _ZSt21__glibcxx_assert_failPKciS0_S0_(const char *file, int line,
								 const char *function,
								 const char *condition)
{
	(void)file;
	(void)line;
	board_puts("board: ");
	board_puts(function != NULL ? function : "the C++ library");
	board_puts(": assertion failed: ");
	board_puts(condition != NULL ? condition : "");
	board_puts("\n");
	abort();
}
