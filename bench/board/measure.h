/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmark's firmwares measure with. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

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
