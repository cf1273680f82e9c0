/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An option that is off is undefined, one that is on is 1, whoever said so. Compiled in several
 * configurations; EXPECT_ON lists one bit for each question below.
 */
#include <llext/llext.h>

#ifdef CONFIG_LLEXT
#define BIT_0 1
#else
#define BIT_0 0
#endif
#ifdef CONFIG_LLEXT_DIAG
#define BIT_1 2
#else
#define BIT_1 0
#endif
#ifdef CONFIG_LLEXT_STORAGE_WRITABLE
#define BIT_2 4
#else
#define BIT_2 0
#endif
#ifdef CONFIG_HARVARD
#define BIT_3 8
#else
#define BIT_3 0
#endif
#ifdef CONFIG_USERSPACE
#define BIT_4 16
#else
#define BIT_4 0
#endif
#ifdef CONFIG_LLEXT_HEAP_DYNAMIC
#define BIT_5 32
#else
#define BIT_5 0
#endif
#ifdef CONFIG_LLEXT_TYPE_ELF_OBJECT
#define BIT_6 64
#else
#define BIT_6 0
#endif
#ifdef CONFIG_LLEXT_TYPE_ELF_SHAREDLIB
#define BIT_7 128
#else
#define BIT_7 0
#endif
#ifdef CONFIG_LLEXT_TRUST
#define BIT_8 256
#else
#define BIT_8 0
#endif

#define FOUND (BIT_0 | BIT_1 | BIT_2 | BIT_3 | BIT_4 | BIT_5 | BIT_6 | BIT_7 | BIT_8)
_Static_assert(FOUND == EXPECT_ON, "an option is on that should be off, or the other way round");

/* The same answers, in preprocessor and expression. */
#if LLEXT_ON(CONFIG_LLEXT_DIAG) != (BIT_1 != 0)
#error "LLEXT_ON() does not agree with #ifdef"
#endif
_Static_assert(LLEXT_ON(CONFIG_HARVARD) == (BIT_3 != 0), "LLEXT_ON() in an expression");
_Static_assert(LLEXT_ON(CONFIG_OF_NOBODY) == 0, "an unknown option is off");
