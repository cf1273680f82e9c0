/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the protection unit is told about the heap and the pieces in it that are code or constants.
 * A change is atomic for everybody else. slots.c is for units with a few slots (MPU, PMP); page
 * tables and Xtensa's regions have this interface in their own file.
 */
#ifndef LLEXT_SLOTS_H_
#define LLEXT_SLOTS_H_

#include <stddef.h>
#include <stdint.h>

/* The heap, all of it data. Returns 0, -EINVAL, or -ENOSPC. */
int llext_slots_open(uintptr_t start, size_t bytes);

/* A piece of it that is to have an access of LLEXT_MPU_*. Returns 0, -EINVAL, or -ENOSPC. */
int llext_slots_add(uintptr_t start, size_t bytes, unsigned access);

/* Memory becomes data, be it one piece, several, or a part of one. Returns 0, or -ENOSPC. */
int llext_slots_remove(uintptr_t start, size_t bytes);

/* Round up to what takes one slot. */
void llext_slots_fit(size_t *bytes, size_t *align);

/* How many slots so many more pieces take at most; and how many are free, (unsigned)-1: no limit.
 */
unsigned llext_slots_needed(unsigned pieces, unsigned *left);

/* How many pieces there can be at least, wherever they lie; 0: no limit. */
unsigned llext_slots_most(void);

#endif /* LLEXT_SLOTS_H_ */
