/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : board_assert(__FILE__, __LINE__, #condition))
#endif
#ifndef BOARD_ASSERT_H
#define BOARD_ASSERT_H
_Noreturn void board_assert(const char *file, int line, const char *condition);
#define static_assert _Static_assert
#endif
