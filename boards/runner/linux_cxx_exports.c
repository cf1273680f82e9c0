/* SPDX-License-Identifier: Apache-2.0 */
/* Code of Linux's C++ compiler asks whether there is one thread before it counts references. */
#include <llext/symbol.h>

extern char __libc_single_threaded;
EXPORT_SYMBOL(__libc_single_threaded);
