/* SPDX-License-Identifier: Apache-2.0 */
/* Changed files, run in a domain. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

struct hostile_counts {
	uint32_t loaded, sealed, calls, faults, timeouts; /* sealed: of those that are loaded */
};

/* Files number @first to @first + @count - 1. Failures are the suite's. */
struct hostile_counts hostile_run(uint32_t first, uint32_t count);
/* Told how far it is, if it is not NULL. */
extern void (*hostile_progress)(uint32_t done, uint32_t count);

/* ---- what the program around it offers ---- */

/* Of the firmware's code and constants. */
uint32_t suite_checksum(void);
/* A tick about every thousand instructions, or (a child process) every millisecond. */
void suite_fast_ticks(bool on);

#endif
