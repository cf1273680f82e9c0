/* SPDX-License-Identifier: Apache-2.0 */
/* The driver, in two versions. Each has a timer, which the firmware takes back when it goes. */
#include <errno.h>
#include "sensor.h"

#ifndef VERSION
#define VERSION 1
#endif

struct state {
	uint32_t count, sum;
};

static struct state state;
static uint32_t beats;

static void beat(void)
{
	beats++;
}

static void interrupt(uint32_t value)
{
	state.count++;
	state.sum += value;
}

static uint32_t count(void)
{
	return state.count;
}

static uint32_t sum(void)
{
	return state.sum;
}

static int version(void)
{
	return VERSION;
}

static int save(void *blob, size_t room)
{
	if (room < sizeof(state))
		return -E2BIG;
	*(struct state *)blob = state;
	return sizeof(state);
}

static int restore(const void *blob, size_t bytes, uint32_t of)
{
	if (of != 1 || bytes != sizeof(state))
		return -ENOTSUP;
	state = *(const struct state *)blob;
	return 0;
}

__attribute__((constructor)) static void start(void)
{
	(void)timer_start(beat);
}

LLEXT_IMPLEMENT_STATE(sensor, 1, save, restore, .interrupt = interrupt, .count = count, .sum = sum,
		      .version = version);
