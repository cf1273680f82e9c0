/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions that the compiler itself calls: long arithmetic, floating point where the part has
 * no unit for it. Which ones there are depends on the machine; GCC's and LLVM's libraries have the
 * same names.
 */
#include <stdint.h>
#include <llext/symbol.h>

/* Only the address matters. Under its own name the compiler would want the type that it knows. */
#define HELPER(name)                                                                               \
	extern void helper_##name(void) __asm__(#name);                                            \
	EXPORT_GROUP_SYMBOL_NAMED(LIBGCC, helper_##name, name)

#if defined(__arm__) || defined(__aarch64__) || defined(__riscv) || defined(__XTENSA__)

#include "libgcc_names.h"

#ifdef __arm__
/* As Clang and the run-time ABI call conversions of half precision; GCC has its own names. */
#define HELPER_NAMED(function_name, name)                                                          \
	EXPORT_GROUP_SYMBOL_NAMED(LIBGCC, helper_##function_name, name)
HELPER_NAMED(__gnu_d2h_ieee, __aeabi_d2h);
HELPER_NAMED(__gnu_f2h_ieee, __aeabi_f2h);
HELPER_NAMED(__gnu_h2f_ieee, __aeabi_h2f);
#endif

#ifdef __XTENSA__
/* What this compiler's library has not: the part's ROM has it, or the firmware. */
HELPER(__adddf3);
HELPER(__addsf3);
HELPER(__divdf3);
HELPER(__divdi3);
HELPER(__divsi3);
HELPER(__extendsfdf2);
HELPER(__fixdfsi);
HELPER(__fixunsdfsi);
HELPER(__fixunssfsi);
HELPER(__floatsidf);
HELPER(__floatsisf);
HELPER(__floatunsidf);
HELPER(__floatunsisf);
HELPER(__muldf3);
HELPER(__muldi3);
HELPER(__mulsf3);
HELPER(__subdf3);
HELPER(__subsf3);
HELPER(__truncdfsf2);
HELPER(__udivdi3);
HELPER(__udivsi3);
HELPER(__umoddi3);
HELPER(__umodsi3);
#endif

#else

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

#endif
