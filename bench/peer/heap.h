/* SPDX-License-Identifier: Apache-2.0 */
/* The memory behind peer_allocate(). */
#ifndef BENCH_PEER_HEAP_H
#define BENCH_PEER_HEAP_H

#include <stddef.h>

void heap_start(void *memory, size_t bytes); /* forgets all that was taken before */
size_t heap_used(void);                      /* bytes taken, headers among them */
size_t heap_peak(void); /* the most since the last heap_start() or heap_mark() */
void heap_mark(void);   /* the peak is counted from here on */

#endif /* BENCH_PEER_HEAP_H */
