/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C library for extensions: ISO C functions, in groups so that a firmware offers what it has.
 * LIBC needs neither files nor a heap.
 */
#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <llext/symbol.h>

/* string.h */
EXPORT_GROUP_SYMBOL(LIBC, memchr);
EXPORT_GROUP_SYMBOL(LIBC, memcmp);
EXPORT_GROUP_SYMBOL(LIBC, memcpy);
EXPORT_GROUP_SYMBOL(LIBC, memmove);
EXPORT_GROUP_SYMBOL(LIBC, memset);
EXPORT_GROUP_SYMBOL(LIBC, strcat);
EXPORT_GROUP_SYMBOL(LIBC, strchr);
EXPORT_GROUP_SYMBOL(LIBC, strcmp);
EXPORT_GROUP_SYMBOL(LIBC, strcoll);
EXPORT_GROUP_SYMBOL(LIBC, strcpy);
EXPORT_GROUP_SYMBOL(LIBC, strcspn);
EXPORT_GROUP_SYMBOL(LIBC, strerror);
EXPORT_GROUP_SYMBOL(LIBC, strlen);
EXPORT_GROUP_SYMBOL(LIBC, strncat);
EXPORT_GROUP_SYMBOL(LIBC, strncmp);
EXPORT_GROUP_SYMBOL(LIBC, strncpy);
EXPORT_GROUP_SYMBOL(LIBC, strpbrk);
EXPORT_GROUP_SYMBOL(LIBC, strrchr);
EXPORT_GROUP_SYMBOL(LIBC, strspn);
EXPORT_GROUP_SYMBOL(LIBC, strstr);

/* ctype.h */
EXPORT_GROUP_SYMBOL(LIBC, isalnum);
EXPORT_GROUP_SYMBOL(LIBC, isalpha);
EXPORT_GROUP_SYMBOL(LIBC, isdigit);
EXPORT_GROUP_SYMBOL(LIBC, islower);
EXPORT_GROUP_SYMBOL(LIBC, isprint);
EXPORT_GROUP_SYMBOL(LIBC, ispunct);
EXPORT_GROUP_SYMBOL(LIBC, isspace);
EXPORT_GROUP_SYMBOL(LIBC, isupper);
EXPORT_GROUP_SYMBOL(LIBC, isxdigit);
EXPORT_GROUP_SYMBOL(LIBC, tolower);
EXPORT_GROUP_SYMBOL(LIBC, toupper);

/* stdlib.h, setjmp.h, locale.h */
EXPORT_GROUP_SYMBOL(LIBC, abort);
EXPORT_GROUP_SYMBOL(LIBC, abs);
EXPORT_GROUP_SYMBOL(LIBC, atoi);
EXPORT_GROUP_SYMBOL(LIBC, atol);
EXPORT_GROUP_SYMBOL(LIBC, bsearch);
EXPORT_GROUP_SYMBOL(LIBC, exit);
EXPORT_GROUP_SYMBOL(LIBC, labs);
EXPORT_GROUP_SYMBOL(LIBC, localeconv);
EXPORT_GROUP_SYMBOL(LIBC, longjmp);
EXPORT_GROUP_SYMBOL(LIBC, qsort);
EXPORT_GROUP_SYMBOL(LIBC, rand);
EXPORT_GROUP_SYMBOL(LIBC, srand);
EXPORT_GROUP_SYMBOL(LIBC, strtod);
EXPORT_GROUP_SYMBOL(LIBC, strtol);
EXPORT_GROUP_SYMBOL(LIBC, strtoll);
EXPORT_GROUP_SYMBOL(LIBC, strtoul);
EXPORT_GROUP_SYMBOL(LIBC, strtoull);

/* stdlib.h: the heap */
EXPORT_GROUP_SYMBOL(LIBC_HEAP, calloc);
EXPORT_GROUP_SYMBOL(LIBC_HEAP, free);
EXPORT_GROUP_SYMBOL(LIBC_HEAP, malloc);
EXPORT_GROUP_SYMBOL(LIBC_HEAP, realloc);

/* stdio.h: to strings, then to standard output */
EXPORT_GROUP_SYMBOL(LIBC, snprintf);
EXPORT_GROUP_SYMBOL(LIBC, sprintf);
EXPORT_GROUP_SYMBOL(LIBC, sscanf);
EXPORT_GROUP_SYMBOL(LIBC, vsnprintf);
EXPORT_GROUP_SYMBOL(LIBC, vsprintf);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, fclose);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, feof);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, ferror);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, fflush);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, fgetc);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, fgets);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, fopen);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, fprintf);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, fputc);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, fputs);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, fread);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, freopen);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, fseek);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, ftell);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, fwrite);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, printf);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, putchar);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, puts);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, ungetc);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, vfprintf);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, vprintf);

/*
 * What compilers and headers put in place of the above. Only where the C library has them.
 */
#if defined(__GLIBC__)
extern void __stack_chk_fail(void);
EXPORT_GROUP_SYMBOL(LIBC, __stack_chk_fail);
EXPORT_GROUP_SYMBOL(LIBC, __ctype_b_loc);
EXPORT_GROUP_SYMBOL(LIBC, __ctype_tolower_loc);
EXPORT_GROUP_SYMBOL(LIBC, __ctype_toupper_loc);
extern int *__errno_location(void);
EXPORT_GROUP_SYMBOL(LIBC, __errno_location);
extern int _setjmp(jmp_buf);
EXPORT_GROUP_SYMBOL(LIBC, _setjmp);
extern void __assert_fail(const char *, const char *, unsigned int, const char *);
EXPORT_GROUP_SYMBOL(LIBC, __assert_fail);
EXPORT_GROUP_SYMBOL(LIBC, strnlen);
EXPORT_GROUP_SYMBOL(LIBC_HEAP, strdup);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, stderr);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, stdin);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, stdout);
/* The headers' names for scanf under ISO C, and the checking variants of -D_FORTIFY_SOURCE. */
extern int __isoc99_sscanf(const char *, const char *, ...);
EXPORT_GROUP_SYMBOL(LIBC, __isoc99_sscanf);
extern int __printf_chk(int, const char *, ...);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, __printf_chk);
extern int __snprintf_chk(char *, size_t, int, size_t, const char *, ...);
EXPORT_GROUP_SYMBOL(LIBC, __snprintf_chk);
extern void *__memcpy_chk(void *, const void *, size_t, size_t);
EXPORT_GROUP_SYMBOL(LIBC, __memcpy_chk);
extern void *__memset_chk(void *, int, size_t, size_t);
EXPORT_GROUP_SYMBOL(LIBC, __memset_chk);
#elif defined(__PICOLIBC__)
EXPORT_GROUP_SYMBOL(LIBC, _ctype_);
EXPORT_GROUP_SYMBOL(LIBC, bcmp); /* Clang's, for a memcmp() whose sign nobody asks */
EXPORT_GROUP_SYMBOL(LIBC, ffs);
/* What the compiler calls by itself: -fstack-protector, and on Arm copies of structures. */
extern void __stack_chk_fail(void);
/* picolibc asks for getentropy() then */
EXPORT_GROUP_SYMBOL(LIBC_SSP, __stack_chk_fail);
extern uintptr_t __stack_chk_guard;
EXPORT_GROUP_SYMBOL(LIBC_SSP, __stack_chk_guard);
#ifdef __arm__
#define MEMORY(name)                                                                               \
	extern void __aeabi_##name(void);                                                          \
	EXPORT_GROUP_SYMBOL(LIBC, __aeabi_##name);                                                 \
	extern void __aeabi_##name##4(void);                                                       \
	EXPORT_GROUP_SYMBOL(LIBC, __aeabi_##name##4);                                              \
	extern void __aeabi_##name##8(void);                                                       \
	EXPORT_GROUP_SYMBOL(LIBC, __aeabi_##name##8)
MEMORY(memclr);
MEMORY(memcpy);
MEMORY(memmove);
MEMORY(memset);
#endif
EXPORT_GROUP_SYMBOL(LIBC, setjmp);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, stderr);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, stdin);
EXPORT_GROUP_SYMBOL(LIBC_STDIO, stdout);
#ifdef PICOLIBC_TLS /* it is a thread-local variable */
EXPORT_GROUP_TLS_SYMBOL(LIBC, errno);
#else
EXPORT_GROUP_SYMBOL(LIBC, errno);
#endif
/* For what is compiled with -D__PICOLIBC_ERRNO_FUNCTION=__errno_location. */
int *__errno_location(void);

int *__errno_location(void)
{
	return &errno;
}
EXPORT_GROUP_SYMBOL(LIBC, __errno_location);
#endif
