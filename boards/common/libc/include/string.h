/* SPDX-License-Identifier: Apache-2.0 */
/* The C library's string.h, as far as it goes here. */
#ifndef BOARD_STRING_H
#define BOARD_STRING_H
#include <stddef.h>
void *memchr(const void *s, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *s, int c, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strcpy(char *restrict to, const char *restrict from);
char *strncpy(char *restrict to, const char *restrict from, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
char *strstr(const char *s, const char *part);
#endif
