/* SPDX-License-Identifier: Apache-2.0 */
#include <llext/symbol.h>
#include <zephyr/kernel.h>
#include "user.h"

int user_result;
static int number;

static void __attribute__((constructor)) init(void)
{
	number = 40;
}

void hello_world(void)
{
	say("hello world");
	user_result = number + 2;
}
EXPORT_SYMBOL(hello_world);

void syscalls(void *p1, void *p2, void *p3)
{
	user_result = ext_syscall_ok((int)(long)p1) + (int)(long)p2 + (int)(long)p3;
}
EXPORT_SYMBOL(syscalls);

/* Give one semaphore, wait for another; a number that is no handle must not help. */
void kernel_objects(void *p1, void *p2, void *p3)
{
	int go = sem_open(0), done = sem_open(1);

	(void)p1, (void)p2, (void)p3;
	user_result = sem_take(go) + sem_give(done);
}
EXPORT_SYMBOL(kernel_objects);

void forged_object(void *p1, void *p2, void *p3)
{
	(void)p2, (void)p3;
	user_result = 7;
	(void)sem_give((int)(long)p1);
	user_result = 8;
}
EXPORT_SYMBOL(forged_object);

/* Write to what is none of its own. */
void intrude(void *p1, void *p2, void *p3)
{
	(void)p2, (void)p3;
	*(volatile int *)p1 = 1;
}
/* What k_malloc() has for it, and once more after that was given back. */
void allocate(void *p1, void *p2, void *p3)
{
	void *taken[16] = {NULL};

	(void)p1, (void)p2, (void)p3;
	user_result = 0;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 16 && (taken[i] = k_malloc(100)) != NULL; i++)
			user_result++;
		for (int i = 0; i < 16; i++)
			k_free(taken[i]);
	}
}
EXPORT_SYMBOL(allocate);
EXPORT_SYMBOL(intrude);
EXPORT_SYMBOL(user_result);
