/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A third party's effect: it swaps the channels and halves the level, and it has three bugs. The
 * same file is loaded trusted and sandboxed.
 */
#include <llext/symbol.h>
#include "effect.h"

static int blocks;

static void swap(int16_t *samples, size_t frames)
{
	for (size_t i = 0; i < 2 * frames; i += 2) {
		int16_t left = samples[i];

		samples[i] = samples[i + 1] / 2;
		samples[i + 1] = left / 2;
	}
}

int effect_process(int16_t *samples, size_t frames, int block)
{
	volatile int *volatile nowhere = (volatile int *)0x10;

	blocks++;
	if (block == 2)
		*nowhere = block; /* a wild pointer */
	while (block == 4)        /* an endless loop */
		__asm__ volatile("");
	if (block == 6)
		effect_log((const char *)0x10); /* the firmware is to read what it must not */
	if (blocks == 1)
		effect_log("effect: first block");
	swap(samples, frames);
	return blocks;
}
EXPORT_SYMBOL(effect_process);
