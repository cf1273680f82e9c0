/* SPDX-License-Identifier: Apache-2.0 */
/* Ticks where the board's timer asks for each anew: for the one file of a program that defines
 * PERIOD. */
#ifndef SANDBOX_CLOCK_H
#define SANDBOX_CLOCK_H

#include "board.h"
#include "sandbox.h"

static void tick(void)
{
	llext_domain_tick();
	board_timer(PERIOD, tick);
}

void sandbox_ticks(void)
{
	board_timer(PERIOD, tick);
}

#endif /* SANDBOX_CLOCK_H */
