/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmark's firmwares measure with. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The command line's words behind the program's name; the next ones come from strtok(). NULL: there
 * are none, or too many. */
const char *measure_first_word(void);

extern int measure_failures;

/* Says what is wrong with a file, and counts it. */
bool measure_fail(const char *file, const char *what);

/* Calls a module's bench_check(), if it was found. */
bool measure_works(const void *bench_check);

/* The file goes to the end of the memory for extensions. NULL: it cannot be read, or is too long.
 */
uint8_t *measure_read_file(const char *path, size_t *length);

/* The other half of that memory, without a history for every file. */
size_t measure_heap_bytes(void);

/* What any loader has to do at least: as many bytes, copied from one place to another. */
uint64_t measure_copy(size_t bytes);

/* Paints what is below @frame, as far down as a load may go. */
void measure_paint_stack(uintptr_t frame);

/* How far below @frame the stack was used since. */
size_t measure_stack(uintptr_t frame);

#endif /* BENCH_MEASURE_H */
