/* SPDX-License-Identifier: Apache-2.0 */
/* What a board gives the firmware. */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include <llext/store.h>

/* A line from the console, without its end, cut to @size. false: there are no more. */
bool board_get_line(char *line, size_t size);
/* Print; the line's end is added. */
void board_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Start: find the store, load what is to be loaded, and do what the console says. 0: reset. */
int firmware_run(const struct llext_flash *flash);

#endif
