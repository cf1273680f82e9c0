/* SPDX-License-Identifier: Apache-2.0 */
/* What an audio algorithm is to the firmware. */
#ifndef ALGORITHM_H_
#define ALGORITHM_H_

#include <stddef.h>
#include <stdint.h>

#define BLOCK   48 /* samples that are processed at once: 1 ms at 48 kHz */
#define HISTORY 16 /* input samples that a new algorithm is given, so that it starts warm */

/* Exported under the name "algorithm" by each extension. */
struct algorithm {
	const char *name;
	/* Called once before the first block; @history is the input just before it. */
	void (*start)(const int16_t history[HISTORY]);
	void (*process)(const int16_t in[BLOCK], int16_t out[BLOCK]);
};

#endif /* ALGORITHM_H_ */
