/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What compiled C++ needs of the C++ library without naming any of it: new and delete, pure virtual
 * functions, exceptions, type information; and what containers and strings leave to the library.
 */
#include <stdint.h>
#include <llext/symbol.h>

/* Only the address matters. */
#define FUNCTION(name)                                                                             \
	extern void name(void);                                                                    \
	EXPORT_GROUP_SYMBOL(LIBSTDCXX, name)
#define OBJECT(name)                                                                               \
	extern const char name[];                                                                  \
	EXPORT_GROUP_SYMBOL(LIBSTDCXX, name)

#include "libstdcxx_names.h"

/* The unwinder's, in the compiler's own library */
FUNCTION(_Unwind_Resume);
FUNCTION(__gcc_personality_v0); /* of C: -fexceptions, and a variable with a clean-up function */
#if defined(__ARM_EABI__)
FUNCTION(__aeabi_unwind_cpp_pr0);
FUNCTION(__aeabi_unwind_cpp_pr1);
FUNCTION(__aeabi_unwind_cpp_pr2);
#endif
