/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that are linked into the firmware, and loaded as a module from the same object. */
#ifndef BENCH_FUNCTION_H
#define BENCH_FUNCTION_H

#include <stddef.h>
#include <stdint.h>

/* Code and tables of its own only. */
uint32_t function_checksum(const uint8_t *bytes, size_t count);
/* Hardly anything but calls of a function of the firmware. */
int function_calls(int count);

/* The firmware's: returns @number + 1. */
int firmware_function(int number);

#endif /* BENCH_FUNCTION_H */
