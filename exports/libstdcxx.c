/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What compiled C++ needs of the C++ library without naming any of it: new and delete, pure virtual
 * functions, exceptions, type information; and what containers and strings leave to the library.
 * Names are mangled as the Itanium C++ ABI says, with a size_t that is unsigned int on 32-bit
 * machines (_Znwj) and unsigned long on 64-bit ones (_Znwm).
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
OBJECT(_ZTISt16invalid_argument);
OBJECT(_ZTISt12length_error);
OBJECT(_ZTISt11logic_error);
OBJECT(_ZTISt12out_of_range);
OBJECT(_ZTISt13runtime_error);
OBJECT(_ZTISt9bad_alloc);
OBJECT(_ZTVSt9exception);

/* What containers throw, in functions of the library */
FUNCTION(_ZSt17__throw_bad_allocv);
FUNCTION(_ZSt19__throw_logic_errorPKc);
FUNCTION(_ZSt20__throw_length_errorPKc);
FUNCTION(_ZSt20__throw_out_of_rangePKc);
FUNCTION(_ZSt24__throw_out_of_range_fmtPKcz);
FUNCTION(_ZSt28__throw_bad_array_new_lengthv);

/* The standard exceptions: made of a text or a string, destroyed, asked what they are */
#define EXCEPTION(length_and_name)                                                                  \
	FUNCTION(_ZNSt##length_and_name##C1EPKc);                                                   \
	FUNCTION(                                                                                   \
		_ZNSt##length_and_name##C1ERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE); \
	FUNCTION(_ZNSt##length_and_name##D1Ev)
EXCEPTION(11logic_error);
EXCEPTION(12length_error);
EXCEPTION(12out_of_range);
EXCEPTION(13runtime_error);
EXCEPTION(16invalid_argument);
FUNCTION(_ZNSt9exceptionD2Ev);
FUNCTION(_ZNSt9bad_allocD1Ev);
FUNCTION(_ZNKSt9exception4whatEv);

/* std::string, of which the library has the functions that compilers do not expand */
#define STRING(name)       FUNCTION(_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE##name)
#define STRING_CONST(name) FUNCTION(_ZNKSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE##name)
STRING(10_M_disposeEv);
STRING(13_S_copy_charsEPcPKcS7_);
STRING(13_S_copy_charsEPcS5_S5_);
STRING(6appendEPKc);
STRING(6appendERKS4_);
STRING(6assignEPKc);
STRING(9_M_assignERKS4_);
STRING(9push_backEc);
STRING(C1EOS4_);
STRING(C1ERKS4_);
STRING(D1Ev);
STRING(aSERKS4_);
STRING(aSEOS4_);
STRING_CONST(7compareEPKc);
STRING_CONST(7compareERKS4_);
#if defined(__SIZEOF_SIZE_T__) && __SIZEOF_SIZE_T__ == 8
STRING(10_M_replaceEmmPKcm);
STRING(12_M_constructEmc);
STRING(5eraseEmm);
STRING(6appendEPKcm);
STRING(6appendEmc);
STRING(6insertEmPKc);
STRING(6insertEmRKS4_);
STRING(6resizeEmc);
STRING(7_S_copyEPcPKcm);
STRING(7reserveEm);
STRING(8_M_eraseEmm);
STRING(9_M_appendEPKcm);
STRING(9_M_createERmm);
STRING(9_M_mutateEmmPKcm);
STRING_CONST(4findEPKcmm);
STRING_CONST(4findEcm);
STRING_CONST(6substrEmm);
#else
STRING(10_M_replaceEjjPKcj);
STRING(12_M_constructEjc);
STRING(5eraseEjj);
STRING(6appendEPKcj);
STRING(6appendEjc);
STRING(6insertEjPKc);
STRING(6insertEjRKS4_);
STRING(6resizeEjc);
STRING(7_S_copyEPcPKcj);
STRING(7reserveEj);
STRING(8_M_eraseEjj);
STRING(9_M_appendEPKcj);
STRING(9_M_createERjj);
STRING(9_M_mutateEjjPKcj);
STRING_CONST(4findEPKcjj);
STRING_CONST(4findEcj);
STRING_CONST(6substrEjj);
#endif
