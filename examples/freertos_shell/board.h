/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stddef.h>

/* Switch the console on. @received is called in its interrupt when a character has come. */
void console_start(void (*received)(void));
/* The next character that has come; false: there is none. */
bool console_get(char *c);
void console_put(const char *text, size_t bytes);

#endif /* BOARD_H */
