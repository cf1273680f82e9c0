/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What compiled C++ needs of the C++ library without naming any of it: new and delete, pure virtual
 * functions, exceptions, type information. Names are mangled as the Itanium C++ ABI says, with a
 * size_t that is unsigned int on 32-bit machines (_Znwj) and unsigned long on 64-bit ones (_Znwm).
 */
#include <stdint.h>
#include <llext/symbol.h>

#ifndef CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_LIBSTDCXX
#define CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_LIBSTDCXX 0
#endif

/* Only the address matters. */
#define FUNCTION(name)                                                                             \
	extern void name(void);                                                                    \
	EXPORT_GROUP_SYMBOL(LIBSTDCXX, name)
#define OBJECT(name)                                                                               \
	extern const char name[];                                                                  \
	EXPORT_GROUP_SYMBOL(LIBSTDCXX, name)

/* operator new, operator delete, with and without the size */
#if defined(__SIZEOF_SIZE_T__) && __SIZEOF_SIZE_T__ == 8
FUNCTION(_Znam);
FUNCTION(_Znwm);
FUNCTION(_ZdaPvm);
FUNCTION(_ZdlPvm);
#else
FUNCTION(_Znaj);
FUNCTION(_Znwj);
FUNCTION(_ZdaPvj);
FUNCTION(_ZdlPvj);
#endif
FUNCTION(_ZdaPv);
FUNCTION(_ZdlPv);

/* The C++ ABI's own */
FUNCTION(__cxa_guard_abort);
FUNCTION(__cxa_guard_acquire);
FUNCTION(__cxa_guard_release);
FUNCTION(__cxa_pure_virtual);
FUNCTION(__dynamic_cast);
OBJECT(_ZTVN10__cxxabiv117__class_type_infoE);
OBJECT(_ZTVN10__cxxabiv119__pointer_type_infoE);
OBJECT(_ZTVN10__cxxabiv120__si_class_type_infoE);
OBJECT(_ZTVN10__cxxabiv121__vmi_class_type_infoE);

/* Exceptions */
FUNCTION(_Unwind_Resume);
FUNCTION(__cxa_allocate_exception);
FUNCTION(__cxa_begin_catch);
FUNCTION(__cxa_call_unexpected);
FUNCTION(__cxa_end_catch);
FUNCTION(__cxa_free_exception);
FUNCTION(__cxa_rethrow);
FUNCTION(__cxa_throw);
FUNCTION(__cxa_throw_bad_array_new_length);
FUNCTION(__gxx_personality_v0);
FUNCTION(_ZSt9terminatev);
#if defined(__ARM_EABI__)
FUNCTION(__aeabi_unwind_cpp_pr0);
FUNCTION(__aeabi_unwind_cpp_pr1);
FUNCTION(__aeabi_unwind_cpp_pr2);
FUNCTION(__cxa_end_cleanup);
#endif

/* Type information of the fundamental types that are thrown, and of std::exception */
OBJECT(_ZTIPKc);
OBJECT(_ZTIb);
OBJECT(_ZTIc);
OBJECT(_ZTId);
OBJECT(_ZTIf);
OBJECT(_ZTIi);
OBJECT(_ZTIj);
OBJECT(_ZTIl);
OBJECT(_ZTIm);
OBJECT(_ZTISt9exception);
