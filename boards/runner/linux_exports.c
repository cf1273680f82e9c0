/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What code of Linux's compilers uses by itself: whether there is one thread, before it counts
 * references; and one function for the sine and the cosine of one number.
 */
#define _GNU_SOURCE
#include <math.h>
#include <llext/symbol.h>

extern char __libc_single_threaded;
EXPORT_SYMBOL(__libc_single_threaded);
EXPORT_SYMBOL(sincos);
EXPORT_SYMBOL(sincosf);
