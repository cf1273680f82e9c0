/* SPDX-License-Identifier: Apache-2.0 */
/* It faults while it starts where it is told to, and has something to do when a thread ends. */
#include <llext/symbol.h>
#include "../api.h"

int atexit(void (*function)(void));

/* A domain has no gate to it. */
__attribute__((weak)) int __cxa_thread_atexit(void (*function)(void *), void *argument,
					      void *handle);

static int large[300] = {1};
int *victim;

int odd_fault(void)
{
	const volatile int *volatile nowhere = (const volatile int *)4;

	return *nowhere;
}

__attribute__((constructor)) static void start(void)
{
	int mood = fw_mood();

	while (mood == 2)
		;
	if (mood != 0)
		large[1] = odd_fault();
}

static void end_of_thread(void *argument)
{
	*victim = *(int *)argument;
}

int at_thread_exit(int *where)
{
	victim = where;
	return __cxa_thread_atexit != 0 ? __cxa_thread_atexit(end_of_thread, large, large) : -1;
}

static void end_again(void)
{
	large[0] += atexit(end_again);
}

int end_without_end(void)
{
	return atexit(end_again);
}

/* How many of them are taken. */
int end_often(int count)
{
	int taken = 0;

	while (taken < count && atexit(end_again) == 0)
		taken++;
	return taken;
}

int odd_sum(int x)
{
	int sum = x;

	for (int i = 0; i < 300; i++)
		sum += large[i];
	return fw_twice(sum);
}

EXPORT_SYMBOL(at_thread_exit);
EXPORT_SYMBOL(end_without_end);
EXPORT_SYMBOL(end_often);
EXPORT_SYMBOL(odd_fault);
EXPORT_SYMBOL(odd_sum);
