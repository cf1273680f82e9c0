/* SPDX-License-Identifier: Apache-2.0 */
/* Initialisers and finalisers of every kind note when they are run. */
#include <llext/symbol.h>

void note(int value);
int atexit(void (*function)(void));
int __cxa_atexit(void (*function)(void *argument), void *argument, void *handle);
extern void *__dso_handle;

#define NOTE(name, value)                                                                          \
	static void name(void)                                                                     \
	{                                                                                          \
		note(value);                                                                       \
	}
/* An array, since compilers are free in the order of variables. */
#define ENTRIES(array, name, ...)                                                                  \
	static void (*const entries_##name[])(void)                                                \
		__attribute__((section(array), used, aligned(sizeof(void *)))) = {__VA_ARGS__}

#ifndef SHARED
NOTE(preinit_one, 1)
NOTE(preinit_two, 2)
#endif
#ifndef NO_CTORS
NOTE(ctor_first, 14)
NOTE(ctor_last, 13)
NOTE(ctor_early, 12)
NOTE(dtor_first, 91)
NOTE(dtor_last, 92)
NOTE(dtor_late, 93)
#endif
NOTE(at_exit, 71)

#ifndef SHARED /* linkers refuse it there */
ENTRIES(".preinit_array", preinit, preinit_one, preinit_two);
#endif
/* .ctors.N has priority 65535 - N among the others, and its last entry comes first. */
#ifndef NO_CTORS /* GNU's linker makes .init_array of them, LLVM's does not */
ENTRIES(".ctors.64000", ctors, ctor_first, ctor_last);
ENTRIES(".ctors.65000", ctors_early, ctor_early);
ENTRIES(".dtors.64000", dtors, dtor_first, dtor_last);
ENTRIES(".dtors.65000", dtors_late, dtor_late);
#endif

static void with_argument(void *argument)
{
	note(*(int *)argument);
}

__attribute__((constructor(2000))) static void init_third(void)
{
	note(23);
}

__attribute__((constructor)) static void init_last(void)
{
	static int seventy_two = 72;

	note(24);
	atexit(at_exit);
	__cxa_atexit(with_argument, &seventy_two, &__dso_handle);
}

__attribute__((constructor(101))) static void init_first(void)
{
	note(21);
}

__attribute__((constructor(1000))) static void init_second(void)
{
	note(22);
}

__attribute__((destructor(101))) static void fini_last(void)
{
	note(83);
}

__attribute__((destructor)) static void fini_first(void)
{
	note(81);
}

__attribute__((destructor(1000))) static void fini_middle(void)
{
	note(82);
}

void order_entry(void *value)
{
	note(*(int *)value);
}
EXPORT_SYMBOL(order_entry);

#ifdef NO_CTORS
const int order_legacy = 0;
#else
const int order_legacy = 3;
#endif
EXPORT_SYMBOL(order_legacy);
