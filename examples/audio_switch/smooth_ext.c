/* SPDX-License-Identifier: Apache-2.0 */
/* out[n] = mean of in[n - 3] to in[n] */
#include <llext/symbol.h>
#include "algorithm.h"

#define TAPS 4

static int16_t last[TAPS];

static void start(const int16_t history[HISTORY])
{
	for (size_t i = 0; i < TAPS; i++)
		last[i] = history[HISTORY - TAPS + i];
}

static void process(const int16_t in[BLOCK], int16_t out[BLOCK])
{
	for (size_t i = 0; i < BLOCK; i++) {
		int sum = in[i];

		for (size_t j = 1; j < TAPS; j++) {
			last[j - 1] = last[j];
			sum += last[j];
		}
		last[TAPS - 1] = in[i];
		out[i] = (int16_t)(sum / TAPS);
	}
}

const struct algorithm algorithm = {"smooth", start, process};
EXPORT_SYMBOL(algorithm);
