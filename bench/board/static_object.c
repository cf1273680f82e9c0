/* SPDX-License-Identifier: Apache-2.0 */
/* hello with one static C++ object, as a compiler makes it: its destructor is registered. */
#include "hello.c"

extern void *__dso_handle;
int __cxa_atexit(void (*function)(void *object), void *object, void *handle);

static int destroyed;

static void destroy(void *object)
{
	*(int *)object = 1;
}

static __attribute__((constructor)) void construct(void)
{
	(void)__cxa_atexit(destroy, &destroyed, &__dso_handle);
}
