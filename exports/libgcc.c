/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions that the compiler itself calls: long arithmetic, floating point where the part has
 * no unit for it. Which ones there are depends on the machine; GCC's and LLVM's libraries have the
 * same names.
 */
#include <stdint.h>
#include <llext/symbol.h>

#ifndef CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_LIBGCC
#define CONFIG_LLEXT_EXPORT_SYMBOL_GROUP_LIBGCC 0
#endif

/* Only the address matters. Under its own name the compiler would want the type that it knows. */
#define HELPER(name)                                                                               \
	extern void helper_##name(void) __asm__(#name);                                            \
	EXPORT_GROUP_SYMBOL_NAMED(LIBGCC, helper_##name, name)

/* All machines */
HELPER(__bswapdi2);
HELPER(__bswapsi2);
HELPER(__clear_cache);
HELPER(__clzdi2);
HELPER(__ctzdi2);
HELPER(__divdc3);
HELPER(__divsc3);
HELPER(__muldc3);
HELPER(__mulsc3);
HELPER(__popcountdi2);
HELPER(__powidf2);
HELPER(__powisf2);

#if UINTPTR_MAX > 0xffffffff
HELPER(__clzti2);
HELPER(__ctzti2);
HELPER(__divti3);
HELPER(__fixdfti);
HELPER(__fixunsdfti);
HELPER(__floattidf);
HELPER(__floatuntidf);
HELPER(__modti3);
HELPER(__udivti3);
HELPER(__umodti3);
#else
HELPER(__ashldi3);
HELPER(__ashrdi3);
HELPER(__clzsi2);
HELPER(__ctzsi2);
HELPER(__divdi3);
HELPER(__lshrdi3);
HELPER(__moddi3);
HELPER(__muldi3);
HELPER(__popcountsi2);
HELPER(__udivdi3);
HELPER(__umoddi3);
#endif

#if UINTPTR_MAX <= 0xffffffff && !defined(__arm__)
/* Arithmetic by software */
HELPER(__divsi3);
HELPER(__modsi3);
HELPER(__mulsi3);
HELPER(__udivsi3);
HELPER(__umodsi3);
HELPER(__adddf3);
HELPER(__addsf3);
HELPER(__divdf3);
HELPER(__divsf3);
HELPER(__eqdf2);
HELPER(__eqsf2);
HELPER(__extendsfdf2);
HELPER(__fixdfdi);
HELPER(__fixdfsi);
HELPER(__fixsfdi);
HELPER(__fixsfsi);
HELPER(__fixunsdfdi);
HELPER(__fixunsdfsi);
HELPER(__fixunssfdi);
HELPER(__fixunssfsi);
HELPER(__floatdidf);
HELPER(__floatdisf);
HELPER(__floatsidf);
HELPER(__floatsisf);
HELPER(__floatundidf);
HELPER(__floatundisf);
HELPER(__floatunsidf);
HELPER(__floatunsisf);
HELPER(__gedf2);
HELPER(__gesf2);
HELPER(__gtdf2);
HELPER(__gtsf2);
HELPER(__ledf2);
HELPER(__lesf2);
HELPER(__ltdf2);
HELPER(__ltsf2);
HELPER(__muldf3);
HELPER(__mulsf3);
HELPER(__nedf2);
HELPER(__nesf2);
HELPER(__subdf3);
HELPER(__subsf3);
HELPER(__truncdfsf2);
HELPER(__unorddf2);
HELPER(__unordsf2);
#endif

#if defined(__arm__)
/* The Arm run-time ABI's names */
HELPER(__aeabi_d2f);
HELPER(__aeabi_d2iz);
HELPER(__aeabi_d2lz);
HELPER(__aeabi_d2uiz);
HELPER(__aeabi_d2ulz);
HELPER(__aeabi_dadd);
HELPER(__aeabi_dcmpeq);
HELPER(__aeabi_dcmpge);
HELPER(__aeabi_dcmpgt);
HELPER(__aeabi_dcmple);
HELPER(__aeabi_dcmplt);
HELPER(__aeabi_dcmpun);
HELPER(__aeabi_ddiv);
HELPER(__aeabi_dmul);
HELPER(__aeabi_drsub);
HELPER(__aeabi_dsub);
HELPER(__aeabi_f2d);
HELPER(__aeabi_f2iz);
HELPER(__aeabi_f2lz);
HELPER(__aeabi_f2uiz);
HELPER(__aeabi_f2ulz);
HELPER(__aeabi_fadd);
HELPER(__aeabi_fcmpeq);
HELPER(__aeabi_fcmpge);
HELPER(__aeabi_fcmpgt);
HELPER(__aeabi_fcmple);
HELPER(__aeabi_fcmplt);
HELPER(__aeabi_fcmpun);
HELPER(__aeabi_fdiv);
HELPER(__aeabi_fmul);
HELPER(__aeabi_frsub);
HELPER(__aeabi_fsub);
HELPER(__aeabi_i2d);
HELPER(__aeabi_i2f);
HELPER(__aeabi_idiv);
HELPER(__aeabi_idivmod);
HELPER(__aeabi_l2d);
HELPER(__aeabi_l2f);
HELPER(__aeabi_lasr);
HELPER(__aeabi_lcmp);
HELPER(__aeabi_ldivmod);
HELPER(__aeabi_llsl);
HELPER(__aeabi_llsr);
HELPER(__aeabi_lmul);
HELPER(__aeabi_ui2d);
HELPER(__aeabi_ui2f);
HELPER(__aeabi_uidiv);
HELPER(__aeabi_uidivmod);
HELPER(__aeabi_ul2d);
HELPER(__aeabi_ul2f);
HELPER(__aeabi_ulcmp);
HELPER(__aeabi_uldivmod);
HELPER(__aeabi_uread4);
HELPER(__aeabi_uread8);
HELPER(__aeabi_uwrite4);
HELPER(__aeabi_uwrite8);
#endif
