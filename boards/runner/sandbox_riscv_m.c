/* SPDX-License-Identifier: Apache-2.0 */
/* A clock for budgets on RISC-V, where the port needs no vectors. */
#include "board.h"
#include "sandbox.h"

#define PERIOD 10000

void sandbox_vectors(void)
{
}

static void tick(void)
{
	llext_domain_tick();
	board_timer(PERIOD, tick);
}

void sandbox_ticks(void)
{
	board_timer(PERIOD, tick);
}
