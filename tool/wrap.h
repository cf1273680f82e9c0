/* SPDX-License-Identifier: Apache-2.0 */
/* Text for a terminal of some width. */
#ifndef TENON_WRAP_H_
#define TENON_WRAP_H_

#include "tenon.h"

/*
 * Have @print print @what to @stream, with lines broken that are wider than the terminal: they go
 * on below the column of the table that they are in. As they are where standard output is no
 * terminal and COLUMNS does not say how wide.
 */
void wrap_print(FILE *stream, void (*print)(const void *what, FILE *stream), const void *what);

#endif /* TENON_WRAP_H_ */
