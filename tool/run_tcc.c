/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What TCC calls by itself on x86-64 and libgcc has not: TCC has a library of its own, which is not
 * linked into an object. va_arg() is in run_user.c, and the rest in exports/libgcc.list.
 */
#if defined(__x86_64__)
#include <stdint.h>
#include <llext/symbol.h>

#define CONVERSION(function_name, to, from)                                                        \
	static to tcc_##function_name(from value)                                                  \
	{                                                                                          \
		return (to)value;                                                                  \
	}                                                                                          \
	EXPORT_SYMBOL_NAMED(tcc_##function_name, function_name)

CONVERSION(__fixsfdi, int64_t, float);
CONVERSION(__fixdfdi, int64_t, double);
CONVERSION(__fixxfdi, int64_t, long double);
CONVERSION(__floatundisf, float, uint64_t);
CONVERSION(__floatundidf, double, uint64_t);
CONVERSION(__floatundixf, long double, uint64_t);

/* A function there; it makes room on its caller's stack. */
static __attribute__((naked)) void tcc_alloca(void)
{
	__asm__("pop %rdx\n\t"
		"lea 15(%rdi), %rax\n\t"
		"and $-16, %rax\n\t"
		"sub %rax, %rsp\n\t"
		"mov %rsp, %rax\n\t"
		"jmp *%rdx");
}
EXPORT_SYMBOL_NAMED(tcc_alloca, alloca);
#endif
