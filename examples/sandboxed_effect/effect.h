/* SPDX-License-Identifier: Apache-2.0 */
/* What the firmware and effects know of each other. */
#ifndef EFFECT_H
#define EFFECT_H

#include <stddef.h>
#include <stdint.h>

/* The firmware's: a line for the log. */
int effect_log(const char *text);

/* An effect's: @frames frames of two samples, in place. @block counts them from 0 on. */
int effect_process(int16_t *samples, size_t frames, int block);

#endif
