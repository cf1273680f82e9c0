/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Linux's libstdc++ and libgcc_eh ask of Linux's C library, on boards for which Debian has no
 * other C++ library. There is one thread, and the unwinder knows what is registered with it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include "internal.h"

#if defined(__aarch64__)
extern char __tls_base[], __arm64_tls_tcb_offset[]; /* the second's address is a number */
#endif

/* Prototypes of glibc's, for which picolibc has no headers. */
int pthread_mutex_lock(void *mutex);
int pthread_mutex_unlock(void *mutex);
int pthread_once(int *control, void (*function)(void));
char *gettext(const char *text);
int _dl_find_object(void *address, void *result);
long syscall(long number, ...);
long write(int file, const void *text, size_t bytes);

/* Reference counts need no atomic operations. */
char __libc_single_threaded = 1;

int pthread_mutex_lock(void *mutex)
{
	(void)mutex;
	return 0;
}

int pthread_mutex_unlock(void *mutex)
{
	(void)mutex;
	return 0;
}

int pthread_once(int *control, void (*function)(void))
{
	if (*control == 0) {
		*control = 1;
		function();
	}
	return 0;
}

char *gettext(const char *text)
{
	return (char *)text;
}

/* The unwinder asks this where no registered table has the address: there is no other. */
int _dl_find_object(void *address, void *result)
{
	(void)address;
	(void)result;
	return -1;
}

/* A thread that waits for another one to make a static object. */
long syscall(long number, ...)
{
	(void)number;
	abort();
}

/* What is said of a call of a pure virtual function. A program may have files, and this call. */
__attribute__((weak)) long write(int file, const void *text, size_t bytes)
{
	(void)file;
	board_write(text, bytes);
	return (long)bytes;
}

/* std::terminate's, by its C++ name: the library's own would bring a demangler and streams. */
void _ZN9__gnu_cxx27__verbose_terminate_handlerEv(void);

void _ZN9__gnu_cxx27__verbose_terminate_handlerEv(void)
{
	board_puts("board: std::terminate\n");
	abort();
}

#if defined(__aarch64__)
/* Which instructions the kernel says that there are: none beyond Armv8.0. */
unsigned long __getauxval(unsigned long type);

unsigned long __getauxval(unsigned long type)
{
	(void)type;
	return 0;
}

/*
 * Before any constructor that may throw: exceptions under way are counted per thread, and the small
 * C library has no thread-local data of its own.
 */
__attribute__((constructor(101))) static void set_thread_pointer(void)
{
	__asm__ volatile("msr tpidr_el0, %0" ::"r"(__tls_base - (uintptr_t)__arm64_tls_tcb_offset));
}
#endif

#if defined(__riscv)
/*
 * The library is compiled for any position, and this linker leaves its way to thread-local data as
 * it is: a module, which is the one that there is, and an offset, less 0x800, as the psABI says
 * ("Thread local storage").
 */
void *__tls_get_addr(const size_t entry[2]);

void *__tls_get_addr(const size_t entry[2])
{
	char *block;

	__asm__("mv %0, tp" : "=r"(block));
	return block + entry[1] + 0x800;
}
#endif
