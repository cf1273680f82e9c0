/* SPDX-License-Identifier: Apache-2.0 */
/* The stream: a thread that makes a block each millisecond, processes it and checks the result. */
#ifndef STREAM_H_
#define STREAM_H_

#include <stdbool.h>
#include "algorithm.h"

struct stream_totals {
	unsigned long in;       /* samples made */
	unsigned long out;      /* samples that came out */
	unsigned long wrong;    /* of these, not what the algorithm in charge should have given */
	unsigned long switches; /* changes of algorithm that took effect */
};

bool stream_begin(const struct algorithm *algorithm);

/*
 * Use another algorithm from the next block on. Returns when the stream has done so: the old one is
 * not running and will not be called again.
 */
void stream_switch(const struct algorithm *algorithm);

/* Wait until this many blocks more have gone through. */
void stream_wait(unsigned long blocks);

struct stream_totals stream_end(void);

#endif /* STREAM_H_ */
