/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MATRIX_H_
#define MATRIX_H_

#include <stdbool.h>
#include <stddef.h>
#include "firmware.h"

#define NOTES 64
extern int notes[NOTES];
extern size_t note_count;
extern unsigned int ubsan_reports;

/* The same sources, linked into this program under other names. */
int reference_c_run(int *results);
int reference_cpp_run(int *results);

/* How many veneers and GOT entries a relocatable file needs: calls to imports that are far. */
int expected_slots(const char *path, bool (*is_far)(const char *name), size_t *veneers,
		   size_t *got);

#endif /* MATRIX_H_ */
