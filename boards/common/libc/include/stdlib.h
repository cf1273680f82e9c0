/* SPDX-License-Identifier: Apache-2.0 */
/* The C library's stdlib.h, as far as it goes here. */
#ifndef BOARD_STDLIB_H
#define BOARD_STDLIB_H
#include <stddef.h>
#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
_Noreturn void abort(void);
_Noreturn void exit(int status);
int abs(int n);
long labs(long n);
int atoi(const char *s);
long strtol(const char *restrict s, char **restrict end, int base);
unsigned long strtoul(const char *restrict s, char **restrict end, int base);
/* A first-fit allocator over the memory from __heap_start to __heap_end. */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);
/* @align: a power of two. */
void *aligned_alloc(size_t align, size_t size);
#endif
