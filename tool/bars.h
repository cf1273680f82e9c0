/* SPDX-License-Identifier: Apache-2.0 */
/* Bars in a terminal. */
#ifndef TENON_BARS_H_
#define TENON_BARS_H_

#include "tenon.h"

struct bar_part {
	char letter;
	const char *name;
	uint64_t bytes;
};

/* The terminal's width; what COLUMNS says where standard output is none; else 80. */
int terminal_columns(void);
/* The same; 0 instead of 80. */
int terminal_columns_known(void);
/*
 * One letter for each part, as long as it is large: "ccccddt". @scale bytes take @width columns. A
 * part that is there is seen: it has one column at least, of a larger one where there is no more
 * room.
 */
void bar_print(FILE *stream, const struct bar_part *parts, size_t count, uint64_t scale, int width);

#endif /* TENON_BARS_H_ */
