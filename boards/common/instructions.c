/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts instructions with a clock that is coarser than one. The emulator gives each instruction
 * one nanosecond, so a tick of a clock of BOARD_CLOCK_HZ is 10^9 / BOARD_CLOCK_HZ instructions
 * long.
 *
 * Reading the clock alone would be wrong by up to a tick on either side. Waiting for the next tick
 * in a loop of known length tells when the call began. What the call then cost is added to `hidden`
 * and taken from later results, so that it measures the caller only.
 */
#include "internal.h"

/* Long enough to average out the length of the waiting loop. */
#define CALIBRATION 32

static uint64_t hidden;
static unsigned fixed;
static bool calibrated;

static uint64_t read_clock(void)
{
	struct board_tick seen = board_tick_edge();
	/* 10^9 / Hz is no whole number on every board, but four times that is. */
	uint64_t now = seen.tick * (4000000000u / BOARD_CLOCK_HZ) / 4 + seen.late - seen.waited;
	uint64_t result = now - hidden;

	hidden += seen.waited + fixed;
	return result;
}

uint64_t board_instructions(void)
{
	if (!calibrated) {
		uint64_t first = read_clock();

		for (int i = 1; i < CALIBRATION; i++)
			read_clock();
		fixed = (unsigned)((read_clock() - first) / CALIBRATION);
		calibrated = true;
	}
	return read_clock();
}
