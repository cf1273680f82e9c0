/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A clock for budgets where the board's timer asks for each tick anew: for the one file of a
 * program that has it, which defines TICK, the instructions of a tick of the timer, and
 * sandbox_look().
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <llext/domain.h>
#include "board.h"
#include "hostile.h"
#include "sandbox.h"
#include "suite.h"

static void sandbox_look(void); /* in each interrupt */

void (*suite_interrupt)(void);

static uint32_t period;

static void tick(void)
{
	sandbox_look();
	llext_domain_tick();
	board_timer(period, tick);
}

void suite_ticks(bool on)
{
	period = on ? 1000000 / TICK : 0;
	board_timer(period, tick);
}

void suite_fast_ticks(bool on)
{
	period = on ? 1000 / TICK : 0;
	board_timer(period, tick);
}

static void once(void)
{
	board_timer(0, once);
	sandbox_look();
	if (suite_interrupt != NULL)
		suite_interrupt();
	llext_domain_tick();
}

void suite_phase(unsigned int instructions)
{
	board_timer(1 + instructions / TICK, once);
	sandbox_pass(instructions % TICK);
}

#endif /* CLOCK_H */
