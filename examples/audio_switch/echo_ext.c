/* SPDX-License-Identifier: Apache-2.0 */
/* out[n] = in[n] / 2 + in[n - 16] / 4 */
#include <llext/symbol.h>
#include "algorithm.h"

static int16_t delay[HISTORY];
static size_t position;

static void start(const int16_t history[HISTORY])
{
	for (size_t i = 0; i < HISTORY; i++)
		delay[i] = history[i];
	position = 0;
}

static void process(const int16_t in[BLOCK], int16_t out[BLOCK])
{
	for (size_t i = 0; i < BLOCK; i++) {
		out[i] = (int16_t)(in[i] / 2 + delay[position] / 4);
		delay[position] = in[i];
		position = (position + 1) % HISTORY;
	}
}

const struct algorithm algorithm = {"echo", start, process};
EXPORT_SYMBOL(algorithm);
